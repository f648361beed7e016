"""A CSV file on disk: its bytes once for their fingerprint, then its physical lines, a few at a time.

What is read the second time is held against the first, so that a file that changes meanwhile is noticed.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from csp_workflow.errors import BadFile

LONGEST_ROW = 1 << 20  # characters; longer than any row that can be kept
_BLOCK = 1 << 20
_SAVE = "save it as 'CSV UTF-8'"
_NO_CSV = {
    b"\xff\xfe": f"is UTF-16 text: {_SAVE}",
    b"\xfe\xff": f"is UTF-16 text: {_SAVE}",
    b"PK\x03\x04": f"is a workbook and no CSV: {_SAVE}",
    b"\xd0\xcf\x11\xe0": f"is a workbook and no CSV: {_SAVE}",
}


class _Reader(io.BufferedReader):
    """A reader that keeps the SHA-256 of what it gives, from the beginning on."""

    def __init__(self, raw: io.FileIO) -> None:
        super().__init__(raw)
        self.from_the_beginning()

    def from_the_beginning(self) -> None:
        """Read all of it once more."""
        self.seek(0)
        self.digest, self.is_over = hashlib.sha256(), False

    def read1(self, size: int = -1, /) -> bytes:
        """Some bytes; none at the end."""
        block = super().read1(size)
        self.digest.update(block)
        self.is_over = not block
        return block


class Source:
    """A regular file, open for reading; what is said about it names it as the caller did.

    Raises:
        BadFile: there is none, it is no regular file, it cannot be read, or its first bytes are no CSV in UTF-8.
    """

    def __init__(self, path: str | Path) -> None:
        self.name = str(path)
        self._file = _opened(self.name, path)
        self._state, self._sha256 = self._stated(), b""
        self.size = self._state[0]
        try:
            head = self._file.peek(4)[:4]
        except OSError as problem:
            self._file.close()
            raise BadFile(self.name, f"cannot be read: {problem.strerror}") from None
        for mark, wrong in _NO_CSV.items():
            if head.startswith(mark):
                self._file.close()
                raise BadFile(self.name, wrong)
        self.has_mark = head.startswith(b"\xef\xbb\xbf")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    @property
    def position(self) -> int:
        """How many of its bytes were read."""
        return self._file.tell()

    def fingerprint(self, *options: str) -> str:
        """The SHA-256 of its content, and of what decides how it is understood."""
        try:
            self._file.from_the_beginning()
            while self._file.read1(_BLOCK):
                pass
        except OSError as problem:
            raise BadFile(self.name, f"cannot be read: {problem.strerror}") from None
        digest = self._file.digest.copy()
        self._sha256 = digest.digest()
        for option in options:
            digest.update(b"\0" + option.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def has_changed(self) -> bool:
        """Whether the file is another one than at the first reading; at its end by every byte."""
        if self._stated() != self._state:
            return True
        return self._file.is_over and self._file.digest.digest() != self._sha256

    def _stated(self) -> tuple[int, int]:
        stated = os.fstat(self._file.fileno())
        return stated.st_size, stated.st_mtime_ns

    def lines(self) -> Lines:
        """Its physical lines from the first one on; a byte that is no UTF-8 is a surrogate that stands for it."""
        self._file.from_the_beginning()
        text = io.TextIOWrapper(self._file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        return Lines(text, self.name)


class Lines:
    """Physical lines with their ends, numbered as an editor numbers them; lines can be given back.

    A line that is longer than any row may be is cut, and the rest of it is left out.
    """

    def __init__(self, text: io.TextIOBase, name: str) -> None:
        self._text, self._name = text, name
        self._ahead: deque[str] = deque()
        self.number = 0  # of the line that was given last

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._read()
        if not line:
            raise StopIteration
        self.number += 1
        return line

    def give_back(self, lines: Iterable[str]) -> None:
        """Take lines back that were given last, to give them again."""
        back = list(lines)
        self._ahead.extendleft(reversed(back))
        self.number -= len(back)

    def _read(self) -> str:
        try:
            line = piece = self._text.readline(LONGEST_ROW)
            while len(piece) == LONGEST_ROW and not piece.endswith(("\n", "\r")):
                piece = self._text.readline(LONGEST_ROW)
        except OSError as problem:
            raise BadFile(self._name, f"cannot be read: {problem.strerror}") from None
        return line


def _opened(name: str, path: str | Path) -> _Reader:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - the path may be any text
        if stat.S_ISDIR(mode):
            raise BadFile(name, "is a folder: name a file")
        if not stat.S_ISREG(mode):
            raise BadFile(name, "is no regular file: save what it gives, and name that file")
        return _Reader(io.FileIO(os.fspath(path)))
    except FileNotFoundError:
        raise BadFile(name, "there is no such file") from None
    except OSError as problem:
        raise BadFile(name, f"cannot be read: {problem.strerror}") from None
    except ValueError:
        raise BadFile(name, "is no name that a file can have") from None
