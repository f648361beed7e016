"""Without a given time, who waits for the lock acts later than who held it: nobody's time goes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from csp_workflow import Actor, open_workflow

OLGA = Actor("olga", "operator")


def test_many_who_act_at_once_on_the_real_clock_are_all_heard(tmp_path: Path) -> None:
    with open_workflow(f"sqlite:///{tmp_path / 'partners.db'}") as workflow, ThreadPoolExecutor(8) as threads:
        workflow.register_partner("PGA-1001", name="Fabrikam GmbH", country="DE")
        ref = workflow.open_case("PGA-1001", region="europe").ref
        list(threads.map(lambda number: workflow.note(ref, f"note {number}", actor=OLGA), range(64)))
        assert workflow.case(ref).version == 65
        instants = [entry.at for entry in workflow.history(ref)]
        assert instants == sorted(instants)
