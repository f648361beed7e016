"""What every act of a walk comes to: what is said to the database, and which rows are written; learned untimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from csp_workflow.bootstrap import HostWorkflow
from tests.benchmarks.plain_orm import Written, difference, snapshot
from tests.benchmarks.traced import Said
from tests.benchmarks.walks import WALK, fire


@dataclass(frozen=True, slots=True)
class Script:
    """By case and trigger what is said, and what is written."""

    said: dict[tuple[str, str], list[Said]] = field(default_factory=dict)
    written: dict[tuple[str, str], Written] = field(default_factory=dict)

    def statements(self, trigger: str) -> int:
        """The most statements that an act takes, its BEGIN and COMMIT counted."""
        return max(len(said) for (_ref, name), said in self.said.items() if name == trigger)


def learn(workflow: HostWorkflow, said: list[Said], looking: Engine, refs: Sequence[str]) -> Script:
    """Do the whole walk of each case once; `said` is where the workflow's driver writes down what it hears."""
    script = Script()
    for ref in refs:
        pga = ref.partition("/")[0]
        before = snapshot(looking, pga)
        for act in WALK:
            said.clear()
            fire(workflow, ref, act)
            key, after = (ref, act.trigger), snapshot(looking, pga)
            script.said[key] = said.copy()
            reads = {name: any(item.reads(f"csp_{name}") for item in said) for name in ("fact", "revenue_day")}
            script.written[key] = difference(pga, before, after, facts=reads["fact"], revenue=reads["revenue_day"])
            before = after
    return script
