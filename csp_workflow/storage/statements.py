"""The statements of the hot path, made once from the tables."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, tuple_, update

from csp_workflow.model.partner import EDITABLE
from csp_workflow.storage.tables import (
    CaseRow,
    CommandRow,
    DayTotalRow,
    DeadlineRow,
    DefinitionRow,
    FactRow,
    InstallationRow,
    JournalRow,
    LineRow,
    NoticeRow,
    PartnerRow,
    RefusalRow,
    RevisionRow,
    Table,
)


def _table(model: type[Table]) -> Any:
    return Table.metadata.tables[str(model.__tablename__)]


PARTNER, CASE, FACT, LINE = _table(PartnerRow), _table(CaseRow), _table(FactRow), _table(LineRow)
JOURNAL, DEADLINE, NOTICE = _table(JournalRow), _table(DeadlineRow), _table(NoticeRow)
COMMAND, INSTALLATION, DAY_TOTAL = _table(CommandRow), _table(InstallationRow), _table(DayTotalRow)
REFUSAL, DEFINITION = _table(RefusalRow), _table(DefinitionRow)
VERSION = _table(RevisionRow)

SECRET = select(INSTALLATION.c.secret)
SWEPT_BY = select(INSTALLATION.c.definition)
SWEEP_BY = update(INSTALLATION).values(definition=bindparam("by"))
STIR_ALL = update(CASE).where(CASE.c.is_open).values(stirs_on=CASE.c.derived_on)
ONE_PARTNER = select(PARTNER).where(PARTNER.c.pga == bindparam("pga"))
LOCKED_PARTNER = ONE_PARTNER.with_for_update()
CASES_DUE = (
    select(CASE, DEADLINE.c.kind, DEADLINE.c.due_on, DEADLINE.c.about)
    .outerjoin(DEADLINE, and_(DEADLINE.c.pga == CASE.c.pga, DEADLINE.c.case_number == CASE.c.number))
    .where(CASE.c.pga == bindparam("pga"))
    .order_by(CASE.c.number, DEADLINE.c.due_on)
)
STANDING = (
    select(CASE.c.state, CASE.c.last_at)
    .where(*(CASE.c[name] == bindparam(name) for name in ("pga", "region", "lifecycle", "tenant")))
    .order_by(CASE.c.number.desc())
    .limit(1)
)
OWN_ENTRIES = (
    select(JOURNAL)
    .where(JOURNAL.c.pga == bindparam("pga"), JOURNAL.c.case_number == bindparam("case_number"))
    .order_by(JOURNAL.c.seq)
)
NAMED = (
    select(JOURNAL)
    .where(
        JOURNAL.c.pga == bindparam("pga"),
        or_(JOURNAL.c.kind == "registered", JOURNAL.c.kind == "edited"),
        JOURNAL.c.at <= bindparam("at"),
    )
    .order_by(JOURNAL.c.seq.desc())
    .limit(1)
)
STATE_AT = (
    select(JOURNAL.c.target)
    .join(CASE, and_(CASE.c.pga == JOURNAL.c.pga, CASE.c.number == JOURNAL.c.case_number))
    .where(
        *(CASE.c[name] == bindparam(name) for name in ("pga", "region", "lifecycle", "tenant")),
        CASE.c.opened_at <= bindparam("at"),
        JOURNAL.c.at <= bindparam("at"),
        JOURNAL.c.target.is_not(None),
    )
    .order_by(CASE.c.number.desc(), JOURNAL.c.seq.desc())
    .limit(1)
)


def _due(day: Any, number: Any) -> Any:
    """A page of the cases of a table that have something due by a day, after one of them."""
    key = (day, day.table.c.pga, number)
    after: Any = tuple_(bindparam("on", type_=day.type), bindparam("pga"), bindparam("number"))
    return select(*key).where(day <= bindparam("day"), tuple_(*key) > after).order_by(*key).limit(bindparam("most"))


DUE = (_due(DEADLINE.c.due_on, DEADLINE.c.case_number), _due(CASE.c.stirs_on, CASE.c.number))
FACTS = select(FACT).where(FACT.c.pga == bindparam("pga")).order_by(FACT.c.seq, FACT.c.part)
ONE_ENTRY = select(JOURNAL).where(JOURNAL.c.pga == bindparam("pga"), JOURNAL.c.seq == bindparam("seq"))
ONE_COMMAND = select(COMMAND).where(COMMAND.c.pga == bindparam("pga"), COMMAND.c.key == bindparam("key"))
KNOWN = and_(
    LINE.c.pga == bindparam("pga"),
    LINE.c.recorded_at <= bindparam("at"),
    or_(LINE.c.retracted_at.is_(None), LINE.c.retracted_at > bindparam("at")),
)
STANDING_LINES = select(LINE).where(
    LINE.c.pga == bindparam("pga"), LINE.c.seq == bindparam("seq"), LINE.c.retracted_at.is_(None)
)
REVENUE_DAYS = (
    select(LINE.c.effective_on)
    .where(KNOWN, LINE.c.effective_on > bindparam("after"))
    .distinct()
    .order_by(LINE.c.effective_on)
)
_FROM_ENTRY = (JOURNAL.c.document, JOURNAL.c.at, JOURNAL.c.actor, JOURNAL.c.role)
FILED = (
    select(FACT.c.seq, FACT.c.case_number, FACT.c.kind, FACT.c.fields, FACT.c.effective_on, *_FROM_ENTRY)
    .join(JOURNAL, and_(JOURNAL.c.pga == FACT.c.pga, JOURNAL.c.seq == FACT.c.seq))
    .where(FACT.c.pga == bindparam("pga"), FACT.c.retracted_at.is_(None), FACT.c.seq > bindparam("after"))
    .order_by(FACT.c.seq, FACT.c.part)
    .limit(bindparam("most")),
    select(
        JOURNAL.c.seq,
        JOURNAL.c.case_number,
        JOURNAL.c.trigger.label("kind"),
        JOURNAL.c.payload.label("fields"),
        JOURNAL.c.effective_on,
        *_FROM_ENTRY,
    )
    .where(
        JOURNAL.c.pga == bindparam("pga"),
        JOURNAL.c.seq > bindparam("after"),
        exists().where(LINE.c.pga == JOURNAL.c.pga, LINE.c.seq == JOURNAL.c.seq, LINE.c.retracted_at.is_(None)),
    )
    .order_by(JOURNAL.c.seq)
    .limit(bindparam("most")),
)
ONE_NOTICE = select(NOTICE).where(
    NOTICE.c.pga == bindparam("pga"), NOTICE.c.seq == bindparam("seq"), NOTICE.c.part == bindparam("part")
)
NEW_PARTNER = insert(PARTNER)
HEAD = ("revision", "last_seq", "head", "ledger_changed_at", "ledger_effective_on")
PARTNER_HEAD = (
    update(PARTNER)
    .where(
        PARTNER.c.pga == bindparam("old_pga"),
        PARTNER.c.revision == bindparam("old_revision"),
        PARTNER.c.last_seq == bindparam("old_seq"),
    )
    .values({name: bindparam(name) for name in HEAD})
)
EDITED_PARTNER = PARTNER_HEAD.values({name: bindparam(name) for name in EDITABLE})
FIXED = ("pga", "number", "region", "lifecycle", "tenant", "opened_at", "is_latest")
CASE_SUCCEEDED = (
    update(CASE)
    .where(CASE.c.pga == bindparam("old_pga"), CASE.c.number == bindparam("old_number"))
    .values(is_latest=False, is_open=False)
)
CASE_CHANGED = (
    update(CASE)
    .where(
        CASE.c.pga == bindparam("old_pga"),
        CASE.c.number == bindparam("old_number"),
        CASE.c.version == bindparam("old_version"),
    )
    .values({column.name: bindparam(column.name) for column in CASE.c if column.name not in FIXED})
)
DROP_DEADLINE = DEADLINE.delete().where(
    DEADLINE.c.pga == bindparam("old_pga"),
    DEADLINE.c.case_number == bindparam("old_number"),
    DEADLINE.c.kind == bindparam("old_kind"),
)
MOVE_DEADLINE = (
    update(DEADLINE)
    .where(
        DEADLINE.c.pga == bindparam("old_pga"),
        DEADLINE.c.case_number == bindparam("old_number"),
        DEADLINE.c.kind == bindparam("old_kind"),
    )
    .values(due_on=bindparam("due_on"), about=bindparam("about"))
)
RETRACT = {
    table: update(table)
    .where(table.c.pga == bindparam("old_pga"), table.c.seq == bindparam("old_seq"))
    .values(retracted_at=bindparam("retracted_at"))
    for table in (FACT, LINE)
}
ADD = {table: insert(table) for table in (CASE, FACT, LINE, JOURNAL, DEADLINE, NOTICE, COMMAND, REFUSAL)}


@cache
def revenue(products: int, *, of_channel: bool, only_verified: bool, settled: bool) -> Any:
    """The sum of a window: so many products (0: all), of one channel or all, verified or not.

    `settled` takes it from the sums by day, else from the lines that are known and in effect.
    """
    table = DAY_TOTAL if settled else LINE
    statement = select(func.coalesce(func.sum(table.c.cents), 0).label("cents")).where(
        table.c.booked_on >= bindparam("start"), table.c.booked_on < bindparam("end")
    )
    if settled:
        statement = statement.where(table.c.pga == bindparam("pga"))
    else:
        statement = statement.where(KNOWN, LINE.c.effective_on <= bindparam("day"))
    if products:
        statement = statement.where(or_(*(table.c.product == bindparam(f"product_{n}") for n in range(products))))
    if of_channel:
        statement = statement.where(table.c.channel == bindparam("of_channel"))
    return statement.where(table.c.verified) if only_verified else statement


MANY = 250  # names that one statement looks for: fewer are filled up, so that the statement is made once


@cache
def named_lines(size: int) -> Any:
    """The rows of so many revenue lines that stand."""
    names: list[Any] = [bindparam(f"line_{place}") for place in range(size)]
    statement = select(LINE).where(LINE.c.pga == bindparam("pga"), LINE.c.line.in_(names))
    return statement.where(LINE.c.retracted_at.is_(None))  # in no order: a planner would walk the whole ledger for it


@cache
def notices(*, of_case: bool, until: bool) -> Any:
    """A page of a partner's notices, or of one case's, perhaps only those of an instant or before it."""
    after: Any = tuple_(bindparam("after_seq"), bindparam("after_part"))
    statement = select(NOTICE).where(NOTICE.c.pga == bindparam("pga"), tuple_(NOTICE.c.seq, NOTICE.c.part) > after)
    if of_case:
        statement = statement.where(NOTICE.c.case_number == bindparam("case_number"))
    if until:
        statement = statement.where(NOTICE.c.created_at <= bindparam("until"))
    return statement.order_by(NOTICE.c.seq, NOTICE.c.part).limit(bindparam("most"))


@cache
def add_to_day(dialect: str) -> Any:
    """Add cents to the sum of a day."""
    insert_or: Any = import_module(f"sqlalchemy.dialects.{dialect}").insert  # each takes long to import
    statement = insert_or(DAY_TOTAL)
    keys = list(DAY_TOTAL.primary_key.columns)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={"cents": DAY_TOTAL.c.cents + statement.excluded.cents}
    )
