"""`policy list|show|diff`."""

from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import settings_of
from csp_workflow.errors import NotFound

if TYPE_CHECKING:
    from csp_workflow.model.policy import Policy
    from csp_workflow.model.programme import Programme

_Policy = Annotated[str, typer.Argument(metavar="ID", help="As in 2025-10.", show_default=False)]
_Older = Annotated[str, typer.Argument(metavar="A", help="The policy to begin with.", show_default=False)]
_Newer = Annotated[str, typer.Argument(metavar="B", help="The policy to compare it with.", show_default=False)]


def page(context: typer.Context) -> Answer:
    """List the policies, oldest first."""
    policies = settings_of(context).programme().policies.policies
    from csp_workflow.console.policy import head

    return Answer(data={"policies": [head(item) for item in policies]}, view=lambda: views.policies.listed(policies))


def show(context: typer.Context, policy: _Policy) -> Answer:
    """Show every value of a policy with its source."""
    from csp_workflow.console.policy import head, values

    settings = settings_of(context)
    programme = settings.programme()
    found, names = _named(programme, policy), settings.names(programme)
    data = {**head(found), "values": {name: value.to_dict() for name, value in values(found).items()}}
    return Answer(data=data, view=lambda: views.policies.whole(found, names))


def diff(context: typer.Context, older: _Older, newer: _Newer) -> Answer:
    """Show what differs between two policies, from which document, and what is assumed."""
    from csp_workflow.console.policy import changes

    settings = settings_of(context)
    programme = settings.programme()
    before, after, names = _named(programme, older), _named(programme, newer), settings.names(programme)
    found = changes(before, after)
    data = {"from": older, "to": newer, "changes": [change.to_dict() for change in found]}
    return Answer(data=data, view=lambda: views.policies.compared(before, after, found, names))


def _named(programme: "Programme", name: str) -> "Policy":
    from difflib import get_close_matches

    known = {policy.id: policy for policy in programme.policies.policies}
    if name not in known:
        close = get_close_matches(name, known, n=1)
        raise NotFound("policy", name, f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}")
    return known[name]
