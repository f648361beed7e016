"""The tables. Every key begins with the partner; rows of facts, lines and journal are added and never edited.

Text columns that hold JSON hold exactly the text that was hashed into the journal.
"""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import registry
from sqlmodel import AutoString, Field, SQLModel

from csp_workflow.storage.migrations import PREFIX, VERSION_TABLE
from csp_workflow.storage.types import Instant


class Table(SQLModel, registry=registry()):
    """The common ground of all tables; apart from a host's own."""


def _instant(*, nullable: bool = False) -> Column[datetime]:
    return Column(Instant(), nullable=nullable)


def _json() -> Column[str]:
    return Column(Text(), nullable=False)


def _of_latest(name: str, *columns: str) -> Index:
    """An index of the cases that references mean; those that were opened again are looked for by nobody."""
    return Index(name, *columns, sqlite_where=text("is_latest = 1"), postgresql_where=text("is_latest"))


class PartnerRow(Table, table=True):
    """A partner, with the end of its journal: `revision` rises with every entry but refusals and `kept`."""

    __tablename__: ClassVar[str] = PREFIX + "partner"

    pga: str = Field(primary_key=True, max_length=64)
    name: str = Field(sa_type=Text)
    country: str = Field(max_length=2)
    email: str | None = Field(default=None, sa_type=Text)
    language: str = Field(max_length=8)
    manager: str | None = Field(default=None, sa_type=Text)
    revision: int
    last_seq: int
    head: str = Field(max_length=64)
    ledger_changed_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))
    ledger_effective_on: date | None = None


