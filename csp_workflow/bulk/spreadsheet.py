"""Cells that no spreadsheet takes for a formula, and the way back.

A cell is at risk where its first character after spaces, quotes and apostrophes is one of `= + - @` (or such a
character in its full width), or where it begins with a tab or the end of a line. One apostrophe is put before it; a
spreadsheet then shows text. A text of nothing but spaces and apostrophes gets one too, so that "given, but empty" and
"not given", which is the empty cell, stay two things.

Which character stands between cells a spreadsheet may see otherwise than the file means it. Within a text, wherever
separators, spaces and quotes stand before such a character, each separator (`;`, `,`, a tab, the end of a line) gets an
apostrophe after it. Since an apostrophe decides nowhere whether there is a risk, the way back finds the same places.
"""

from __future__ import annotations

import re

_MARK = "'"
_FORMULA = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
_AT_RISK = re.compile(rf"""'*[\t\r\n]|[\s'"]*{_FORMULA}|[\s']*\Z""")
_PARTED = re.compile(rf"""(?<![\s'";,])[\s'";,]++(?={_FORMULA})""")
_SEPARATOR, _MARKED = re.compile("[;,\t\r\n]"), re.compile("([;,\t\r\n])'")


def escape(text: str) -> str:
    """A text as a cell that is not a formula, nor any part of it."""
    whole = _MARK if _AT_RISK.match(text) else ""
    return whole + _PARTED.sub(lambda found: _SEPARATOR.sub(rf"\g<0>{_MARK}", found[0]), text)


def unescape(cell: str) -> str:
    """The text that `escape` made this cell of; a cell that it made of none is the text itself."""
    if _MARK not in cell:
        return cell
    text = cell[1:] if cell.startswith(_MARK) and _AT_RISK.match(cell, 1) else cell
    return _PARTED.sub(lambda found: _MARKED.sub(r"\1", found[0]), text)


def safe(cell: str) -> str:
    """A cell that came in as one that is not a formula and says the same; what says nothing goes on doing so."""
    return escape(unescape(cell)) if cell and not cell.isspace() else cell
