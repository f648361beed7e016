"""Definitions that have changed since a database was used with them, and workflows that judge by them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from csp_workflow.bootstrap import join, judge_of
from csp_workflow.storage.store import open_store
from csp_workflow.testing import SettableClock
from tests.states.folders import copied, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csp_workflow.bootstrap import HostWorkflow
    from csp_workflow.rules.engine import Judge
    from tests.databases import Database

BEFORE, SINCE = date(2025, 10, 6), date(2025, 10, 20)
GONE, NEW = "application", "submitted"
GONE_POLICY, NEW_POLICY = "2025-10", "2025-10b"


@contextmanager
def by(judge: Judge, database: Database, on: date) -> Iterator[HostWorkflow]:
    """A workflow that judges by some definition on a day."""
    with join(open_store(database.url), judge, SettableClock(on)) as workflow:
        yield workflow


def with_a_state_renamed(folder: Path, old: str = GONE, new: str = NEW) -> Path:
    """The shipped definitions with another name for a state."""
    states = copied(folder)
    for file in [states / "direct_bill/lifecycle.toml", *states.glob("titles.*.toml")]:
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(rf"(?<!plan\.)(?<!membership\.)\b{old}\b(?!\.)", new, text), encoding="utf-8")
    return states


def with_a_policy_renamed(folder: Path) -> Path:
    """The shipped definitions with another name for the newest policy."""
    states = copied(folder)
    replaced(states, "direct_bill/policies/06_2025-10.toml", f'id = "{GONE_POLICY}"', f'id = "{NEW_POLICY}"')
    return states


def with_a_lifecycle_renamed(folder: Path) -> Path:
    """The shipped definitions with another name for the lifecycle of resellers."""
    states = copied(folder)
    (states / "indirect_reseller").rename(states / "reseller")
    return states


@cache
def judge_by(change: str) -> Judge:
    """The judge of one of the changed definitions, by the name of its function."""
    with TemporaryDirectory() as folder:
        return judge_of(globals()[change](Path(folder)))
