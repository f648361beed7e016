"""A pause for the collector of garbage while a chunk is taken in.

The values of a chunk live as long as it does and hold no cycles: all of them are freed when it is done. The collector
does not know that. It counts them, and every few chunks it looks through the whole program for garbage, which takes a
fifth of an import's time, and more where the host is large.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class _Pauses:
    """How many chunks are being taken in, by whichever thread; the first one pauses, the last one ends the pause."""

    def __init__(self) -> None:
        self._lock, self._number, self._was_on = Lock(), 0, False

    def begin(self) -> None:
        with self._lock:
            if not self._number:
                self._was_on = gc.isenabled()
                gc.disable()
            self._number += 1

    def end(self) -> None:
        with self._lock:
            self._number -= 1
            if not self._number and self._was_on:
                gc.enable()


_PAUSES = _Pauses()


@contextmanager
def paused_collector() -> Iterator[None]:
    """No search for garbage until this ends; what is freed without one is freed."""
    _PAUSES.begin()
    try:
        yield
    finally:
        _PAUSES.end()
