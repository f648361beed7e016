"""Runs one command line: the one place that prints, and that turns what goes wrong into a sentence and an exit code."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, TextIO

import typer

from csp_workflow.console.answer import BROKEN_OFF, Answer, Stream, Work
from csp_workflow.console.commands import app
from csp_workflow.console.safe import broken, json_safe, visible, visible_page, without_password
from csp_workflow.errors import BadFile, Misuse, StorageError, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from rich.console import RenderableType

_NAME = "csp-workflow"
_FLAGS = ("--json", "--debug", "--version")
_VALUED = ("--db", "--states", "--at", "--as", "--lang")
_USAGE: type[Exception] = typer.BadParameter.__mro__[2]  # what Typer raises for a command line it cannot read
_TRAILING = re.compile(r" +\n")


def run(arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code; nothing that happens is shown as a traceback unless asked for."""
    words = common_first(arguments or ["--help"])
    flags = _leading(words)
    as_json = "--json" in flags
    try:
        if "--version" in flags:
            _show(_version(), as_json=as_json)
            return 0
        return _carry_out(words, as_json=as_json, debug="--debug" in flags)
    except BrokenPipeError:
        _swallow(sys.stdout)
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return BROKEN_OFF


def _version() -> Answer:
    from csp_workflow import __version__

    return Answer(data={"version": __version__}, view=lambda: [f"{_NAME} {__version__}"])


def common_first(arguments: Sequence[str]) -> list[str]:
    """The same command line with the options that every command knows before the command."""
    common: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _FLAGS or word.startswith(tuple(f"{name}=" for name in _VALUED)):
            common.append(word)
        elif word in _VALUED:
            value = next(words, None)
            if value is None:
                return [*common, word]  # Typer says what is missing
            common += [word, value]
        else:
            rest.append(word)
    return common + rest


def _leading(words: Sequence[str]) -> list[str]:
    """The flags among the common options, without what is a value of another."""
    flags: list[str] = []
    items = iter(words)
    for word in items:
        if word in _VALUED:
            next(items, None)
        elif word in _FLAGS:
            flags.append(word)
    return flags


def _carry_out(words: list[str], *, as_json: bool, debug: bool) -> int:
    try:
        answer = typer.main.get_command(app)(words, prog_name=_NAME, standalone_mode=False)
        if isinstance(answer, Work):
            answer = _worked(answer)
        if isinstance(answer, Stream):
            return _pour(answer, debug=debug)
        if not isinstance(answer, Answer):
            sys.stdout.flush()
            return answer if isinstance(answer, int) else 0
        _show(answer, as_json=as_json)
    except (BrokenPipeError, KeyboardInterrupt, typer.Abort):
        raise
    except Exception as problem:  # noqa: BLE001 # boundary: whatever it is, a user gets one sentence
        return _tell(problem, as_json=as_json, debug=debug)
    return answer.exit_code


def _worked(work: Work) -> Answer:
    """Do what takes its time, with a bar on a terminal; what is broken off is answered too."""
    with closing(work.steps) as steps, closing(_with_bar(work) if sys.stderr.isatty() else steps) as shown:
        try:
            with _after_the_step() as is_over:
                while next(shown, None) is not None and not is_over():
                    pass
        except KeyboardInterrupt:
            pass  # the answer tells how far it came
    return work.answer()


