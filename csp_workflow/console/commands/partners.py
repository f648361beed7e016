"""`partner add|edit|list|show`."""

from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import After, Limit, Pga, settings_of
from csp_workflow.errors import Misuse

if TYPE_CHECKING:
    from csp_workflow.model.partner import Partner

_Name = Annotated[str, typer.Option(metavar="TEXT", help="What the company is called.", show_default=False)]
_Country = Annotated[str, typer.Option(metavar="CC", help="ISO 3166-1 alpha-2, as in DE.", show_default=False)]
_NewName = Annotated[str | None, typer.Option(metavar="TEXT", help="What the company is called.")]
_NewCountry = Annotated[str | None, typer.Option(metavar="CC", help="ISO 3166-1 alpha-2, as in DE.")]
_Email = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where notices go.")]
_Language = Annotated[str | None, typer.Option(metavar="LL", help="Language of notices: en, de, it, cs.")]
_Manager = Annotated[str | None, typer.Option(metavar="TEXT", help="Who looks after the partner.")]

_MAY_GO = {"email", "manager"}


def add(
    context: typer.Context,
    pga: Pga,
    *,
    name: _Name,
    country: _Country,
    email: _Email = None,
    language: _Language = None,
    manager: _Manager = None,
) -> Answer:
    """Register a partner."""
    settings = settings_of(context)
    with settings.open() as workflow:
        partner = workflow.register_partner(
            pga,
            name=name,
            country=country,
            email=email,
            language=language or "en",
            manager=manager,
            actor=settings.actor,
            at=settings.at,
        )
    return _shown(partner)


def edit(
    context: typer.Context,
    pga: Pga,
    *,
    name: _NewName = None,
    country: _NewCountry = None,
    email: _Email = None,
    language: _Language = None,
    manager: _Manager = None,
) -> Answer:
    """Change what is known of a partner.

    An empty e-mail or manager takes it away.
    """
    settings = settings_of(context)
    given = {"name": name, "country": country, "email": email, "language": language, "manager": manager}
    values = {
        field: None if field in _MAY_GO and not value else value for field, value in given.items() if value is not None
    }
    if not values:
        raise Misuse(f"Say what to change: {', '.join(f'--{field}' for field in given)}.")
    actor = settings.acting
    with settings.open() as workflow:
        return _shown(workflow.edit_partner(pga, actor=actor, at=settings.at, **values))


def page(context: typer.Context, *, after: After = None, limit: Limit = 100) -> Answer:
    """List partners in order of their keys."""
    with settings_of(context).look() as workflow:
        partners = workflow.partners(after=after, limit=limit)
    data = {"partners": [partner.to_dict() for partner in partners]}
    return Answer(data=data, view=lambda: views.cases.partner_table(partners, limit))


def show(context: typer.Context, pga: Pga) -> Answer:
    """Show one partner."""
    with settings_of(context).look() as workflow:
        return _shown(workflow.partner(pga))


def _shown(partner: "Partner") -> Answer:
    return Answer(data=partner.to_dict(), view=lambda: views.cases.partner_card(partner))
