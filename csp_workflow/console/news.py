"""Says on standard error what opening a database warns of, in a line of its own."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from csp_workflow.console.safe import visible


class _Line(logging.Handler):
    """A line on the standard error of this moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it."""
        sys.stderr.write(f"{visible(record.getMessage())}\n")


@contextmanager
def told() -> Iterator[None]:
    """While this goes on, a warning of the program is a line on standard error."""
    logger, line = logging.getLogger("csp_workflow"), _Line(logging.WARNING)
    logger.addHandler(line)
    try:
        yield
    finally:
        logger.removeHandler(line)
