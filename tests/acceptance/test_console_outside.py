"""The console as a program of its own: pipes, widths, colours, and names that would like to be more than text."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "win32":
    pass

from csp_workflow.console.program import run
from tests.acceptance.keyboard import (
    AT,
    PGA,
    REF,
    address,
    into_a_closed_pipe,
    on_a_terminal,
    quiet_environment,
    ready,
    typed,
    typed_outside,
)

NASTY = "Evil \x1b[31mred\x1b[0m [bold]bold[/] :smile: \u202eright \x07 😀 שלום & Söhne"
HARMLESS = r"Evil \x1b[31mred\x1b[0m [bold]bold[/] :smile: \u202eright \x07 😀 שלום & Söhne"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside")
    ready(folder / "csp-workflow.db")
    said = typed(
        "--db", address(folder / "csp-workflow.db"), "partner", "add", "PGA-N", "--name", NASTY, "--country", "DE"
    )
    assert said.code == 0
    return folder


def test_the_usual_database_lies_in_the_current_folder(folder: Path) -> None:
    said = typed_outside(folder, "--json", "--at", AT, "case", "show", REF)
    assert (said.code, said.json["ref"]) == (0, REF)


def test_errors_come_from_outside_as_they_do_from_inside(folder: Path) -> None:
    said = typed_outside(folder, "--at", AT, "step", REF, "apply")
    assert (said.code, said.out) == (2, "")
    assert said.err == "Say who acts, with --as NAME:ROLE before the command or with CSP_WORKFLOW_ACTOR.\n"


def test_names_are_shown_harmlessly(folder: Path) -> None:
    shown = typed_outside(folder, "partner", "show", "PGA-N", COLUMNS="140").out
    assert HARMLESS in shown
    listed = typed_outside(folder, "--json", "partner", "show", "PGA-N")
    assert listed.json["name"] == NASTY
    assert not any(letter in listed.out for letter in "\x1b\x07\u202e")


def test_names_are_shown_harmlessly_in_json_too(folder: Path) -> None:
    said = typed("--db", address(folder / "csp-workflow.db"), "--json", "partner", "show", "PGA-N")
    assert said.json["name"] == NASTY
    assert not any(letter in said.out for letter in "\x1b\x07\u202e")
    assert typed("case", "show", "\udcff\u2066x").err.startswith(r"'\udcff\u2066x' is not a case")


def test_what_json_itself_does_not_escape_is_harmless_too(folder: Path) -> None:
    database = address(folder / "csp-workflow.db")
    assert typed("--db", database, "partner", "add", "PGA-D", "--name", "a\x7fb", "--country", "DE").code == 0
    said = typed("--db", database, "--json", "partner", "show", "PGA-D")
    assert (said.json["name"], "\x7f" in said.out) == ("a\x7fb", False)


def test_a_reader_that_has_gone_is_no_complaint(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def fileno(self) -> int:
            return spare

    spare = os.open(folder / "spare", os.O_WRONLY | os.O_CREAT)
    for words in (["case", "list"], ["--json", "case", "list"]):
        monkeypatch.setattr(sys, "stdout", Gone())
        assert run(["--db", address(folder / "csp-workflow.db"), *words]) == 0
    os.close(spare)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_document_that_cannot_be_written_is_a_sentence_on_the_other_stream(folder: Path) -> None:
    for words in (["--json", "partner", "list"], ["partner", "list"], ["export", "partners"]):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(  # noqa: S603 - our own command line
                [sys.executable, "-m", "csp_workflow", *words],
                cwd=folder,
                env=quiet_environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert (done.returncode, done.stderr) == (6, "The answer cannot be written: No space left on device.\n"), words


def test_what_is_piped_is_plain(folder: Path) -> None:
    assert "\x1b" not in typed_outside(folder, "--at", AT, "requirements", REF).out


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are for POSIX")
def test_a_terminal_gets_colours_unless_it_wants_none(folder: Path) -> None:
    line = ("--at", AT, "case", "show", REF)
    assert "\x1b[" in on_a_terminal(folder, *line, TERM="xterm-256color")[1]
    assert "\x1b[3" not in on_a_terminal(folder, *line, TERM="xterm-256color", NO_COLOR="1")[1]


@pytest.mark.parametrize("width", [80, 140])
def test_pages_fit_the_width_of_the_screen(folder: Path, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    database = address(folder / "csp-workflow.db")
    widest = 0
    for words in (
        ["partner", "list"],
        ["case", "list"],
        ["case", "show", REF],
        ["history", PGA],
        ["requirements", REF],
        ["policy", "list"],
        ["policy", "show", "2025-10"],
        ["policy", "diff", "2018-08", "2025-10"],
        ["market", "MK"],
    ):
        lines = typed("--db", database, "--at", "2025-09-01", *words).out.splitlines()
        assert max(map(len, lines)) <= width
        widest = max(widest, *map(len, lines))
    assert widest > width * 0.9


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are for POSIX")
def test_a_sentence_is_broken_between_words_on_a_terminal_and_nowhere_else(folder: Path) -> None:
    line = ("case", "open", PGA, "atlantis")
    code, shown = on_a_terminal(folder, *line)
    lines = shown.split("\r\n")[:-1]
    said = typed_outside(folder, *line)
    assert (code, len(lines), max(map(len, lines)) <= 80) == (2, 3, True)
    assert f"{' '.join(lines)}\n" == said.err


def test_a_closed_pipe_is_no_complaint(folder: Path) -> None:
    assert into_a_closed_pipe(folder, "history", PGA).stderr == b""


def test_an_old_terminal_that_knows_only_ascii_gets_escapes(folder: Path) -> None:
    said = typed_outside(folder, "partner", "show", "PGA-N", PYTHONUTF8="0", PYTHONIOENCODING="ascii", COLUMNS="140")
    assert said.code == 0
    assert r"\U0001f600" in said.out
    document = typed_outside(folder, "--json", "partner", "show", "PGA-N", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert document.out.isascii()
    assert document.json["name"] == NASTY


def test_the_version_and_the_help_import_nothing_heavy(folder: Path) -> None:
    heavy = {"sqlmodel", "sqlalchemy", "transitions", "rich"}
    for words, allowed in ((["--version"], set()), (["--help"], {"typer"})):
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-X", "importtime", "-m", "csp_workflow", *words],
            cwd=folder,
            env=quiet_environment(),
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
        assert not imported & ((heavy | {"typer"}) - allowed)


@pytest.mark.parametrize(
    ("words", "language", "wanted"),
    [
        (["requirements", REF], "en", False),
        (["--json", "case", "show", REF], "de", False),
        (["requirements", REF], "de", True),
        (["notices", "list", PGA], "en", True),
    ],
)
def test_english_does_without_babel_until_a_letter_is_read(
    folder: Path, words: list[str], language: str, *, wanted: bool
) -> None:
    program = "import sys; from csp_workflow.console.program import run; code = run(sys.argv[1:])"
    ended = f"{program}; sys.stderr.write(f\"{{code}} {{'babel' in sys.modules}}\")"
    database = letter_in(folder)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", ended, "--db", database, "--at", "2025-10-07", "--lang", language, *words],
        env=quiet_environment(),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == f"0 {wanted}"


def letter_in(folder: Path) -> str:
    """A database in which a partner was asked something; gives its address."""
    database = address(folder / "asked.db")
    if not (folder / "asked.db").exists():
        ready(folder / "asked.db")
        step = ["--db", database, "--at", AT]
        assert typed(*step, "--as", "anna:global_admin", "step", REF, "apply").code == 0
        asked = typed(*step, "--as", "rita:reviewer", "step", REF, "request_information", "question=Who?")
        assert asked.code == 0
    return database


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "cs_CZ.UTF-8"}, "cs"),
        ({"LC_ALL": "it_IT", "LANG": "cs_CZ.UTF-8"}, "it"),
        ({"LC_MESSAGES": "de-AT"}, "de"),
        ({"LANG": "csb_PL.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_requirements_speak_the_language_of_the_environment(
    folder: Path, variables: dict[str, str], language: str
) -> None:
    words = ["--json", "--at", "2025-09-01", "requirements", REF]
    spoken = typed_outside(folder, *words, **variables).json
    asked_for = typed_outside(folder, "--lang", language, *words).json
    assert spoken == asked_for
    sums = {"en": "USD 300,000.00", "de": "300.000,00 USD", "it": "300.000,00 USD", "cs": "300\xa0000,00 USD"}
    assert any(f"{sums[language]}." in finding["statement"] for finding in spoken["due_now"])
