"""Partners: registered once, edited, each with an entry of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from csp_workflow.errors import BadPartner, BadPayload, Duplicate
from csp_workflow.model.actor import Actor
from csp_workflow.model.journal import BEGINNING, Draft
from csp_workflow.model.partner import EDITABLE, Partner
from csp_workflow.model.programme import Programme
from csp_workflow.ports import Session
from csp_workflow.shell.desk import Desk
from csp_workflow.shell.dossier import Dossier
from csp_workflow.stored import PartnerFile


def register(desk: Desk, session: Session, partner: Partner, actor: Actor, at: datetime) -> Partner:
    """Make a partner known.

    Raises:
        BadPartner: its country does not exist.
        Duplicate: the key is taken.
    """
    check(desk.programme, partner)
    if session.file(partner.pga) is not None:
        raise Duplicate("partner", f"{partner.pga} is registered already.")
    return add(desk, session, partner, actor, at)


def add(desk: Desk, session: Session, partner: Partner, actor: Actor, at: datetime) -> Partner:
    """Make a partner known that was checked, and that nobody knows."""
    dossier = desk.new(session, PartnerFile(partner, 0, BEGINNING, (), {}))
    dossier.changes.is_new = True
    return _keep(dossier, "registered", partner, actor, at)


def check(programme: Programme, partner: Partner) -> None:
    """What registering refuses of a partner before it looks who is known.

    Raises:
        BadPartner: its country does not exist.
    """
    if programme.countries and partner.country not in programme.countries:
        raise BadPartner(f"country: {partner.country!r} is not an ISO 3166-1 alpha-2 code such as DE.")


def edit(
    desk: Desk, session: Session, pga: str, values: Mapping[str, str | None], actor: Actor, at: datetime
) -> Partner:
    """Change what is known of a partner.

    Raises:
        NotFound: there is no such partner.
        BadPayload: a field cannot be edited.
        BadPartner: a value is not usable.
    """
    for field in values:
        if field not in EDITABLE:
            raise BadPayload.unknown(field, EDITABLE, "partner edit")
    dossier = desk.open(session, pga)
    edited = Partner(**{**dossier.file.partner.to_dict(), **values})
    check(desk.programme, edited)
    return _keep(dossier, "edited", edited, actor, at)


def _keep(dossier: Dossier, kind: str, partner: Partner, actor: Actor, at: datetime) -> Partner:
    dossier.changes.partner = partner
    values = {name: value for name, value in partner.to_dict().items() if name != "revision"}
    dossier.append(Draft(at=at, actor=actor.name, role=actor.role, kind=kind, payload=values))
    dossier.save()
    return dossier.changes.partner
