"""Text from anywhere, made harmless: nothing in a name moves a cursor, turns a line around or shows a password."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

_JOINERS = "\u200c\u200d"  # they hold letters and emoji together
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_PASSWORD = re.compile(r"(\w://[^\s:/@]*:)\S+@")


def visible(value: object) -> str:
    """A text in which control characters, overrides of direction and the like are shown as escapes."""
    text = str(value)
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def broken(sentence: str, stream: TextIO) -> str:
    """A sentence, on a terminal in lines of whole words, as wide as it is."""
    if not stream.isatty():
        return sentence
    return fill(sentence, get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)


def without_password(text: str) -> str:
    """A text in which the password of a database address is masked."""
    return _PASSWORD.sub(r"\1***@", text)


def json_safe(document: str) -> str:
    """A JSON document in which the same characters are escaped; it means the same."""
    if document.isascii() and "\x7f" not in document:
        return document  # JSON itself escapes the others
    return "".join(letter if letter == "\n" else _json_shown(letter) for letter in document)


def visible_page(text: str) -> str:
    """A text of lines and tabs, in which all other control characters and the like are shown as escapes."""
    return "".join(letter if letter in "\n\t" else _shown(letter) for letter in text)


@lru_cache(maxsize=4096)
def _is_hidden(letter: str) -> bool:
    return letter not in _JOINERS and unicodedata.category(letter) in _HIDDEN


def _shown(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii") if _is_hidden(letter) else letter


def _json_shown(letter: str) -> str:
    if not _is_hidden(letter):
        return letter
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
