"""The whole programme as one value: lifecycles, policies, facts, roles, places, words and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from csp_workflow.errors import UnknownName
from csp_workflow.finding import Finding
from csp_workflow.model.actor import Actor, Role
from csp_workflow.model.case import Case
from csp_workflow.model.definition import Definition, Gone
from csp_workflow.model.fact import FactKind
from csp_workflow.model.language import ENGLISH
from csp_workflow.model.lifecycle import Lifecycle
from csp_workflow.model.market import Countries, Market
from csp_workflow.model.notice import NoticeText, Written
from csp_workflow.model.policy import PolicyTimeline
from csp_workflow.model.source import Source
from csp_workflow.model.verdict import Wordings, reworded


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Everything that `states/` says; `text` is what decides, as JSON, and `sha256` the fingerprint of that text.

    `tables` says of each table of places (markets, currencies) which document it comes from.
    """

    lifecycles: Mapping[str, Lifecycle]
    default_lifecycle: str
    policies: PolicyTimeline
    facts: Mapping[str, FactKind]
    roles: Mapping[str, Role]
    regions: Mapping[str, str]
    countries: Countries
    tables: Mapping[str, str]
    sources: Mapping[str, Source]
    wordings: Mapping[str, Wordings]
    titles: Mapping[str, Mapping[str, Mapping[str, str]]]
    notices: Mapping[tuple[str, str], NoticeText]
    sha256: str
    text: str

    def lifecycle(self, name: str) -> Lifecycle:
        """A lifecycle by name.

        Raises:
            UnknownName: there is none.
        """
        if name not in self.lifecycles:
            raise UnknownName("lifecycle", name, self.lifecycles)
        return self.lifecycles[name]

    def state(self, name: str) -> str:
        """A state's own name, of whichever lifecycle.

        Raises:
            UnknownName: no lifecycle has it.
        """
        known = {state for lifecycle in self.lifecycles.values() for state in lifecycle.states}
        if name not in known:
            raise UnknownName("state", name, known)
        return name

    def region(self, name: str) -> str:
        """A region's own name.

        Raises:
            UnknownName: there is none.
        """
        if name not in self.regions:
            raise UnknownName("region", name, self.regions)
        return name

    def fact(self, name: str) -> FactKind:
        """What a fact of this name holds.

        Raises:
            UnknownName: there is none.
        """
        if name not in self.facts:
            raise UnknownName("fact", name, self.facts)
        return self.facts[name]

    def role_of(self, actor: Actor) -> Role:
        """The role in which somebody acts.

        Raises:
            UnknownName: there is none.
        """
        role = self.roles.get(actor.role)
        if role is None:
            raise UnknownName("role", actor.role, self.roles)
        return role

    @property
    def definition(self) -> Definition:
        """What decides, with its fingerprint."""
        return Definition(self.sha256, self.text)

    @property
    def timer(self) -> Actor:
        """Who fires deadlines."""
        name = next(role.name for role in self.roles.values() if role.is_system)
        return Actor(name, name)

    def words(self, language: str) -> Wordings:
        """The wording of rules in a language, English where it has none."""
        return self.wordings.get(language) or self.wordings["en"]

    def reworded(self, finding: Finding, subject: str, language: str) -> Finding:
        """A finding about a partner or case in a reader's language, where its words can be made again."""
        english, theirs = self.words(ENGLISH).get(finding.rule), self.words(language).get(finding.rule)
        if english is None or theirs is None or english is theirs:
            return finding
        partner, region, *_ = f"{subject}//".split("/")
        return reworded(finding, english, theirs, {"partner": partner, "region": region})

    def lacks(self, case: Case) -> Gone | None:
        """What of a case this definition does not know, so that it cannot judge it: then the case is stranded."""
        lifecycle = self.lifecycles.get(case.reference.lifecycle)
        if lifecycle is None:
            return Gone("lifecycle", case.reference.lifecycle)
        if case.state not in lifecycle.states:
            return Gone("state", case.state)
        if case.pinned is not None and not self.policies.has(case.pinned):
            return Gone("policy", case.pinned)
        return None

    def title(self, kind: str, name: str, language: str = "en") -> str:
        """What a state, trigger, role … is called on a screen."""
        for spoken in (language, "en"):
            if found := self.titles.get(spoken, {}).get(kind, {}).get(name):
                return found
        return name.replace("_", " ").capitalize()

    def region_title(self, name: str, language: str = ENGLISH) -> str:
        """What a region is called in a language; else its own name."""
        return self.titles.get(language, {}).get("region", {}).get(name) or self.regions.get(name, name)

    def written(self, kind: str, language: str, values: Mapping[str, Any]) -> Written:
        """A notice of a kind that is known, in a language; in English where it has no text in it."""
        spoken = language if (kind, language) in self.notices else ENGLISH
        named = {"region": self.region_title(values["region"], spoken)} if "region" in values else {}
        return Written(spoken, *self.notices[kind, spoken].filled({**values, **named}, spoken))

    def regions_of(self, country: str) -> tuple[str, ...]:
        """The regions that a country lies in: none, one, or more."""
        found = self.countries.get(country)
        return found.regions if found else ()

    def market(self, name: str, language: str = "en") -> Market:
        """What the tables of places say of a country, asked for by its code or any of its names.

        Raises:
            NotFound: no country has that name.
            AmbiguousCountry: it names more than one country.
        """
        country = self.countries.find(name)
        regions = {region: self.region_title(region, language) for region in self.regions}
        contradictions = {
            word: self.title("contradiction", word, language).format(values=" / ".join(values))
            for word, values in country.contradictions(regions).items()
        }
        return Market(
            country=country.code,
            names=country.names,
            regions={region: regions[region] for region in country.regions},
            currencies=country.currencies,
            listings=country.listings,
            contradictions=contradictions,
            sources=tuple(self.sources[source] for source in dict.fromkeys(self.tables.values())),
        )

    def with_values(self, values: Mapping[str, Any]) -> Programme:
        """The same programme with values of every policy replaced, for scenarios and trials.

        Raises:
            UnknownName: no policy has a value of that name.
        """
        for name in values:
            if name not in self.policies.parameters():
                raise UnknownName("policy_value", name, self.policies.parameters())
        return replace(self, policies=self.policies.with_values(values))
