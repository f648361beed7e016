"""The deadlines of a case in the reference model: which there are, and what happens when one fires."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.acceptance.reference_facts import Fact, day_of, first_of_next_month, seen
from tests.acceptance.reference_rules import Case, Entry, Wait
from tests.acceptance.reference_tables import (
    ACTIVE,
    DEADLINES,
    DEAUTHORIZED,
    DIRECT,
    IN_FLIGHT,
    INDIRECT,
    NOTICE_OF,
    POLICIES,
    REMINDER_DAYS,
    REVIEW,
    has_review,
    policy_on,
)


def next_policy(day: date) -> date | None:
    """The start of the first policy that begins after the day."""
    return min((policy.start for policy in POLICIES if policy.start > day), default=None)


def next_window(day: date) -> date | None:
    """The start of the first open policy that begins after the day."""
    return min((policy.start for policy in POLICIES if policy.start > day and policy.is_open), default=None)


def next_check(onboarded_on: date, after: date) -> date | None:
    """The first day of the first onboarding month after a day whose policy asks for security."""
    firsts = [date(year, onboarded_on.month, 1) for year in range(after.year, after.year + 20)]
    asked = [first for first in firsts if first > after and (policy := policy_on(first)) and policy.yearly_security]
    return min(asked, default=None)


def derive(case: Case, facts: list[Fact], waits: list[Wait], *, at: datetime, as_of: date) -> None:
    """Put the case's deadlines in order, with the facts known at an instant that are effective on a day."""
    plans = seen(facts, "support_plan", day=as_of, at=at, case=case.number)
    onboardings = seen(facts, "csp_onboarding", day=as_of, at=at, case=case.number)
    if case.state not in DIRECT:
        case.open_check, case.open_check_told = None, False
    if case.state != INDIRECT:
        case.window_opens = None
    due = {
        **of_the_review(case, case.review_date(plans[-1] if plans else None), day_of(at)),
        **of_security(case, onboardings[-1].fields["onboarded_on"] if onboardings else None),
        "support_plan_ends": plans[-1].fields["renews_on"] if plans and case.state in DIRECT else None,
        "cooldown_ends": of_the_wait(case, waits),
        "window_opens": case.window_opens,
    }
    if case.state in (*IN_FLIGHT, ACTIVE, REVIEW):
        due["policy_changes"] = case.deadlines.get("policy_changes") or next_policy(day_of(at))
    told = {kind for kind in ("review_closes", "support_plan_ends") if case.fired.get(kind) == due.get(kind)}
    case.deadlines = {kind: on for kind, on in due.items() if on and kind not in told}
    case.derived_on = max(case.derived_on, as_of)


def of_the_review(case: Case, review_on: date | None, today: date) -> dict[str, date | None]:
    """The three deadlines of the yearly review."""
    opens = review_on if case.state == ACTIVE and review_on != case.review_without_policy else None
    closes = first_of_next_month(review_on) if case.state == REVIEW and review_on else None
    return {"review_reminder": reminder(case, review_on, today), "review_opens": opens, "review_closes": closes}


def of_security(case: Case, onboarded_on: date | None) -> dict[str, date | None]:
    """The next yearly check, or the end of the open one."""
    if case.open_check:
        return {"security_check_closes": None if case.open_check_told else first_of_next_month(case.open_check)}
    if case.state in DIRECT and onboarded_on:
        return {"security_check": next_check(onboarded_on, case.checked_on)}
    return {}


def of_the_wait(case: Case, waits: list[Wait]) -> date | None:
    """The end of the wait that this case began; one deauthorized without a wait need not stay so at all."""
    if case.state not in (INDIRECT, DEAUTHORIZED):
        return None
    own = [wait.ends_on for wait in waits if wait.by == case.number and not wait.done]
    return own[-1] if own else (day_of(case.entered().at) if case.state == DEAUTHORIZED else None)


def check_security(case: Case, trigger: str, day: date) -> None:
    """Note the day after which the next check is looked for: that of joining, or of the last validation."""
    if trigger in ("accept_mpa", "validate_security"):
        case.checked_on, case.open_check, case.open_check_told = day, None, False


def reminder(case: Case, review_on: date | None, today: date) -> date | None:
    """The reminder as it is, or the next one if the review date is new, the case came into active, or one has fired."""
    if review_on is None or case.state != ACTIVE:
        case.reminded_of = None
        return None
    on = case.deadlines.get("review_reminder")
    if review_on != case.reminded_of:
        days = [review_on - timedelta(days=before) for before in REMINDER_DAYS]
        on = min((day for day in days if day >= today and day != case.fired.get("review_reminder")), default=None)
        case.reminded_of = review_on
    return None if on and on < today and today >= review_on else on


def next_due(case: Case, facts: list[Fact], at: datetime) -> tuple[date, str | None] | None:
    """What comes next until the instant: a day with newly effective facts (no kind), a deadline, or nothing more."""
    today = day_of(at)
    fresh = {
        fact.effective_on
        for fact in facts
        if fact.case in (None, case.number) and fact.known(at) and case.derived_on < fact.effective_on <= today
    }
    due = [(on, DEADLINES.index(kind)) for kind, on in case.deadlines.items() if on <= today]
    if fresh and (not due or min(fresh) <= min(due)[0]):
        return min(fresh), None
    return (min(due)[0], DEADLINES[min(due)[1]]) if due else None


def fire_deadline(case: Case, kind: str, waits: list[Wait], *, at: datetime, due: date) -> str | None:
    """Let one deadline fire at an instant, as of its due date; the notice that it brings."""
    notice, to, review_on = NOTICE_OF.get(kind), case.state, None
    if kind == "review_reminder":
        case.reminded_of = None
    elif kind == "review_opens" and has_review(due):
        notice, to, review_on = "review_opened", REVIEW, due
        case.fired.pop("review_closes", None)
    elif kind == "review_opens":
        case.review_without_policy = due
    elif kind == "security_check":
        case.open_check, case.open_check_told = due, False
    elif kind == "security_check_closes":
        case.open_check_told = True
    elif kind == "cooldown_ends":
        to = INDIRECT
        for wait in waits:
            wait.done = wait.done or wait.by == case.number
    elif kind == "window_opens":
        case.window_opens = None
    elif kind == "policy_changes":
        case.deadlines.pop(kind)
        following = next_policy(due)
        case.deadlines |= {kind: following} if following else {}
    case.fired[kind] = due
    case.entries.append(Entry(at, kind, case.state, to, review_on=review_on))
    return notice


def sweep_case(case: Case, facts: list[Fact], waits: list[Wait], at: datetime) -> tuple[list[str], list[str]]:
    """Fire what is due by the instant, in order of time and each once: the kinds that fired, and their notices."""
    fired: list[str] = []
    notices: list[str | None] = []
    while following := next_due(case, facts, at):
        on, kind = following
        if kind == "review_reminder" and case.reminded_of and case.reminded_of <= day_of(at):
            del case.deadlines[kind]
            continue
        if kind:
            fired.append(kind)
            notices.append(fire_deadline(case, kind, waits, at=at, due=on))
        derive(case, facts, waits, at=at, as_of=max(on, case.derived_on))
    derive(case, facts, waits, at=at, as_of=day_of(at))
    return fired, [notice for notice in notices if notice]
