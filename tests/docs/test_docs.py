"""The documentation cannot lie: its generated parts are fresh, its examples run, its links lead somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.transcripts import agrees, blocks, differences

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
WITH_EXAMPLES = [
    page
    for page in PAGES
    if {"python", "console"} & {block.language for block in blocks(page.read_text(encoding="utf-8"))}
]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_A_SERVER = re.compile(r"postgresql(\+psycopg)?://anna:secret@db\.example/partners")
_TAKEN = re.compile(r'\.(?:take|words|table|peek)\(\s*"([a-z_]+)"')


def name_of(page: Path) -> str:
    """What a page is called in a report."""
    return page.relative_to(ROOT).as_posix()


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script that writes the generated parts."""
    return subprocess.run(  # noqa: S603 - the project's own script
        [sys.executable, str(ROOT / "docs/generate.py"), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of one's own, a terminal of 100 columns, English, and nothing set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("DB", "ACTOR", "STATES"):
        monkeypatch.delenv(f"CSP_WORKFLOW_{name}", raising=False)
    for name, value in {"COLUMNS": "100", "LC_ALL": "C", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def test_the_generated_parts_are_what_the_definitions_and_the_code_say() -> None:
    done = generate("--check")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_a_stale_part_is_named_by_check_and_mended_without_it(tmp_path: Path) -> None:
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    readme = tmp_path / "README.md"
    fresh = readme.read_text(encoding="utf-8")
    readme.write_text(fresh.replace("active --> annual_review", "active --> closed"), encoding="utf-8")
    stale = generate("--check", "--root", str(tmp_path))
    assert (stale.stdout, stale.returncode) == ("README.md is stale: run python docs/generate.py\n", 1)
    assert generate("--root", str(tmp_path)).returncode == 0
    assert readme.read_text(encoding="utf-8") == fresh


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_of)
def test_every_example_does_what_its_page_shows(page: Path, request: pytest.FixtureRequest) -> None:
    text = page.read_text(encoding="utf-8")
    if _A_SERVER.search("".join(block.body for block in blocks(text) if block.language == "python")):
        text = _A_SERVER.sub(request.getfixturevalue("new_postgresql").url, text)
    assert [str(found) for found in differences(text)] == []


@pytest.mark.usefixtures("at_home")
def test_an_example_that_does_something_else_is_found() -> None:
    session = "```console\n$ csp-workflow policy show 2099-01\nThere is such a policy.\n```\n"
    page = f"{session}```python\nprint(1)\n```\n```text\n2\n```\n"
    found = list(differences(page))
    assert [difference.example for difference in found] == [
        "$ csp-workflow policy show 2099-01",
        "the last command",
        "print(1)\n",
    ]
    assert found[0].got.startswith("There is no policy '2099-01'")


def test_three_dots_on_a_line_stand_for_anything_and_white_space_for_white_space() -> None:
    assert agrees("a  b\nc\n", "a b c\n")
    assert agrees("a\n...\nd\n", "a\nb\nc\nd\n")
    assert agrees("a\n...\n", "a\nb\n")
    assert not agrees("a\n", "a\nb\n")
    assert not agrees("a\n...\nd\n", "a\nb\n")
    assert not agrees("a...\n", "ab\n")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_inside_the_project_leads_to_a_file(page: Path) -> None:
    links = {link.partition("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link}
    assert [link for link in sorted(links) if link and not (page.parent / link).exists()] == []


def test_every_test_that_is_named_as_a_proof_is_there() -> None:
    named = _TEST.findall((ROOT / "docs/explanation/promises.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    sources = {file: (ROOT / file).read_text(encoding="utf-8") for file in {file for file, _test in named}}
    assert [test for file, test in named if test and f"def {test}(" not in sources[file]] == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs/index.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text(encoding="utf-8"))}
    assert [name_of(page) for page in PAGES if (ROOT / "docs") in page.parents and page not in linked | {index}] == []


def test_every_key_that_the_loader_takes_is_in_the_reference_of_definitions() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "csp_workflow/catalogue").glob("*.py"))
    page = (ROOT / "docs/reference/definitions.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_]+", page))
    assert sorted(set(_TAKEN.findall(code)) - words) == []


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_the_readme_has_one_command_below_each_of_its_first_headings(heading: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    commands = {
        "Run it": "pip install . && csp-workflow demo\n",
        "Test it": "pip install -e '.[test]' && pytest\n",
    }
    assert [block.body for block in blocks(section)] == [commands[heading]]
