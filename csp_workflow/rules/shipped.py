"""The rules, effects, deadlines and views that come with the package, in one registry."""

from __future__ import annotations

from csp_workflow.rules import assessment, eligibility, plan, revenue, review, security
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
        )
    ),
    effects=EFFECTS,
    deadlines=DEADLINES,
    views=VIEWS,
    settings=frozenset(
        (
            "assessment.categories",
            "assessment.weights",
            "cooldown.years",
            "cooldown.scope",
            "review.since",
            "review.security",
            "review.reminder_days",
        )
    ),
)