class CaseRow(Table, table=True):
    """A case; `memory` holds its marks and what its deadlines remember."""

    __tablename__: ClassVar[str] = PREFIX + "case"
    __table_args__ = (
        ForeignKeyConstraint(["pga"], [f"{PREFIX}partner.pga"]),
        CheckConstraint("version >= 1", name="case_version"),
        Index(
            "csp_case_open",
            "pga",
            "region",
            "lifecycle",
            "tenant",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        _of_latest("csp_case_state", "state", "pga", "number", "region", "lifecycle"),
        _of_latest("csp_case_region", "region", "pga", "number", "lifecycle"),
        _of_latest("csp_case_lifecycle", "lifecycle", "pga", "number"),
        Index("csp_case_turn", "lifecycle", "state", "turn", "is_latest"),
        Index("csp_case_stirs", "stirs_on", "pga", "number"),
        Index(
            "csp_case_pinned",
            "pinned",
            "pga",
            "number",
            sqlite_where=text("pinned IS NOT NULL"),
            postgresql_where=text("pinned IS NOT NULL"),
        ),
    )

    pga: str = Field(primary_key=True, max_length=64)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    region: str = Field(max_length=64)
    lifecycle: str = Field(max_length=64)
    tenant: str = Field(max_length=64)
    state: str = Field(max_length=64)
    is_open: bool
    is_latest: bool
    turn: str = Field(max_length=16)
    version: int
    opened_at: datetime = Field(sa_column=_instant())
    entered_on: date
    last_at: datetime = Field(sa_column=_instant())
    derived_on: date
    stirs_on: date | None = None
    pinned: str | None = Field(default=None, max_length=64)
    cooldown_case: str | None = Field(default=None, max_length=64)
    cooldown_started_on: date | None = None
    cooldown_ends_on: date | None = None
    cooldown_done: bool
    memory: str = Field(sa_column=_json())


class RefusalRow(Table, table=True):
    """A rule that has refused something, once for each entry: what counts of them are made from."""

    __tablename__: ClassVar[str] = PREFIX + "refusal"
    __table_args__ = (
        ForeignKeyConstraint(["pga", "seq"], [f"{PREFIX}journal.pga", f"{PREFIX}journal.seq"]),
        Index("csp_refusal_on", "refused_on", "rule", "trigger"),
    )

    pga: str = Field(primary_key=True, max_length=64)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rule: str = Field(primary_key=True, max_length=64)
    trigger: str = Field(max_length=64)
    refused_on: date


class FactRow(Table, table=True):
    """A fact about a partner, or about one of its cases; `part` tells apart what one entry recorded."""

    __tablename__: ClassVar[str] = PREFIX + "fact"
    __table_args__ = (ForeignKeyConstraint(["pga", "seq"], [f"{PREFIX}journal.pga", f"{PREFIX}journal.seq"]),)

    pga: str = Field(primary_key=True, max_length=64)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    part: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    case_number: int | None = None
    kind: str = Field(max_length=64)
    fields: str = Field(sa_column=_json())
    effective_on: date
    recorded_at: datetime = Field(sa_column=_instant())
    retracted_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class LineRow(Table, table=True):
    """A row of the revenue ledger, in cents; a verification takes a row back and adds it as verified."""

    __tablename__: ClassVar[str] = PREFIX + "revenue_line"
    __table_args__ = (
        ForeignKeyConstraint(["pga", "seq"], [f"{PREFIX}journal.pga", f"{PREFIX}journal.seq"]),
        Index("csp_revenue_line_booked", "pga", "booked_on"),
        Index("csp_revenue_line_line", "pga", "line"),
        Index("csp_revenue_line_effective", "pga", "effective_on"),
    )

    pga: str = Field(primary_key=True, max_length=64)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    part: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line: str | None = Field(default=None, sa_type=Text)
    booked_on: date
    cents: int = Field(sa_type=BigInteger)
    product: str = Field(max_length=64)
    channel: str = Field(max_length=64)
    tenant: str | None = Field(default=None, sa_type=Text)
    verified: bool
    effective_on: date
    recorded_at: datetime = Field(sa_column=_instant())
    retracted_at: datetime | None = Field(default=None, sa_column=_instant(nullable=True))


class DayTotalRow(Table, table=True):
    """The revenue that stands, summed by day: what a window costs does not grow with the lines in it."""

    __tablename__: ClassVar[str] = PREFIX + "revenue_day"
    __table_args__ = (ForeignKeyConstraint(["pga"], [f"{PREFIX}partner.pga"]),)

    pga: str = Field(primary_key=True, max_length=64)
    booked_on: date = Field(primary_key=True)
    product: str = Field(primary_key=True, max_length=64)
    channel: str = Field(primary_key=True, max_length=64)
    verified: bool = Field(primary_key=True)
    cents: int = Field(sa_type=BigInteger)


class JournalRow(Table, table=True):
    """An entry of a partner's journal, chained to the one before by its hash."""

    __tablename__: ClassVar[str] = PREFIX + "journal"
    __table_args__ = (
        ForeignKeyConstraint(["pga"], [f"{PREFIX}partner.pga"]),
        Index("csp_journal_case", "pga", "case_number", "seq"),
    )

    pga: str = Field(primary_key=True, max_length=64)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    case_number: int | None = None
    at: datetime = Field(sa_column=_instant())
    actor: str = Field(sa_type=Text)
    role: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    trigger: str | None = Field(default=None, max_length=64)
    source: str | None = Field(default=None, max_length=64)
    target: str | None = Field(default=None, max_length=64)
    policy: str | None = Field(default=None, max_length=64)
    definition: str = Field(max_length=64)
    effective_on: date | None = None
    document: str | None = Field(default=None, sa_type=Text)
    due_on: date | None = None
    concerns: int | None = None
    payload: str = Field(sa_column=_json())
    findings: str = Field(sa_column=_json())
    changes: str = Field(sa_column=_json())
    hash: str = Field(max_length=64)


class DeadlineRow(Table, table=True):
    """What a case has due: at most one of a kind."""

    __tablename__: ClassVar[str] = PREFIX + "deadline"
    __table_args__ = (
        ForeignKeyConstraint(["pga", "case_number"], [f"{PREFIX}case.pga", f"{PREFIX}case.number"]),
        Index("csp_deadline_due", "due_on", "pga", "case_number", "kind"),
    )

    pga: str = Field(primary_key=True, max_length=64)
    case_number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(primary_key=True, max_length=64)
    due_on: date
    about: date | None = None


class NoticeRow(Table, table=True):
    """A message that is to leave, or that nobody can be sent."""

    __tablename__: ClassVar[str] = PREFIX + "notice"
    __table_args__ = (
        ForeignKeyConstraint(["pga", "seq"], [f"{PREFIX}journal.pga", f"{PREFIX}journal.seq"]),
        Index("csp_notice_status", "status", "pga", "case_number", "seq"),
    )

    pga: str = Field(primary_key=True, max_length=64)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    part: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    case_number: int
    kind: str = Field(max_length=64)
    language: str = Field(max_length=8)
    recipient: str | None = Field(default=None, sa_type=Text)
    status: str = Field(max_length=16)
    key: str = Field(max_length=128, unique=True)
    attempts: int
    created_at: datetime = Field(sa_column=_instant())
    data: str = Field(sa_column=_json())


class CommandRow(Table, table=True):
    """An idempotency key: which command it stands for, and what came of it."""

    __tablename__: ClassVar[str] = PREFIX + "command"
    __table_args__ = (ForeignKeyConstraint(["pga"], [f"{PREFIX}partner.pga"]),)

    pga: str = Field(primary_key=True, max_length=64)
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)
    outcome: str = Field(sa_column=_json())


class DefinitionRow(Table, table=True):
    """A definition that this database was used with: the text that was hashed, None where an earlier release did it."""

    __tablename__: ClassVar[str] = PREFIX + "definition"

    sha256: str = Field(primary_key=True, max_length=64)
    first_used_at: datetime = Field(sa_column=_instant())
    content: str | None = Field(default=None, sa_type=Text)


class InstallationRow(Table, table=True):
    """This database: the key of its masked values, and the definition by which it was last swept."""

    __tablename__: ClassVar[str] = PREFIX + "installation"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    secret: str = Field(max_length=64)
    definition: str = Field(default="", max_length=64)


class RevisionRow(Table, table=True):
    """The revision of the schema, in one row, as Alembic keeps it."""

    __tablename__: ClassVar[str] = VERSION_TABLE

    version_num: str = Field(primary_key=True, max_length=32)


def _compare_letter_by_letter() -> None:
    """Let texts sort on PostgreSQL as they do on SQLite and in Python, whatever language its database speaks."""
    for table in Table.metadata.tables.values():
        for column in table.columns if table.name != VERSION_TABLE else ():  # which Alembic makes as it likes
            if isinstance(column.type, String | AutoString):
                kind, length = Text if isinstance(column.type, Text) else String, column.type.length
                column.type = kind(length).with_variant(kind(length, collation="C"), "postgresql")


_compare_letter_by_letter()
