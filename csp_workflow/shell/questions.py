"""The questions that a workflow answers; nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from csp_workflow.errors import BadPayload, BadReference, UnknownName
from csp_workflow.finding import Finding
from csp_workflow.model.actor import Actor
from csp_workflow.model.case import Case, CaseView
from csp_workflow.model.decision import Decision, Entry, Requirements
from csp_workflow.model.market import Market
from csp_workflow.model.notice import Letter
from csp_workflow.model.partner import Partner
from csp_workflow.model.programme import Programme
from csp_workflow.model.record import Filed
from csp_workflow.ports import Session
from csp_workflow.rules.billing import OWN_CSP, OWN_USE
from csp_workflow.shell import outbox, queries
from csp_workflow.shell.desk import Desk
from csp_workflow.shell.dossier import Dossier


class Questions:
    """What can be asked of a store, on the day of `at` or else of the clock."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what was opened."""
        self._desk.store.close()

    @property
    def programme(self) -> Programme:
        """The definition that judges."""
        return self._desk.programme

    @property
    def back_office(self) -> Actor:
        """Who acts where nobody is named."""
        return self._desk.back_office()

    def partner(self, pga: str) -> Partner:
        """A partner by its key.

        Raises:
            NotFound: there is none.
        """
        with self._desk.store.reading() as session:
            return self._desk.look(session, pga).file.partner

    def partners(self, *, after: str | None = None, limit: int = 100) -> list[Partner]:
        """A page of partners in order of their keys."""
        after = None if after is None else self._desk.word("after", after)
        with self._desk.store.reading() as session:
            return session.partners(after, self._desk.limit(limit))

    def case(self, ref: str, *, at: datetime | None = None) -> CaseView:
        """A case as it is, or as it was at an earlier instant."""
        return self._desk.ask(ref, at, queries.view)

    def cases(
        self,
        *,
        state: str | None = None,
        lifecycle: str | None = None,
        region: str | None = None,
        partner: str | None = None,
        after: str | None = None,
        limit: int = 100,
        at: datetime | None = None,
    ) -> list[CaseView]:
        """A page of cases in order of their partners; `after` is the `ref` of the last one seen.

        Of a case that was closed and opened again it holds the newest, which its reference means. What is asked
        for is looked for among the cases as they are now; each is shown as it was at `at`.
        """
        when = self._desk.instant(at)
        wanted = {"state": state, "lifecycle": lifecycle, "region": region, "pga": partner}
        filters = {name: self._desk.word(name, value) for name, value in wanted.items() if value is not None}
        limit = self._desk.limit(limit)
        with self._desk.store.reading() as session:
            if state is not None:
                self._check_state(session, state)
            start = None
            if after is not None:
                reference = self._desk.reference(after)
                start = (reference.pga, self._desk.look(session, reference.pga).case(reference).number)
            page = session.cases(filters, start, limit)
            views = []
            for file, number in page:
                dossier = self._desk.new(session, file)
                if at is not None:
                    queries.go_back(dossier, dossier.cases[number], when)
                views.append(dossier.view(dossier.cases[number], when.date()))
            return views

    def _check_state(self, session: Session, state: str) -> None:
        """Refuse a state that no lifecycle has; one that is gone may be asked for as long as a case stands in it."""
        try:
            self.programme.state(state)
        except UnknownName:
            if state not in {name for _lifecycle, name in session.places().states}:
                raise

    def records(self, pga: str, *, after: str | None = None, limit: int = 100) -> list[Filed]:
        """A page of what stands recorded about a partner and its cases; `after` is the `entry` of the last one seen.

        A revenue line and its verification are two; what was retracted, and what belongs to a case that was closed
        and opened again, is history. A page holds an entry's facts together, and may be longer by those.

        Raises:
            NotFound: there is no such partner.
            BadReference: `after` is no entry of it.
        """
        seq, limit = 0 if after is None else self._desk.entry(after, pga), self._desk.limit(limit)
        with self._desk.store.reading() as session:
            return queries.filed(self._desk.look(session, pga), seq, limit)

    def decide(
        self,
        ref: str,
        trigger: str,
        *,
        actor: Actor | None = None,
        payload: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Decision:
        """The same judgement as `fire`: nothing is written, and a refusal is no exception.

        Without an actor the role is not asked; without a payload the guards are asked as far as they can be.
        """
        trigger, actor = self._desk.word("trigger", trigger), None if actor is None else self._desk.who(actor)
        return self._desk.ask(
            ref, at, lambda dossier, case, when: queries.decide(dossier, case, trigger, actor, payload, when)
        )

    def explain(
        self, ref: str, trigger: str, *, actor: Actor | None = None, language: str = "en", at: datetime | None = None
    ) -> list[Finding]:
        """Every rule that an act asks, met or not."""
        trigger, language = self._desk.word("trigger", trigger), self._desk.word("language", language)
        actor = None if actor is None else self._desk.who(actor)
        return self._desk.ask(
            ref, at, lambda dossier, case, when: queries.explain(dossier, case, trigger, actor, when, language)
        )

    def requirements(self, ref: str, *, language: str = "en", at: datetime | None = None) -> Requirements:
        """What is asked of a case on a day."""
        language = self._desk.word("language", language)
        return self._desk.ask(ref, at, lambda dossier, case, when: queries.requirements(dossier, case, when, language))

    def history(
        self, ref: str, *, at: datetime | None = None, after: str | None = None, limit: int | None = None
    ) -> list[Entry]:
        """The entries of a case and its partner's facts, oldest first; of a partner its whole journal.

        With `limit` a page of them; `after` is the `id` of the last one seen.
        """
        at, pga = None if at is None else self._desk.instant(at), str(ref).partition("/")[0]
        seq = 0 if after is None else self._desk.entry(after, pga)
        most = None if limit is None else self._desk.limit(limit)
        if "/" in str(ref):
            return self._desk.ask(
                ref, None, lambda dossier, case, _when: queries.history(dossier, case, at, seq, most), back=False
            )
        with self._desk.store.reading() as session:
            return queries.history(self._desk.look(session, ref), None, at, seq, most)

    def notices(
        self, ref: str, *, after: str | None = None, limit: int = 100, at: datetime | None = None
    ) -> list[Letter]:
        """A page of what a partner, or one of its cases, was written to; `after` is the `key` of the last one seen.

        Of an earlier instant it holds what had been written by then.
        """
        when, limit = None if at is None else self._desk.instant(at), self._desk.limit(limit)
        reference = self._desk.reference(ref) if "/" in str(ref) else None
        pga = reference.pga if reference else ref
        start = [0, 0]
        if after is not None:
            of, *start = self._desk.notice(after)
            if of != pga:
                raise BadReference(f"{after!r} is no notice of {pga}.")
        with self._desk.store.reading() as session:
            dossier = self._desk.look(session, pga)
            case = dossier.case(reference) if reference else None
            return outbox.letters(dossier, case, (start[0], start[1]), limit, when)

    def notice(self, key: str) -> Letter:
        """One notice by its key, `PGA-1001#7.1`.

        Raises:
            NotFound: there is none.
        """
        pga, seq, part = self._desk.notice(key)
        with self._desk.store.reading() as session:
            return outbox.letter(self._desk.look(session, pga), seq, part)

    def entitlements(self, ref: str, *, at: datetime | None = None) -> tuple[str, ...]:
        """What a case's state entitles to."""
        return self.case(ref, at=at).entitlements

    def may(self, ref: str, entitlement: str, *, language: str = "en", at: datetime | None = None) -> Finding:
        """Whether a case is entitled to something, with the reason where it is not.

        An indexed read answers it, as often as a billing system asks, also of an earlier day.

        Raises:
            NotFound: there is no such case.
            UnknownName: no state of any lifecycle entitles to that.
        """
        entitlement, language = self._desk.word("entitlement", entitlement), self._desk.word("language", language)
        when, reference = self._desk.instant(at), self._desk.reference(ref)
        with self._desk.store.reading() as session:
            found = session.standing(reference)
            is_now = found is not None and (at is None or found.last_at <= when)
            state = found.state if found and is_now else session.state_at(reference, when) if found else None
        if found is None or (state and not self._desk.knows(reference.lifecycle, state)):
            self.case(ref, at=at)  # says what is wrong with it
        return queries.may(self.programme, reference, state, entitlement, language)

    def may_sell(
        self,
        seller_case: str,
        buyer_pga: str,
        buyer_tenant: str = OWN_CSP,
        *,
        language: str = "en",
        at: datetime | None = None,
    ) -> Finding:
        """Whether a case may sell online services to a tenant of another partner, with the reason where it may not.

        `buyer_tenant` is `csp` (it does its own business in the programme there) or `own_use`. Only the rule of
        resale is asked: what the seller's state entitles to says `may`.

        Raises:
            NotFound: there is no such case, or no such buyer.
            BadPayload: the tenant is neither.
            NoPolicy: no policy is in force on the day.
        """
        if buyer_tenant not in {OWN_CSP, OWN_USE}:
            raise BadPayload("buyer_tenant", f"{buyer_tenant!r} is not allowed; take {OWN_CSP} or {OWN_USE}")
        language = self._desk.word("language", language)

        def answer(dossier: Dossier, case: Case, when: datetime) -> Finding:
            buyer = self._desk.look(dossier.session, buyer_pga).pga
            return queries.may_sell(dossier, case, buyer, buyer_tenant, when, language)

        return self._desk.ask(seller_case, at, answer)

    def trailing_revenue(self, ref: str, *, at: datetime | None = None) -> Decimal:
        """The revenue in USD that counts for a case on a day under the policy that judges it, verified or not."""
        return self._desk.ask(ref, at, queries.trailing_revenue)

    def score(self, ref: str, *, at: datetime | None = None) -> Decimal | None:
        """The total of a case's latest assessment, or None."""
        return self._desk.ask(ref, at, lambda _dossier, case, _when: queries.score(case))

    def market(self, name: str, *, language: str = "en") -> Market:
        """What the tables of places say of a country, asked for by its code or any of its names; no store is read.

        Raises:
            NotFound: no country has that name.
            AmbiguousCountry: it names more than one country.
        """
        name, language = self._desk.word("name", name), self._desk.word("language", language)
        return self.programme.market(name, language)
