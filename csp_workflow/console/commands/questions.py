"""What is only asked: `requirements`, `explain`, `may`, `may-sell`, `history`."""

from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import Case, Subject, Trigger, settings_of
from csp_workflow.errors import TransitionRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from csp_workflow.finding import Finding

_Buyer = Annotated[str, typer.Argument(metavar="BUYER", help="The buyer's key, as in PGA-1002.", show_default=False)]
_BuyerTenant = Annotated[str, typer.Option(metavar="TENANT", help="What the buyer's tenant is for: csp or own_use.")]
_Entitlement = Annotated[str, typer.Argument(metavar="ENTITLEMENT", help="As in new_purchases.", show_default=False)]


def requirements(context: typer.Context, ref: Case) -> Answer:
    """Show what is asked of a case.

    What is due now, later and past due, what waits on the vendor, and what is met.
    """
    settings = settings_of(context)
    with settings.look() as workflow:
        names = settings.names(workflow.programme)
        found = workflow.requirements(ref, language=names.language, at=settings.at)
    return Answer(data=found.to_dict(), view=lambda: views.findings.requirements(found, names))


def explain(context: typer.Context, ref: Case, trigger: Trigger) -> Answer:
    """Show every rule that an act asks.

    Whether it is met, what there is and what is needed; nothing is done. With --as the role is asked too.
    """
    settings = settings_of(context)
    with settings.look() as workflow:
        names = settings.names(workflow.programme)
        findings = workflow.explain(ref, trigger, actor=settings.actor, language=names.language, at=settings.at)
    earliest = _earliest(findings)
    data = {
        "ref": ref,
        "trigger": trigger,
        "accepted": all(item.met for item in findings),
        "earliest": earliest.isoformat() if earliest else None,
        "findings": [item.to_dict() for item in findings],
        "sources": {source: names.source(source) for item in findings for source in item.sources},
    }
    return Answer(data=data, view=lambda: views.findings.explanation(ref, trigger, findings, earliest, names))


def may(context: typer.Context, ref: Case, entitlement: _Entitlement) -> Answer:
    """Say whether a case is entitled to something.

    The exit code is 0 if it is, 3 if it is not.
    """
    settings = settings_of(context)
    with settings.look() as workflow:
        names = settings.names(workflow.programme)
        found = workflow.may(ref, entitlement, language=names.language, at=settings.at)
    return Answer(
        data={"ref": ref, "entitlement": entitlement, "granted": found.met, "finding": found.to_dict()},
        view=lambda: views.findings.permission(f"{ref}, {names.both('entitlement', entitlement)}", found, names),
        exit_code=0 if found.met else TransitionRefused.exit_code,
    )


def may_sell(context: typer.Context, ref: Case, buyer: _Buyer, *, buyer_tenant: _BuyerTenant = "csp") -> Answer:
    """Say whether a case may sell to another partner.

    The exit code is 0 if it may, 3 if it may not. Only the rule of resale is asked; may says what its state allows.
    """
    settings = settings_of(context)
    with settings.look() as workflow:
        names = settings.names(workflow.programme)
        found = workflow.may_sell(ref, buyer, buyer_tenant, language=names.language, at=settings.at)
    return Answer(
        data={
            "ref": ref,
            "buyer": buyer,
            "buyer_tenant": buyer_tenant,
            "granted": found.met,
            "finding": found.to_dict(),
        },
        view=lambda: views.findings.permission(f"{ref} to {buyer} ({buyer_tenant})", found, names),
        exit_code=0 if found.met else TransitionRefused.exit_code,
    )


def history(context: typer.Context, ref: Subject) -> Answer:
    """Show all that happened to a case or partner."""
    settings = settings_of(context)
    with settings.look() as workflow:
        entries, names = workflow.history(ref, at=settings.at), settings.names(workflow.programme)
    data = {"ref": ref, "entries": [entry.to_dict() for entry in entries]}
    return Answer(data=data, view=lambda: views.history.history(entries, names))


def _earliest(findings: "Sequence[Finding]") -> "date | None":
    days = [item.earliest for item in findings if not item.met]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None
