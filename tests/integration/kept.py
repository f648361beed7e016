"""The database that release 0.1.0 wrote, as it is kept: on SQLite, carried over to PostgreSQL, and what it answered."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Date, DateTime, MetaData, create_engine

from csp_workflow.storage.migrations import FIRST_REVISION, FIRST_TABLES, VERSION_TABLE
from csp_workflow.storage.migrations.steps import run
from csp_workflow.testing import SettableClock

if TYPE_CHECKING:
    from csp_workflow import Workflow

DATA = Path(__file__).parents[1] / "data"
FILE = DATA / "first_schema.db"
ANSWERS: dict[str, Any] = json.loads((DATA / "first_schema.json").read_text(encoding="utf-8"))
AFTER = datetime(2026, 3, 21, tzinfo=UTC)  # the instant at which it gave those answers, a day after its last entry
IN_ORDER = ("partner", "case", "journal", "fact", "revenue_line", "revenue_day", "deadline", "notice", "command")


def a_day_after() -> SettableClock:
    """A clock that stands where the kept file was asked."""
    return SettableClock(AFTER)


def kept_file(folder: Path) -> Path:
    """A copy of the file, to do with as one likes."""
    return Path(shutil.copy(FILE, folder / "partners.db"))


def to_postgres(address: str) -> None:
    """Make an empty database on PostgreSQL what release 0.1.0 would have made of it, with the rows of the kept file."""
    engine = create_engine(address)
    with engine.begin() as connection, closing(sqlite3.connect(FILE)) as source:
        source.row_factory = sqlite3.Row
        run(connection, FIRST_REVISION)
        connection.exec_driver_sql(f"DROP TABLE {VERSION_TABLE}")
        made = MetaData()
        made.reflect(connection, only=sorted(FIRST_TABLES))
        for name in (*(f"csp_{name}" for name in IN_ORDER), "csp_installation"):
            table = made.tables[name]
            found = [dict(row) for row in source.execute(f"SELECT * FROM {name}")]
            rows = [{column.name: _typed(column.type, row[column.name]) for column in table.c} for row in found]
            connection.execute(table.insert(), rows)
    engine.dispose()


def _typed(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def answers(workflow: Workflow) -> dict[str, Any]:
    """What a workflow says of everything in its database, as the kept answers have it."""
    cases = workflow.cases()
    asked = {case.ref: workflow.requirements(case.ref).to_dict() for case in cases}
    said = {
        "partners": {partner.pga: workflow.partner(partner.pga).to_dict() for partner in workflow.partners()},
        "cases": {case.ref: case.to_dict() for case in cases},
        "history": {
            partner.pga: [entry.to_dict() for entry in workflow.history(partner.pga)] for partner in workflow.partners()
        },
        "requirements": {
            ref: {name: [finding["rule"] for finding in found] for name, found in view.items() if type(found) is list}
            for ref, view in asked.items()
        },
    }
    known: dict[str, Any] = json.loads(json.dumps(said, default=str))
    return known


def missing(wanted: Any, said: Any, where: str = "") -> list[str]:
    """Where what is said now lacks something of what was said then; rules that came since are no loss."""
    if isinstance(wanted, dict) and isinstance(said, dict):
        return [gone for key, value in wanted.items() for gone in missing(value, said.get(key), f"{where}/{key}")]
    if isinstance(wanted, list) and isinstance(said, list) and where.startswith("/requirements"):
        return [f"{where}: {rule}" for rule in wanted if rule not in said]
    if isinstance(wanted, list) and isinstance(said, list) and where.startswith("/history") and where.count("/") == 2:
        said = said[: len(wanted)]  # the upgrade adds an entry
    if isinstance(wanted, list) and isinstance(said, list) and len(wanted) == len(said):
        pairs = enumerate(zip(wanted, said, strict=True))
        return [gone for place, (one, other) in pairs for gone in missing(one, other, f"{where}/{place}")]
    return [] if wanted == said else [f"{where}: {wanted!r} became {said!r}"]
