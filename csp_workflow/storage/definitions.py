"""The definitions that a database was used with, and where its cases stand; learned with the first entry by each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import bindparam, column, func, select, text, tuple_, update

from csp_workflow.model.definition import Definition, KnownDefinition
from csp_workflow.storage.prepared import Cursor
from csp_workflow.storage.statements import CASE, DEFINITION, JOURNAL
from csp_workflow.stored import CaseKey, Changes, Places

IS_KEPT = select(DEFINITION.c.content.is_not(None).label("is_kept")).where(DEFINITION.c.sha256 == bindparam("sha256"))
ONE_DEFINITION = select(DEFINITION.c.content).where(DEFINITION.c.sha256 == bindparam("sha256"))
FILL_DEFINITION = (
    update(DEFINITION)
    .where(DEFINITION.c.sha256 == bindparam("of"), DEFINITION.c.content.is_(None))
    .values(content=bindparam("content"))
)
DEFINITIONS = select(
    DEFINITION.c.sha256, DEFINITION.c.first_used_at, DEFINITION.c.content.is_not(None).label("is_kept")
).order_by(DEFINITION.c.first_used_at, DEFINITION.c.sha256)
LAST_DEFINITION = (
    select(JOURNAL.c.definition)
    .where(
        JOURNAL.c.pga == bindparam("pga"),
        JOURNAL.c.case_number == bindparam("number"),
        JOURNAL.c.definition != "",
    )
    .order_by(JOURNAL.c.seq.desc())
    .limit(1)
)
IN_STATES = select(CASE.c.lifecycle, CASE.c.state, func.count().label("cases")).group_by(CASE.c.lifecycle, CASE.c.state)
PINNED = select(CASE.c.pinned, func.count().label("cases")).where(CASE.c.pinned.is_not(None)).group_by(CASE.c.pinned)
_KEY = (CASE.c.pga, CASE.c.number)
_AFTER: Any = tuple_(bindparam("pga"), bindparam("number"))
_NEXT = select(*_KEY).where(tuple_(*_KEY) > _AFTER).order_by(*_KEY).limit(bindparam("most"))
NEXT_IN_STATE = _NEXT.where(CASE.c.lifecycle == bindparam("lifecycle"), CASE.c.state == bindparam("state"))
NEXT_PINNED = _NEXT.where(CASE.c.pinned == bindparam("policy"))
CLOSED_IN_STATE = (
    select(CASE.c.number)
    .where(CASE.c.lifecycle == bindparam("lifecycle"), CASE.c.state == bindparam("state"), CASE.c.is_open.is_(False))
    .limit(1)
)

# From one state to the next by the index, whatever the number of cases: a DISTINCT would read all of them.
PLACES = text("""
    WITH RECURSIVE
    walked (lifecycle) AS (
        SELECT min(lifecycle) FROM csp_case
        UNION ALL
        SELECT (SELECT min(one.lifecycle) FROM csp_case AS one WHERE one.lifecycle > walked.lifecycle)
        FROM walked WHERE walked.lifecycle IS NOT NULL
    ),
    stands (lifecycle, state) AS (
        SELECT lifecycle, (SELECT min(one.state) FROM csp_case AS one WHERE one.lifecycle = walked.lifecycle)
        FROM walked WHERE walked.lifecycle IS NOT NULL
        UNION ALL
        SELECT stands.lifecycle, (
            SELECT min(one.state) FROM csp_case AS one
            WHERE one.lifecycle = stands.lifecycle AND one.state > stands.state
        ) FROM stands WHERE stands.state IS NOT NULL
    ),
    pins (pinned) AS (
        SELECT min(pinned) FROM csp_case WHERE pinned IS NOT NULL
        UNION ALL
        SELECT (SELECT min(one.pinned) FROM csp_case AS one WHERE one.pinned > pins.pinned)
        FROM pins WHERE pins.pinned IS NOT NULL
    )
    SELECT 'state' AS kind, lifecycle AS name, state AS below FROM stands WHERE state IS NOT NULL
    UNION ALL SELECT 'policy', pinned, '' FROM pins WHERE pinned IS NOT NULL
    UNION ALL SELECT 'definition', sha256, '' FROM csp_definition
