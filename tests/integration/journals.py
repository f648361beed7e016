"""The journal read from outside: its chain computed anew, its changes folded into the cases that are stored.

The canonical form of an entry, from which its hash is made, is this list written as JSON with sorted keys, without
blanks, and with letters as they are (not escaped), encoded as UTF-8:

    the hash of the partner's entry before (64 zeros before the first), the partner's key, seq, case_number, at,
    actor, role, kind, trigger, source, target, policy, definition, effective_on, document, due_on, concerns,
    payload, findings, changes

Instants are UTC with six places and a Z, dates are ISO, what is absent is null; payload, findings and changes are
put in as the very texts that stand in their columns. The hash is the SHA-256 of that, in hexadecimal digits.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.databases import Database

COLUMNS = (
    "pga",
    "seq",
    "case_number",
    "at",
    "actor",
    "role",
    "kind",
    "trigger",
    "source",
    "target",
    "policy",
    "definition",
    "effective_on",
    "document",
    "due_on",
    "concerns",
    "payload",
    "findings",
    "changes",
)

BESIDE = {"reference", "deadlines", "facts", "notices", "commands", "verifies", "retracted"}  # not the case itself

Row = dict[str, Any]


def read(database: Database, statement: str) -> list[Row]:
    """Rows by the names of their columns."""
    return database.read(statement)


def hash_of(entry: Row, before: str) -> str:
    """The hash of an entry after the one with the hash `before`."""
    values = [before, *(entry[name] for name in COLUMNS)]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def broken_links(database: Database) -> list[str]:
    """The entries whose hash is not what it should be, and the partners whose journal ends elsewhere."""
    broken: list[str] = []
    heads: dict[str, tuple[int, str]] = {}
    for entry in read(database, "SELECT * FROM csp_journal ORDER BY pga, seq"):
        seq, head = heads.get(entry["pga"], (0, "0" * 64))
        if entry["seq"] != seq + 1 or entry["hash"] != hash_of(entry, head):
            broken.append(f"{entry['pga']}#{entry['seq']}")
        heads[entry["pga"]] = entry["seq"], entry["hash"]
    partners = read(database, "SELECT * FROM csp_partner")
    return broken + [row["pga"] for row in partners if heads.get(row["pga"]) != (row["last_seq"], row["head"])]


def check_chain(database: Database) -> None:
    """Every entry is chained to the one before, and every partner knows the end of its journal."""
    assert broken_links(database) == []


def check_replay(database: Database) -> None:
    """Every stored case is what the changes in its journal make of it; every revision counts its entries."""
    folded: dict[tuple[str, int], Row] = {}
    counted: dict[str, int] = {}
    for entry in read(database, "SELECT * FROM csp_journal ORDER BY pga, seq"):
        refused = entry["kind"] == "refused"
        counted[entry["pga"]] = counted.get(entry["pga"], 0) + (entry["kind"] not in {"refused", "kept"})
        if entry["case_number"] is not None:
            case = folded.setdefault((entry["pga"], entry["case_number"]), {})
            case.update({name: value for name, value in json.loads(entry["changes"]).items() if name not in BESIDE})
            if not refused:
                case["last_at"] = entry["at"]
    stored = read(database, "SELECT * FROM csp_case")
    assert {(case["pga"], case["number"]): stored_case(case) for case in stored} == folded
    revisions = {row["pga"]: row["revision"] for row in read(database, "SELECT * FROM csp_partner")}
    assert revisions == counted


def stored_case(row: Row) -> Row:
    """What a case's row holds, in the form in which the journal tells of it."""
    cooldown = None
    if row["cooldown_case"] is not None:
        cooldown = {
            "case": row["cooldown_case"],
            "started_on": row["cooldown_started_on"],
            "ends_on": row["cooldown_ends_on"],
        }
    same = ("state", "version", "entered_on", "pinned", "last_at")
    return {
        **{name: row[name] for name in same},
        **json.loads(row["memory"]),
        "cooldown": cooldown,
        "cooldown_done": bool(row["cooldown_done"]),
    }
