"""The ends of all journals in a file that is kept elsewhere: who cuts a journal off cannot cut the anchor."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from csp_workflow.errors import BadAnchor
from csp_workflow.model.partner import KEY

_FORMAT = "csp-workflow anchor 1"
_HASH = re.compile("[0-9a-f]{64}")


class Anchored(NamedTuple):
    """The end of a partner's journal: the number of its last entry, and its hash."""

    pga: str
    seq: int
    hash: str


def write(path: Path, ends: Iterable[Anchored], at: datetime) -> int:
    """Write an anchor; how many partners it holds. A file that is there already is left alone.

    Raises:
        BadAnchor: the file exists, or cannot be written.
    """
    try:
        file = path.open("x", encoding="ascii", newline="\n")
    except FileExistsError:
        raise BadAnchor(f"{path} exists already: name another file, an anchor is not written over.") from None
    except OSError as problem:
        raise _unwritten(path, problem) from None
    try:
        with file:
            return _write_all(file, ends, at)
    except BaseException as problem:  # boundary: what is not whole is not left there
        path.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise _unwritten(path, problem) from None
        raise


def _write_all(file: TextIO, ends: Iterable[Anchored], at: datetime) -> int:
    seal, count = hashlib.sha256(), 0
    file.write(_sealed(seal, f"{_FORMAT} {at.isoformat()}"))
    for end in ends:
        file.write(_sealed(seal, f"{end.pga} {end.seq} {end.hash}"))
        count += 1
    file.write(f"{count} {seal.hexdigest()}\n")
    return count


def _unwritten(path: Path, problem: OSError) -> BadAnchor:
    return BadAnchor(f"{path} cannot be written: {problem.strerror}.")


def read(path: Path) -> Iterator[Anchored]:
    """The ends that an anchor holds, one by one; that the file is whole is known at its end.

    Raises:
        BadAnchor: the file is no anchor, or not a whole one.
    """
    try:
        with path.open(encoding="ascii", newline="\n") as file:
            head = file.readline().rstrip("\n")
            if not head.startswith(_FORMAT):
                raise BadAnchor(f"{path} is no anchor: take a file that the command anchor has written.")
            seal, count = hashlib.sha256(), 0
            _sealed(seal, head)
            for line in file:
                words = line.rstrip("\n").split(" ")
                if len(words) != 3:  # noqa: PLR2004 - partner, number, hash
                    _check_end(path, words, count, seal.hexdigest())
                    return
                _sealed(seal, line.rstrip("\n"))
                count += 1
                yield _end(path, words)
            raise BadAnchor(f"{path} is cut off after {count} partners: take the whole file.")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "it is no text"
        raise BadAnchor(f"{path} cannot be read: {reason}.") from None


def _sealed(seal: hashlib._Hash, line: str) -> str:
    seal.update(line.encode("ascii"))
    return f"{line}\n"


def _end(path: Path, words: list[str]) -> Anchored:
    pga, seq, entry = words
    if not KEY.fullmatch(pga) or not seq.isdecimal() or not _HASH.fullmatch(entry):
        raise BadAnchor(f"{path} holds a line that is no end of a journal: {' '.join(words)!r}.")
    return Anchored(pga, int(seq), entry)


def _check_end(path: Path, words: list[str], count: int, seal: str) -> None:
    if words != [str(count), seal]:
        raise BadAnchor(f"{path} was changed or cut off: its last line does not fit the lines before.")
