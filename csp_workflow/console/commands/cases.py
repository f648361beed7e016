"""`case open|list|show`."""

from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import After, Case, Key, Limit, Pga, settings_of
from csp_workflow.errors import UnknownName

if TYPE_CHECKING:
    from csp_workflow.console.names import Names
    from csp_workflow.model.case import CaseView
    from csp_workflow.model.programme import Programme

_Region = Annotated[str, typer.Argument(metavar="REGION", help="As in europe.", show_default=False)]
_Lifecycle = Annotated[str | None, typer.Option(metavar="NAME", help="As in direct_bill, the usual one.")]
_Tenant = Annotated[str, typer.Option(metavar="NAME", help="Where a partner has several.", show_default=False)]
_State = Annotated[str | None, typer.Option(metavar="STATE", help="Only those in this state.")]
_InRegion = Annotated[str | None, typer.Option(metavar="REGION", help="Only those in this region.")]
_InLifecycle = Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this lifecycle.")]
_OfPartner = Annotated[str | None, typer.Option(metavar="PGA", help="Only those of this partner.")]


def start(
    context: typer.Context,
    pga: Pga,
    region: _Region,
    *,
    lifecycle: _Lifecycle = None,
    tenant: _Tenant = "",
    key: Key = None,
) -> Answer:
    """Open a case of a partner in a region."""
    settings = settings_of(context)
    with settings.open() as workflow:
        case = workflow.open_case(
            pga, region=region, lifecycle=lifecycle, tenant=tenant, actor=settings.actor, key=key, at=settings.at
        )
        return _shown(case, settings.names(workflow.programme))


def page(
    context: typer.Context,
    *,
    state: _State = None,
    region: _InRegion = None,
    lifecycle: _InLifecycle = None,
    partner: _OfPartner = None,
    after: After = None,
    limit: Limit = 100,
) -> Answer:
    """List cases in order of their partners."""
    settings = settings_of(context)
    with settings.look() as workflow:
        _check_filters(workflow.programme, state, region, lifecycle)
        if partner is not None:
            workflow.partner(partner)
        cases = workflow.cases(
            state=state, region=region, lifecycle=lifecycle, partner=partner, after=after, limit=limit, at=settings.at
        )
        names = settings.names(workflow.programme)
    data = {"cases": [case.to_dict() for case in cases]}
    return Answer(data=data, view=lambda: views.cases.case_table(cases, limit, names))


def show(context: typer.Context, ref: Case) -> Answer:
    """Show one case."""
    settings = settings_of(context)
    with settings.look() as workflow:
        return _shown(workflow.case(ref, at=settings.at), settings.names(workflow.programme))


def _shown(case: "CaseView", names: "Names") -> Answer:
    return Answer(data=case.to_dict(), view=lambda: views.cases.case_card(case, names))


def _check_filters(programme: "Programme", state: str | None, region: str | None, lifecycle: str | None) -> None:
    if region is not None:
        programme.region(region)
    chosen = [programme.lifecycle(lifecycle)] if lifecycle is not None else programme.lifecycles.values()
    known = {name for one in chosen for name in one.states}
    if state is not None and state not in known:
        raise UnknownName("state", state, known)
