"""The same transitions as plain SQLModel code writes them: read objects, change them, add new ones, commit.

It neither judges nor hashes: what is to be written is known beforehand, so only the writing is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session, col, create_engine, func, select

from csp_workflow.storage.tables import (
    CaseRow,
    DayTotalRow,
    DeadlineRow,
    FactRow,
    JournalRow,
    NoticeRow,
    PartnerRow,
    Table,
)
from tests.benchmarks.traced import PRAGMAS
from tests.benchmarks.walks import ACTED_ON

_TABLES: tuple[type[Table], ...] = (PartnerRow, CaseRow, DeadlineRow, JournalRow, FactRow, NoticeRow)
_KEYS = {model: tuple(model.__table__.primary_key.columns.keys()) for model in _TABLES}  # type: ignore[attr-defined]

Values = dict[str, Any]


class Key(NamedTuple):
    """Which row of which table."""

    model: type[Table]
    values: tuple[Any, ...]


Snapshot = Mapping[Key, Values]


@dataclass(frozen=True, slots=True)
class Written:
    """What one act reads beside the partner and its cases, and the rows that it changes, drops and adds."""

    pga: str
    facts: bool
    revenue: bool
    changed: dict[Key, Values] = field(default_factory=dict)
    dropped: set[Key] = field(default_factory=set)
    added: list[tuple[type[Table], Values]] = field(default_factory=list)


def plain_engine(file: Path) -> Engine:
    """An engine with the product's pragmas, whose transactions begin for writing."""
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own recipe, so that the listener below begins
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def snapshot(engine: Engine, pga: str) -> Snapshot:
    """All rows of a partner that an act may touch."""
    found: dict[Key, Values] = {}
    with Session(engine) as session:
        for model in _TABLES:
            for row in session.exec(select(model).where(model.pga == pga)):  # type: ignore[attr-defined]
                values = row.model_dump()
                found[Key(model, tuple(values[name] for name in _KEYS[model]))] = values
    return found


def difference(pga: str, before: Snapshot, after: Snapshot, *, facts: bool, revenue: bool) -> Written:
    """What an act has written."""
    written = Written(pga, facts, revenue, dropped=before.keys() - after.keys())
    for key, values in after.items():
        if key not in before:
            written.added.append((key.model, values))
        elif values != before[key]:
            old = before[key]
            written.changed[key] = {name: value for name, value in values.items() if value != old[name]}
    return written


def write_again(engine: Engine, act: Written) -> None:
    """The act in plain SQLModel: the same rows read, changed, dropped and added, and committed."""
    with Session(engine) as session:
        partner = session.get_one(PartnerRow, act.pga)
        cases = session.exec(select(CaseRow).where(CaseRow.pga == act.pga)).all()
        deadlines = session.exec(select(DeadlineRow).where(DeadlineRow.pga == act.pga)).all()
        known: dict[Key, Table] = {_key(row): row for row in (partner, *cases, *deadlines)}
        _read_evidence(session, act)
        for key, values in act.changed.items():
            row = known[key]
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
        for key in act.dropped:
            session.delete(known[key])
        _add(session, act)
        session.commit()


def _add(session: Session, act: Written) -> None:
    """The new rows; without relationships the ORM does not know that some refer to the journal, so it goes first."""
    session.add_all([model(**values) for model, values in act.added if model is JournalRow])
    others = [model(**values) for model, values in act.added if model is not JournalRow]
    if others:
        session.flush()
        session.add_all(others)


def _key(row: Table) -> Key:
    return Key(type(row), tuple(getattr(row, name) for name in _KEYS[type(row)]))


def _read_evidence(session: Session, act: Written) -> None:
    """What the product reads in this act beside its cases, and nothing that it does not read."""
    if act.facts:
        session.exec(select(FactRow).where(FactRow.pga == act.pga)).all()
    if act.revenue:
        session.exec(
            select(func.sum(DayTotalRow.cents)).where(
                DayTotalRow.pga == act.pga,
                DayTotalRow.booked_on >= ACTED_ON - timedelta(days=365),
                DayTotalRow.booked_on < ACTED_ON,
                col(DayTotalRow.product).in_(("cloud", "perpetual_software")),
            )
        ).one()
