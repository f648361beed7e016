"""The rules, effects, deadlines and views that come with the package, in one registry."""

from __future__ import annotations

from csp_workflow.rules import assessment, billing, eligibility, plan, revenue, review, security
from csp_workflow.rules.deadlines import DEADLINES
from csp_workflow.rules.effects import EFFECTS
from csp_workflow.rules.registry import Registry, named
from csp_workflow.rules.requirements import VIEWS

SHIPPED = Registry(
    rules=named(
        (
            *eligibility.RULES,
            *revenue.RULES,
            *security.RULES,
            *assessment.RULES,
            *plan.RULES,
            *review.RULES,
            *billing.RULES,
        )
    ),
    effects=EFFECTS,
    deadlines=DEADLINES,
    views=VIEWS,
    settings={
        "assessment.categories": "table!",
        "assessment.weights": "table!",
        "assessment.pass_mark": "pass_mark!",
        "cooldown.years": "int(1..)!",
        "cooldown.scope": "choice(partner|region)!",
        "restriction.known": "bool!",
        "review.since": "any_date!",
        "review.security": "bool!",
        "review.reminder_days": "day_counts!",
        "verification.separate": "bool!",
    },
    groups=frozenset(("review", "advice")),
)
