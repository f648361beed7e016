"""A bank account is never stored: only its last four characters and a keyed hash."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

from csp_workflow import open_workflow
from csp_workflow.testing import SettableClock
from tests.integration.hands import ANNA, ENROLLMENT, OTTO, PGA, RITA, dump, rows

if TYPE_CHECKING:
    from pathlib import Path

    from csp_workflow import Workflow
    from csp_workflow.bootstrap import HostWorkflow
    from tests.databases import Database

ACCOUNT = "DE02120300000000202051"
REGISTRATION = {"mpn": "MPN-1", "address": "Unter den Linden 1", "admin_email": "admin@fabrikam.example"}


def register(workflow: Workflow, pga: str, account: str, key: str | None = None) -> None:
    """A partner that registers as an indirect reseller with a bank account."""
    workflow.register_partner(pga, name="Fabrikam", country="DE", email="a@b.example")
    ref = workflow.open_case(pga, region="europe", lifecycle="indirect_reseller").ref
    workflow.fire(ref, "submit_registration", actor=ANNA, payload=REGISTRATION | {"bank_account": account}, key=key)


def enroll(workflow: Workflow, pga: str, account: str, clock: SettableClock) -> None:
    """A partner that enrolls directly under the policy of 2018, with a bank account."""
    clock.set(date(2019, 2, 1))
    workflow.register_partner(pga, name="Fabrikam", country="DE")
    workflow.record(pga, "membership", {"status": "active"}, actor=OTTO)
    ref = workflow.open_case(pga, region="europe").ref
    workflow.fire(ref, "apply", actor=ANNA)
    workflow.fire(ref, "invite_to_assessment", actor=RITA)
    workflow.fire(ref, "approve_application", actor=RITA)
    workflow.fire(ref, "submit_enrollment", actor=ANNA, payload=ENROLLMENT | {"bank_account": account}, key="enroll")


def parts(account: str) -> list[bytes]:
    """What must not be found of an account: the number itself, in other encodings, and most of it."""
    whole = [account.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    return [*whole, account[:-4].encode(), account[:12].encode(), account.lower().encode(), account[::-1].encode()]


def test_no_byte_of_a_database_file_holds_the_account_number(file: Path) -> None:
    clock = SettableClock(date(2025, 10, 6))
    with open_workflow(f"sqlite:///{file}", clock=clock) as workflow:
        register(workflow, PGA, ACCOUNT, key="register")
        enroll(workflow, "PGA-1002", ACCOUNT, clock)
        # somebody who holds the database open keeps the log beside it
        with closing(sqlite3.connect(file)) as witness:
            witness.execute("SELECT count(*) FROM csp_partner").fetchall()
            beside = [path for path in file.parent.iterdir() if path.name.startswith(file.name)]
            assert file.with_name(file.name + "-wal") in beside
            for path in beside:
                held = path.read_bytes()
                assert not [part for part in parts(ACCOUNT) if part in held], path.name
    for path in file.parent.iterdir():
        held = path.read_bytes()
        assert not [part for part in parts(ACCOUNT) if part in held], path.name


def test_no_row_holds_the_account_number(stored: HostWorkflow, database: Database, clock: SettableClock) -> None:
    register(stored, PGA, ACCOUNT, key="register")
    enroll(stored, "PGA-1002", ACCOUNT, clock)
    held = repr(dump(database))
    assert not [part for part in parts(ACCOUNT) if part.decode("latin-1") in held]


def test_what_is_kept_are_the_last_four_characters_and_a_hash(database: Database) -> None:
    with open_workflow(database.url, clock=SettableClock(date(2025, 10, 6))) as workflow:
        register(workflow, PGA, ACCOUNT)
        kept = workflow.history(PGA)[-1].payload["bank_account"]
    assert set(kept) == {"ends", "hash"}
    assert kept["ends"] == "2051"
    assert len(kept["hash"]) == 64


def test_the_hash_tells_the_same_account_again_in_this_database_only(tmp_path: Path) -> None:
    hashes = []
    for name in ("one.db", "other.db"):
        with open_workflow(f"sqlite:///{tmp_path / name}", clock=SettableClock(date(2025, 10, 6))) as workflow:
            for pga, account in (("PGA-1", ACCOUNT), ("PGA-2", ACCOUNT), ("PGA-3", ACCOUNT[:-1] + "2")):
                register(workflow, pga, account)
            hashes.append([workflow.history(pga)[-1].payload["bank_account"]["hash"] for pga in ("PGA-1", "PGA-2")])
            third = workflow.history("PGA-3")[-1].payload["bank_account"]["hash"]
            assert hashes[-1][0] == hashes[-1][1] != third
    assert hashes[0][0] != hashes[1][0]


def test_of_a_short_number_nothing_stays_readable(database: Database) -> None:
    with open_workflow(database.url, clock=SettableClock(date(2025, 10, 6))) as workflow:
        register(workflow, PGA, "12345")
        assert workflow.history(PGA)[-1].payload["bank_account"]["ends"] == ""


def test_a_refused_enrollment_keeps_no_account_number_either(database: Database) -> None:
    with open_workflow(database.url, clock=SettableClock(date(2025, 10, 6))) as workflow:
        register(workflow, PGA, ACCOUNT)
        decision = workflow.decide(
            f"{PGA}/europe/indirect_reseller",
            "submit_registration",
            actor=ANNA,
            payload=REGISTRATION | {"bank_account": ACCOUNT},
        )
        assert not decision.accepted
        assert ACCOUNT not in str(decision.to_dict())
        for actor in (ANNA, RITA):
            for trigger in ("submit_registration", "choose_provider"):
                try:
                    workflow.fire(
                        f"{PGA}/europe/indirect_reseller",
                        trigger,
                        actor=actor,
                        payload=REGISTRATION | {"bank_account": ACCOUNT},
                        key=f"{actor.name}-{trigger}",
                    )
                except Exception as problem:  # noqa: BLE001 - whatever comes, it may not repeat the number
                    assert ACCOUNT not in str(problem)  # noqa: PT017 - every one of them, not one
                    assert ACCOUNT not in str(getattr(problem, "to_dict", dict)())  # noqa: PT017
    assert ACCOUNT not in repr(dump(database))
    assert rows(database, "SELECT count(*) FROM csp_journal WHERE kind = 'refused'") != [(0,)]


def test_a_malformed_account_is_not_repeated_in_the_message(database: Database) -> None:
    with open_workflow(database.url, clock=SettableClock(date(2025, 10, 6))) as workflow:
        for number, account in enumerate((ACCOUNT + "\x00", int("120300000000202051"), [ACCOUNT])):
            try:
                register(workflow, f"PGA-{number}", account)  # type: ignore[arg-type]
            except Exception as problem:  # noqa: BLE001 - whatever comes, it may not repeat the number
                assert "1203000000002020" not in str(problem)  # noqa: PT017 - every one of them, not one
