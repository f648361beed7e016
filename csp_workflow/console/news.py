"""Says on standard error what opening a database warns of, in a sentence of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from csp_workflow.console.safe import broken, visible


class _Line(logging.Handler):
    """A line on the standard error of this moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it, on a terminal in lines of whole words."""
        sys.stderr.write(f"{broken(visible(record.getMessage()), sys.stderr)}\n")


@contextmanager
def told() -> Iterator[None]:
    """While this goes on, a warning of the program is a line on standard error."""
    logger, line = logging.getLogger("csp_workflow"), _Line(logging.WARNING)
    logger.addHandler(line)
    try:
        yield
    finally:
        logger.removeHandler(line)