""").columns(column("kind"), column("name"), column("below"))


@cache
def add_definition(dialect: str) -> Any:
    """Add a definition, unless somebody else has just done it."""
    insert_or: Any = import_module(f"sqlalchemy.dialects.{dialect}").insert  # each takes long to import
    return insert_or(DEFINITION).on_conflict_do_nothing(index_elements=[DEFINITION.c.sha256])


class Definitions:
    """The part of a session that knows definitions; `learned` are those that it has seen to be there."""

    _cursor: Cursor

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self.learned: set[str] = set()

    def learn(self, plans: Iterable[Changes]) -> None:
        """Have the database know the definitions by which entries are written, with those entries."""
        for plan in plans:
            made = plan.definition
            if made and plan.entries and made.sha256 not in self._known and made.sha256 not in self.learned:
                self._learn(made, plan.entries[0].draft.at)
                self.learned.add(made.sha256)

    def _learn(self, made: Definition, at: Any) -> None:
        run = self._cursor
        found = run.first(IS_KEPT, {"sha256": made.sha256})
        if found is None:
            values = {"sha256": made.sha256, "first_used_at": at, "content": made.text}
            run.run(add_definition(run.dialect), values)
        elif not found.is_kept:
            run.run(FILL_DEFINITION, {"of": made.sha256, "content": made.text})

    def definitions(self) -> list[KnownDefinition]:
        """All definitions that the database was used with, the first one first."""
        found = self._cursor.rows(DEFINITIONS, {})
        return [
            KnownDefinition(sha256=row.sha256, first_used_at=row.first_used_at, is_kept=bool(row.is_kept))
            for row in found
        ]

    def definition_text(self, sha256: str) -> str | None:
        """What decides by a definition; None where only its fingerprint is known, or not even that."""
        found = self._cursor.first(ONE_DEFINITION, {"sha256": sha256})
        return found.content if found else None

    def last_definition(self, key: CaseKey) -> str:
        """The definition of the last entry of a case."""
        found = self._cursor.first(LAST_DEFINITION, key._asdict())
        return str(found.definition) if found else ""

    def places(self) -> Places:
        """In which states there are cases, which policies are pinned, which definitions known: by a few index steps."""
        found = self._cursor.rows(PLACES, {})
        of = {kind: [row for row in found if row.kind == kind] for kind in ("state", "policy", "definition")}
        return Places(
            states=frozenset((row.name, row.below) for row in of["state"]),
            pinned=frozenset(row.name for row in of["policy"]),
            definitions=frozenset(row.name for row in of["definition"]),
        )

    def in_states(self) -> dict[tuple[str, str], int]:
        """How many cases there are in each state of each lifecycle, closed ones and their predecessors too."""
        return {(row.lifecycle, row.state): row.cases for row in self._cursor.rows(IN_STATES, {})}

    def pinned(self) -> dict[str, int]:
        """To how many cases each policy is pinned."""
        return {row.pinned: row.cases for row in self._cursor.rows(PINNED, {})}

    def keys_in_state(self, lifecycle: str, state: str, after: CaseKey, limit: int) -> list[CaseKey]:
        """A page of the cases in a state, in order of their keys."""
        values = {"lifecycle": lifecycle, "state": state, "most": limit, **after._asdict()}
        return [CaseKey(*row) for row in self._cursor.rows(NEXT_IN_STATE, values)]

    def keys_pinned(self, policy: str, after: CaseKey, limit: int) -> list[CaseKey]:
        """A page of the cases to which a policy is pinned, in order of their keys."""
        values = {"policy": policy, "most": limit, **after._asdict()}
        return [CaseKey(*row) for row in self._cursor.rows(NEXT_PINNED, values)]

    def has_closed(self, lifecycle: str, state: str) -> bool:
        """Whether any case in a state is closed."""
        return self._cursor.first(CLOSED_IN_STATE, {"lifecycle": lifecycle, "state": state}) is not None
