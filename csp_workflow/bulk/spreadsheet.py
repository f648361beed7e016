"""Cells that no spreadsheet takes for a formula, and the way back.

A cell is at risk where its first character after spaces and apostrophes is one of `= + - @` (or such a character in
its full width), or where it begins with a tab or the end of a line. One apostrophe is put before it; a spreadsheet
then shows text. A text of nothing but spaces and apostrophes gets one too, so that "given, but empty" and "not given",
which is the empty cell, stay two things.
"""

from __future__ import annotations

import re

_MARK = "'"
_AT_RISK = re.compile(r"'*[\t\r\n]|['\s]*(?:[=+\-@\uff1d\uff0b\uff0d\uff20]|\Z)")


def escape(text: str) -> str:
    """A text as a cell that is not a formula."""
    return _MARK + text if _AT_RISK.match(text) else text


def unescape(cell: str) -> str:
    """The text that `escape` made this cell of; a cell that it made of none is the text itself."""
    return cell[1:] if cell.startswith(_MARK) and _AT_RISK.match(cell, 1) else cell
