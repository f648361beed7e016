"""A partner's cases as their readers see them, those that the definition does not know included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from csp_workflow.model.case import Case, CaseView, Cooldown, Deadline
from csp_workflow.model.programme import Programme


class Showing:
    """The part of a dossier that shows cases."""

    programme: Programme
    pga: str
    cases: dict[int, Case]
    deadlines: dict[int, tuple[Deadline, ...]]

    def ref(self, case: Case) -> str:
        """What a case is called."""
        return case.reference.write(self.programme.default_lifecycle)

    def view(self, case: Case, day: date) -> CaseView:
        """A case as its readers see it on a day; a state that the definition does not know entitles to nothing."""
        lifecycle = self.programme.lifecycles.get(case.reference.lifecycle)
        state = lifecycle.states.get(case.state) if lifecycle else None
        order = {name: kind.order for name, kind in lifecycle.deadlines.items()} if lifecycle else {}
        return CaseView(
            ref=self.ref(case),
            partner=self.pga,
            lifecycle=case.reference.lifecycle,
            region=case.reference.region,
            tenant=case.reference.tenant,
            state=case.state,
            version=case.version,
            policy=self.policy_id(case, day),
            cooldown=self._shown_wait(case, day) if state and state.shows_wait else None,
            entitlements=state.entitlements if state else (),
            deadlines=_in_order(self.deadlines.get(case.number, ()), order),
            opened_at=case.opened_at,
        )

    def policy_id(self, case: Case, day: date) -> str | None:
        """The policy that judges a case on a day, or None where there is none."""
        lifecycle = self.programme.lifecycles.get(case.reference.lifecycle)
        if case.pinned or lifecycle is None or not lifecycle.has_policies:
            return case.pinned
        policy = self.programme.policies.known_on(day)
        return policy.id if policy else None

    def _shown_wait(self, case: Case, day: date) -> Cooldown | None:
        policy = self.programme.policies.known_on(day)
        regional = policy is not None and policy.value("cooldown.scope") == "region"
        running = [
            other.cooldown
            for other in self.cases.values()
            if other.cooldown
            and other.cooldown.runs_on(day)
            and (not regional or other.reference.region == case.reference.region)
        ]
        return max(running, key=lambda cooldown: cooldown.ends_on, default=None)


def _in_order(deadlines: tuple[Deadline, ...], order: Mapping[str, int]) -> tuple[Deadline, ...]:
    """Deadlines by day, and those of one day as they would fire; what they speak of is nobody's concern."""
    found = sorted(deadlines, key=lambda item: (item.due_on, order.get(item.kind, len(order)), item.kind))
    return tuple(Deadline(item.kind, item.due_on) for item in found)
