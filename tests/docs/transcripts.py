"""Runs the examples of a page in order, in the current folder, and says where the page shows something else.

    ```python                     is run; a ```text block right after it is what it prints
    ```python file=NAME           is written to a file
    ```toml file=NAME             likewise
    ```toml append=NAME           is added to a file
    ```toml table=NAME            replaces the table of the same header in a file
    ```console                    `$ csp-workflow …` lines are run, with what they show below them; exit code 0 is
                                  expected, or else `$ echo $?` comes next

White space does not count in what is shown, and a line `...` stands for anything.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from csp_workflow.console.program import run

_BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: (?P<how>\w+)=(?P<name>\S+))?\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)
_COMMAND = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language, what is to be done with it, and its text."""

    language: str
    how: str
    name: str
    body: str


class Difference(NamedTuple):
    """What a page shows and what there is."""

    example: str
    shown: str
    got: str

    def __str__(self) -> str:
        return f"{self.example}\n--- the page shows\n{self.shown}\n--- there is\n{self.got}"


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(*(part or "" for part in found.groups())) for found in _BLOCK.finditer(page)]


def differences(page: str) -> Iterator[Difference]:
    """Run all examples of a page, and give those that show something else than there is."""
    names: dict[str, Any] = {"__name__": "__main__"}
    found = blocks(page)
    for block, following in zip(found, [*found[1:], Block("", "", "", "")], strict=True):
        if block.how:
            _put(block)
        elif block.language == "python":
            got = captured(lambda source=block.body: exec(source, names))  # type: ignore[misc]  # noqa: S102 - the page's own example
            shown = following.language == "text" and not following.how
            if shown and not agrees(following.body, got):
                yield Difference(block.body, following.body, got)
        elif block.language == "console":
            yield from _session(block.body)


def agrees(shown: str, got: str) -> bool:
    """Whether what a page shows is what there is; white space apart, `...` on a line of its own stands for anything."""
    pieces = re.split(r"^\s*\.\.\.$", shown, flags=re.MULTILINE)
    wanted = r"(?:.*\s)?".join(r"\s+".join(map(re.escape, piece.split())) + r"\s*" for piece in pieces)
    return re.fullmatch(wanted, got.strip() + "\n", re.DOTALL) is not None


def captured(work: Callable[[], object]) -> str:
    """What some work writes on standard output and standard error."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        work()
    stream.seek(0)
    return stream.read()


def _session(body: str) -> Iterator[Difference]:
    code = 0
    for found in _COMMAND.finditer(body):
        command, shown = found["command"].replace("\\\n", " "), found["shown"]
        if command == "echo $?":
            got, code = f"{code}\n", 0
        else:
            if code:
                yield Difference(command, "the command before exits with 0", f"it exits with {code}")
            code, got = _answer(shlex.split(command))
        if not agrees(shown, got):
            yield Difference(f"$ {command}", shown, got)
    if code:
        yield Difference("the last command", "it exits with 0", f"it exits with {code}")


def _answer(words: Sequence[str]) -> tuple[int, str]:
    assert words[0] == "csp-workflow", f"only csp-workflow is run, not {words[0]}"
    codes: list[int] = []
    got = captured(lambda: codes.append(run(words[1:])))
    return codes[0], got


def _put(block: Block) -> None:
    path = Path(block.name)
    if block.how == "file":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if block.how == "append":
        text = f"{text}\n{block.body}"
    elif block.how == "table":
        header = block.body.partition("\n")[0]
        start = text.index(f"{header}\n")
        end = text.find("\n[", start)
        text = f"{text[:start]}{block.body}{text[end:] if end >= 0 else ''}"
    else:
        raise AssertionError(f"{block.how}= is not known")
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for difference in differences(Path(sys.argv[1]).read_text(encoding="utf-8")):
        sys.stdout.write(f"{difference}\n\n")