@contextmanager
def _after_the_step() -> Iterator[Callable[[], bool]]:
    """Ctrl-C is asked for after a step, so that each is done as a whole; a second one does not wait."""
    pressed: list[int] = []

    def press(number: int, _frame: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


def _with_bar(work: Work) -> Generator[int]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    name = TextColumn("{task.description}", markup=False)
    bar = Progress(
        name, BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    )
    with bar:
        task = bar.add_task(visible(work.title), total=work.total)
        for done in work.steps:
            bar.update(task, completed=done)
            yield done


def _pour(stream: Stream, *, debug: bool) -> int:
    """Write a long text as it comes; on a terminal, and in JSON, nothing in it does more than be read."""
    out = sys.stdout
    with closing(stream.pieces) as pieces:
        first = next(pieces, "")  # what goes wrong before anything is written is told as always
        harmless = json_safe if stream.is_json else visible_page if out.isatty() else str
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(encoding=None if out.isatty() else "utf-8", errors="backslashreplace")
        try:
            for piece in chain([first], pieces):
                out.write(harmless(piece))
            out.flush()
        except (BrokenPipeError, KeyboardInterrupt):
            raise
        except Exception as problem:  # noqa: BLE001 # boundary: the document is broken off, so the sentence goes beside it
            out.flush()
            return _tell(problem, as_json=False, debug=debug)
    return 0


def visible_lines(text: str) -> str:
    """A text of several lines, each made harmless."""
    return "".join(f"{visible(line)}\n" for line in text.split("\n"))


def _show(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        _print_json(answer.data)
    else:
        _print(answer.view(), sys.stderr if answer.is_refusal else sys.stdout)
    sys.stdout.flush()


def _tell(problem: Exception, *, as_json: bool, debug: bool) -> int:
    if debug:
        sys.stderr.write(visible_lines(without_password("".join(traceback.format_exception(problem)))))
    error, code = _as_error(problem)
    if as_json and not _is_of_the_answer(problem):
        _print_json({"error": error})
    else:  # a document cannot be written where nothing can
        sys.stderr.write(f"{broken(error['message'], sys.stderr)}\n")
    if _is_of_the_answer(problem):
        _swallow(sys.stdout)
    return code


def _is_of_the_answer(problem: Exception) -> bool:
    """Whether it came of writing what is shown: anything else that the system says names a file."""
    return isinstance(problem, OSError) and problem.filename is None


def _as_error(problem: Exception) -> tuple[dict[str, Any], int]:
    if isinstance(problem, OSError) and problem.filename is not None:
        problem = BadFile(os.fsdecode(problem.filename), f"cannot be used: {problem.strerror}")
    if isinstance(problem, WorkflowError):
        error, code = problem.to_dict(), problem.exit_code
    elif isinstance(problem, OSError):
        reason = problem.strerror or str(problem)
        error, code = {"code": "output", "message": f"The answer cannot be written: {reason}."}, StorageError.exit_code
    elif isinstance(problem, _USAGE):
        error, code = {"code": Misuse.code, "message": _usage(problem)}, Misuse.exit_code
    else:
        message = f"An unexpected {type(problem).__name__}: {problem}; --debug shows where it came from."
        error, code = {"code": "unexpected", "message": message}, StorageError.exit_code
    message = without_password(str(error["message"]))
    return {**error, "message": " ".join(visible(line) for line in message.splitlines())}, code


def _usage(problem: Any) -> str:
    sentence = problem.format_message().replace("Value error, ", "")  # a library's own words
    sentence = sentence if sentence.endswith((".", "?")) else f"{sentence}."
    context = getattr(problem, "ctx", None)
    return f"{sentence} Try: {context.command_path} --help" if context else sentence


def _print_json(document: Any) -> None:
    import json

    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(document, ensure_ascii=not utf8, indent=2, default=str)
    sys.stdout.write(json_safe(text) + "\n")
    sys.stdout.flush()


def _print(pictures: Iterable[RenderableType], file: TextIO) -> None:
    from rich.console import Console

    encoding = file.encoding or "utf-8"
    drawn = io.BytesIO()  # drawn aside, so that a reader who has gone is noticed here and not within Rich
    page = io.TextIOWrapper(drawn, encoding=encoding, errors="backslashreplace", newline="", write_through=True)
    console = Console(
        file=page,
        force_terminal=file.isatty() or None,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )
    for picture in pictures:
        console.print(picture, crop=False)
    file.write(_TRAILING.sub("\n", drawn.getvalue().decode(encoding)))


def _swallow(stream: TextIO) -> None:
    """Let nothing complain at the end that the reader has gone."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return
