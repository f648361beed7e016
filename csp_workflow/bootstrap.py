"""The one place where the parts are joined."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from csp_workflow.catalogue import check_policies, load, packaged
from csp_workflow.rules.consequences import Consequences
from csp_workflow.rules.engine import Judge
from csp_workflow.rules.shipped import SHIPPED
from csp_workflow.shell.desk import Desk
from csp_workflow.storage.store import HostedStore, open_store
from csp_workflow.workflow import Workflow

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from csp_workflow.model.programme import Programme
    from csp_workflow.ports import Clock
    from csp_workflow.rules.registry import Rule
    from csp_workflow.storage.drift import SchemaReport
    from csp_workflow.storage.upgrade import Upgrade

_LOG = logging.getLogger("csp_workflow")
RULES_GROUP = "csp_workflow.rules"
STATES_VARIABLE = "CSP_WORKFLOW_STATES"


def open_workflow(
    target: str | Engine,
    *,
    states: str | Path | None = None,
    rules: Iterable[Rule] = (),
    clock: Clock | None = None,
) -> HostWorkflow:
    """Open a workflow on a database.

    Where the definition strands cases, or is new to a database that has live ones, a sentence of warning goes to the
    logger `csp_workflow`.

    Args:
        target: an SQLAlchemy address (`sqlite:///partners.db`, `postgresql+psycopg://…`), `memory:`, or an engine.
        states: a folder of definitions that replaces the shipped one; else `CSP_WORKFLOW_STATES`.
        rules: rules of your own, made with `@rule`; those of installed packages (entry-point group
            `csp_workflow.rules`) are there too.
        clock: a callable that gives an aware datetime; with one, acts may lie in the future.

    Raises:
        DefinitionError: the definitions do not fit together.
        BadTarget: the address is not understood.
        StorageError: the database cannot be used.
    """
    judge = judge_of(states, rules)
    workflow = join(open_store(target), judge, clock)
    try:
        if news := workflow.definition_news():
            _LOG.warning("%s", news)
    except BaseException:  # boundary: what cannot be used is not left open
        workflow.close()
        raise
    return workflow


def upgrade_database(target: str | Engine, *, copy: bool = True) -> Upgrade:
    """Bring a database of an earlier release to the schema of this one: whole, or not at all.

    Args:
        target: an SQLAlchemy address, or an engine, which stays the caller's.
        copy: whether an SQLite file is copied beside itself before anything is changed.

    Raises:
        BadTarget: the address is not understood.
        StorageError: the database was written by a later release, is not ours, or cannot be written.

    Example:
        print(upgrade_database("sqlite:///partners.db").copy)
    """
    from csp_workflow.storage.upgrade import upgrade  # noqa: PLC0415 - few starts need it

    return upgrade(target, copy=copy)


def check_database(target: str | Engine) -> SchemaReport:
    """Compare the tables of a database, of whatever release, with those of this program; nothing is written.

    Args:
        target: an SQLAlchemy address, or an engine, which stays the caller's.

    Raises:
        BadTarget: the address is not understood.
        StorageError: the database is not ours, or cannot be read.
    """
    from csp_workflow.storage.drift import check  # noqa: PLC0415 - few starts need it

    return check(target)


def judge_of(states: str | Path | None = None, rules: Iterable[Rule] = ()) -> Judge:
    """The judge of a folder of definitions, with all rules that it may name; that of the shipped one is made once."""
    own, folder = tuple(rules), states or os.environ.get(STATES_VARIABLE)
    return _judge_of(Path(folder) if folder else packaged(), own) if own or folder else _shipped()


def _judge_of(folder: Path, own: tuple[Rule, ...]) -> Judge:
    registry = SHIPPED.with_rules(_installed_rules()).of_others().with_rules(own)
    return Judge(load(folder, registry), registry)


@cache
def _shipped() -> Judge:
    return _judge_of(packaged(), ())


def with_programme(judge: Judge, programme: Programme) -> Judge:
    """The same judge for a changed programme, for scenarios and trials.

    Raises:
        DefinitionError: a changed value is not of its kind.
    """
    check_policies(programme, judge.registry)
    return Judge(programme, judge.registry)


class HostWorkflow(Workflow):
    """A workflow that can also act inside a host's own transaction."""

    @contextmanager
    def within(self, connection: Connection) -> Iterator[Workflow]:
        """Act inside the caller's transaction: nothing is committed here, and what was done goes or stays with it.

        Example:
            with engine.begin() as connection, workflow.within(connection) as inside:
                inside.fire("PGA-1001/europe", "apply", actor=Actor("anna", "global_admin"))
        """
        desk = self._desk
        yield Workflow(Desk(HostedStore(connection), desk.consequences, desk.clock, own_clock=desk.own_clock))


def join(store: object, judge: Judge, clock: Clock | None) -> HostWorkflow:
    """A workflow from its parts."""
    return HostWorkflow(Desk(store, Consequences(judge), clock or _now, own_clock=clock is not None))  # type: ignore[arg-type]


def _now() -> datetime:
    return datetime.now(UTC)


def _installed_rules() -> list[Rule]:
    return [point.load() for point in entry_points(group=RULES_GROUP)]
