"""What an accepted act brings with it, by the names that definitions use; each takes words of its own."""

from __future__ import annotations

from collections.abc import Callable

from csp_workflow.model.calendar import add_years
from csp_workflow.model.case import Cooldown
from csp_workflow.rules.act import Act, NewFact
from csp_workflow.rules.assessment import criteria, total
from csp_workflow.rules.billing import KEPT, UNSETTLED, currencies_of
from csp_workflow.rules.plan import plan_on
from csp_workflow.rules.registry import Change
from csp_workflow.rules.review import review_date

Apply = Callable[[Act, tuple[str, ...]], None]
EFFECTS: dict[str, Change] = {}


def effect(name: str, least: int = 0, most: int = 0, field_at: int | None = None) -> Callable[[Apply], Apply]:
    """Register an effect by the name that definitions use, with how many words it takes and which is a field."""

    def register(apply: Apply) -> Apply:
        EFFECTS[name] = Change(apply, least, most, field_at)
        return apply

    return register


@effect("mark", 1, 9)
def mark(act: Act, names: tuple[str, ...]) -> None:
    """Leave the day under each name."""
    for name in names:
        act.mark(name, act.today)


@effect("keep", 2, 2, 1)
def keep(act: Act, names: tuple[str, ...]) -> None:
    """Keep a payload field under a name: `keep MARK FIELD`."""
    name, field = names
    if field in act.payload:
        act.mark(name, act.payload[field])


@effect("collect", 2, 2, 1)
def collect(act: Act, names: tuple[str, ...]) -> None:
    """Add a payload field to the list under a name, once: `collect MARK FIELD`."""
    name, field = names
    known = list(act.marks.get(name, []))
    if act.payload[field] not in known:
        act.mark(name, [*known, act.payload[field]])


@effect("forget", 1, 9)
def forget(act: Act, names: tuple[str, ...]) -> None:
    """Drop marks."""
    for name in names:
        act.marks.pop(name, None)


@effect("pin_policy")
def pin_policy(act: Act, _names: tuple[str, ...]) -> None:
    """The policy of the day judges from now on."""
    act.pinned = act.question.programme.policies.on(act.day).id


@effect("pin_named_policy", 1, 1, 0)
def pin_named_policy(act: Act, names: tuple[str, ...]) -> None:
    """The policy that a payload field names judges from now on: `pin_named_policy FIELD`."""
    act.pinned = str(act.payload[names[0]])


@effect("keep_currency")
def keep_currency(act: Act, _names: tuple[str, ...]) -> None:
    """The case is billed in its currency from now on; where none is certain, in the first that will be."""
    found = currencies_of(act.question)
    if len(found) == 1:
        act.mark(KEPT, found[0])
    else:
        act.mark(UNSETTLED, act.today)


@effect("open_review")
def open_review(act: Act, _names: tuple[str, ...]) -> None:
    """Fix the review date, and pin the policy that is in force on it."""
    on = review_date(act.question) or act.day
    act.mark("review_on", on)
    act.pinned = act.question.programme.policies.on(on).id


@effect("cooldown", 1, 2, 1)
def cooldown(act: Act, names: tuple[str, ...]) -> None:
    """Start a wait where the policy of the day has one: `cooldown CASE`, or `cooldown CASE FIELD` to count from."""
    policy = act.question.programme.policies.known_on(act.day)
    years = policy.value("cooldown.years") if policy else None
    started_on = act.payload[names[1]] if len(names) > 1 else act.day
    act.cooldown_done = False
    act.cooldown = (
        Cooldown(case=names[0], started_on=started_on, ends_on=add_years(started_on, years)) if years else None
    )


@effect("settle_cooldown")
def settle_cooldown(act: Act, _names: tuple[str, ...]) -> None:
    """The end of the wait was dealt with; its deadline does not come back."""
    act.cooldown_done = True


@effect("assess", 1, 1, 0)
def assess(act: Act, names: tuple[str, ...]) -> None:
    """Keep the scores of an assessment and their total: `assess FIELD`."""
    points, policy = act.payload[names[0]], act.question.policy
    act.mark("assessment", points)
    act.mark("assessed_on", act.today)
    if criteria(policy):
        act.mark("assessment_total", total(points, policy))


@effect("record_purchase")
def record_purchase(act: Act, _names: tuple[str, ...]) -> None:
    """The bought plan is a fact of the case."""
    payload = act.payload
    fields = {
        "kind": payload["kind"],
        "started_on": payload["purchased_on"],
        "renews_on": payload["renews_on"],
        "paid": True,
    }
    act.facts.append(NewFact("support_plan", fields, act.today))


@effect("record_renewal")
def record_renewal(act: Act, _names: tuple[str, ...]) -> None:
    """The renewed plan, of the same kind as the old one, is a fact of the case."""
    payload, old = act.payload, plan_on(act.question, act.day)
    fields = {
        "kind": old.kind if old else None,
        "started_on": payload["renewed_on"],
        "renews_on": payload["renews_on"],
        "paid": True,
    }
    act.facts.append(NewFact("support_plan", fields, act.today))


@effect("open_check")
def open_check(act: Act, _names: tuple[str, ...]) -> None:
    """The yearly security check is open since the day on which it was due."""
    act.mark("check_on", act.day)
