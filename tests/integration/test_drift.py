"""Whatever differs between the models and a database is found, on both kinds of database, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy import Table as SqlTable

from csp_workflow import check_database, upgrade_database
from csp_workflow.errors import StorageDamaged, StorageUnavailable
from csp_workflow.storage.drift import Difference, differences
from csp_workflow.storage.migrations import HEAD, VERSION_TABLE
from csp_workflow.storage.tables import Table
from tests.integration.hands import change, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new database of ours."""
    made = (
        f"sqlite:///{tmp_path}/partners.db"
        if request.param == "sqlite"
        else request.getfixturevalue("new_postgresql").url
    )
    upgrade_database(made)
    return str(made)


@pytest.fixture
def connection(address: str) -> Iterator[Connection]:
    """A connection to a new database of ours."""
    engine = create_engine(address)
    with engine.connect() as made:
        yield made
    engine.dispose()


def column_added(models: MetaData) -> None:
    models.tables["csp_partner"].append_column(Column("phone", Text))


def column_taken_out(models: MetaData) -> None:
    table = models.tables["csp_command"]
    table._columns.remove(table.c.fingerprint)  # noqa: SLF001 - SQLAlchemy has no other way


def type_changed(models: MetaData) -> None:
    models.tables["csp_partner"].c.country.type = String(3)


def nullable_changed(models: MetaData) -> None:
    models.tables["csp_partner"].c.email.nullable = False


def default_changed(models: MetaData) -> None:
    models.tables["csp_partner"].append_column(
        Column("revision", Integer, nullable=False, server_default=text("0")), replace_existing=True
    )


def index_added(models: MetaData) -> None:
    Index("csp_partner_country", models.tables["csp_partner"].c.country)


def index_made_unique(models: MetaData) -> None:
    of_table(models, "csp_case", "csp_case_stirs").unique = True


def index_whole(models: MetaData) -> None:
    index = of_table(models, "csp_case", "csp_case_open")
    index.dialect_options["sqlite"]["where"] = index.dialect_options["postgresql"]["where"] = None


def index_of_others(models: MetaData) -> None:
    index = of_table(models, "csp_case", "csp_case_open")
    index.dialect_options["sqlite"]["where"] = text("NOT is_open")
    index.dialect_options["postgresql"]["where"] = text("NOT is_open")


def unique_added(models: MetaData) -> None:
    models.tables["csp_partner"].append_constraint(UniqueConstraint("email"))


def check_added(models: MetaData) -> None:
    models.tables["csp_partner"].append_constraint(CheckConstraint("revision >= 0", name="partner_revision"))


def check_changed(models: MetaData) -> None:
    table = models.tables["csp_case"]
    (old,) = (rule for rule in table.constraints if isinstance(rule, CheckConstraint))
    table.constraints.remove(old)
    table.append_constraint(CheckConstraint("version >= 2", name="case_version"))


def reference_added(models: MetaData) -> None:
    models.tables["csp_revenue_line"].append_constraint(ForeignKeyConstraint(["line"], ["csp_partner.pga"]))


def reference_cascades(models: MetaData) -> None:
    (reference,) = models.tables["csp_command"].foreign_key_constraints
    reference.ondelete = "CASCADE"


def table_added(models: MetaData) -> None:
    SqlTable("csp_letter", models, Column("id", Integer, primary_key=True))


def of_table(models: MetaData, table: str, name: str) -> Index:
    """An index by its name."""
    return next(index for index in models.tables[table].indexes if index.name == name)


CHANGES: dict[Callable[[MetaData], None], tuple[str, str, str]] = {
    column_added: ("csp_partner", "column", "phone"),
    column_taken_out: ("csp_command", "column", "fingerprint"),
    type_changed: ("csp_partner", "column", "country"),
    nullable_changed: ("csp_partner", "column", "email"),
    default_changed: ("csp_partner", "column", "revision"),
    index_added: ("csp_partner", "index", "csp_partner_country"),
    index_made_unique: ("csp_case", "index", "csp_case_stirs"),
    index_whole: ("csp_case", "index", "csp_case_open"),
    index_of_others: ("csp_case", "index", "csp_case_open"),
    unique_added: ("csp_partner", "unique constraint", "(email)"),
    check_added: ("csp_partner", "check constraint", "partner_revision"),
    check_changed: ("csp_case", "check constraint", "case_version"),
    reference_added: ("csp_revenue_line", "foreign key", "(line)"),
    reference_cascades: ("csp_command", "foreign key", "(pga)"),
    table_added: ("csp_letter", "table", "csp_letter"),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_of_the_models_without_a_revision_is_found(
    connection: Connection, change: Callable[[MetaData], None]
) -> None:
    models = MetaData()
    for table in Table.metadata.sorted_tables:
        table.to_metadata(models)
    assert differences(connection, models) == ()
    connection.rollback()
    change(models)
    found = differences(connection, models)
    assert [(item.table, item.kind, item.name) for item in found] == [CHANGES[change]]
    assert found[0].models != found[0].database


def test_a_new_database_agrees(address: str) -> None:
    report = check_database(address)
    assert (report.agrees, report.standing, report.revision, report.differences) == (True, "current", HEAD, ())


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("ALTER TABLE csp_fact ADD COLUMN colour TEXT", ("csp_fact", "column", "colour", None, "TEXT")),
        (
            "DROP INDEX csp_journal_case",
            ("csp_journal", "index", "csp_journal_case", "(pga, case_number, seq)", None),
        ),
        ("DROP TABLE csp_command", ("csp_command", "table", "csp_command", "there", None)),
        ("CREATE TABLE csp_letter (id INTEGER)", ("csp_letter", "table", "csp_letter", None, "there")),
    ],
)
def test_a_change_of_the_database_is_found(
    address: str, statement: str, difference: tuple[str, str, str, str | None, str | None]
) -> None:
    change(address, statement)
    report = check_database(address)
    table, kind, name, models, database = difference
    assert report.differences == (Difference(table=table, kind=kind, name=name, models=models, database=database),)
    assert not report.agrees
    assert report.to_dict()["differences"][0]["name"] == name


def test_a_host_s_tables_are_not_looked_at(address: str) -> None:
    change(
        address,
        "CREATE TABLE host_order (id INTEGER PRIMARY KEY, csp_case TEXT)",
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
        "CREATE TABLE cspx (id INTEGER)",
        "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
    )
    assert check_database(address).agrees


@pytest.mark.parametrize(("revision", "standing"), [("0001", "outdated"), ("0099", "newer")])
def test_a_database_of_another_release_is_told_to_be_one(address: str, revision: str, standing: str) -> None:
    change(address, f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'")
    report = check_database(address)
    assert (report.standing, report.revision, report.needed, report.agrees) == (standing, revision, HEAD, False)


def test_nothing_is_written_by_a_check(tmp_path: Path) -> None:
    file = tmp_path / "partners.db"
    assert check_database(f"sqlite:///{file}").standing == "empty"
    assert not file.exists()
    file.touch()
    assert check_database(f"sqlite:///{file}").standing == "empty"
    assert file.read_bytes() == b""
    assert check_database("memory:").to_dict()["standing"] == "empty"


def test_what_is_no_database_of_ours_cannot_be_checked(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear partner, " * 500, encoding="utf-8")
    raised(lambda: check_database(f"sqlite:///{tmp_path}/letter.txt"), StorageDamaged)
    raised(lambda: check_database(f"sqlite:///{tmp_path}/no/such/folder.db"), StorageUnavailable)
    raised(lambda: check_database(f"sqlite:///{tmp_path}"), StorageUnavailable)
