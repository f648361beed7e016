"""The programs that the console's start-up is held against: bare Typer, written into a folder as modules."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path

from csp_workflow.storage import tables

Tree = Mapping[str, Sequence[str]]  # the commands of each group; those of no group are under ""

_HELP = """\
import typer

app = typer.Typer({options})


@app.callback()
def options() -> None:
    \"\"\"A program.\"\"\"

"""
_GROUP = """
{name}_group = typer.Typer({options}, help="A group.")
app.add_typer({name}_group, name="{name}")
"""
_COMMAND = """
@{group}.command("{name}")
def {function}(ref: str, other: str = "") -> None:
    \"\"\"A command.\"\"\"
    print(ref, other)

"""
_RUN = """
app(prog_name="bare")
"""
_LEAN = "add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False"
_USUAL = "add_completion=True"

_OWN_INSTANT = """
from sqlalchemy import String
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator):
    impl = String(27)
    cache_ok = True

    def process_result_value(self, value, dialect):
        return None if value is None else datetime.fromisoformat(value)
"""
_SHOW = """\
import json

import typer
from sqlmodel import Session, create_engine, select

from bare_tables import CaseRow

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def show(file: str, pga: str, region: str) -> None:
    \"\"\"Show one case.\"\"\"
    with Session(create_engine(f"sqlite:///{file}")) as session:
        case = session.exec(select(CaseRow).where(CaseRow.pga == pga, CaseRow.region == region)).one()
        print(json.dumps(case.model_dump(mode="json"), indent=2))


app()
"""

_COMMAND_OF_PIP = """\
import sys
from csp_workflow.__main__ import main
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(main())
"""


def write_programs(folder: Path, tree: Tree) -> None:
    """Write all of them; they are run with `python -m`, so that their byte code is kept as a package's is."""
    (folder / "empty.py").write_text("", encoding="utf-8")
    (folder / "installed.py").write_text(_COMMAND_OF_PIP, encoding="utf-8")
    (folder / "bare_help.py").write_text(_help(tree, _LEAN), encoding="utf-8")
    (folder / "usual_help.py").write_text(_help(tree, _USUAL), encoding="utf-8")
    (folder / "bare_tables.py").write_text(_tables(), encoding="utf-8")
    (folder / "bare_show.py").write_text(_SHOW, encoding="utf-8")


def _help(tree: Tree, options: str) -> str:
    parts = [_HELP.format(options=options)]
    for group, names in tree.items():
        if group:
            parts.append(_GROUP.format(name=group, options=options))
        owner = f"{group}_group" if group else "app"
        parts += [
            _COMMAND.format(group=owner, name=name, function=f"{owner}_{name}".replace("-", "_")) for name in names
        ]
    return "".join([*parts, _RUN])


def _tables() -> str:
    source = inspect.getsource(tables)
    ours = "from csp_workflow.storage.types import Instant\n"
    if source.count(ours) != 1:
        raise AssertionError("the tables import something else now: mend this benchmark")
    return source.replace(ours, _OWN_INSTANT)
