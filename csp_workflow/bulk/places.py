"""Places at which files are to be written: looked at before anything is done."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from csp_workflow.errors import BadFile


class Place(NamedTuple):
    """Where a file is to be, what lies there (`mode` is None where nothing does), and whether it has a folder."""

    path: Path
    mode: int | None
    has_folder: bool

    @property
    def is_file(self) -> bool:
        """Whether a regular file lies there."""
        return self.mode is not None and stat.S_ISREG(self.mode)


def look_at(path: str, *, follow: bool = False) -> Place:
    """What there is at a place; with `follow` where links lead to, else the link is what lies there.

    Raises:
        BadFile: it is no name that a file can have.
    """
    try:
        place = Path(os.path.realpath(path) if follow else path)
        folder = _mode(place.parent, follow=True)
        return Place(place, _mode(place, follow=False), folder is not None and stat.S_ISDIR(folder))
    except ValueError:
        raise BadFile(path, "is no name that a file can have") from None
    except OSError as problem:
        raise BadFile(path, f"cannot be written: {problem.strerror}") from None


def _mode(place: Path, *, follow: bool) -> int | None:
    try:
        return place.stat(follow_symlinks=follow).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
