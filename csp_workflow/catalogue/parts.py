"""The smaller files of a definition: roles, facts, sources, words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from csp_workflow.catalogue.files import Section, read_toml
from csp_workflow.catalogue.lifecycles import read_form
from csp_workflow.catalogue.notices import placeholders
from csp_workflow.catalogue.usage import known_name
from csp_workflow.errors import DefinitionError
from csp_workflow.model.actor import Role
from csp_workflow.model.fact import FactKind
from csp_workflow.model.source import Source
from csp_workflow.model.verdict import Wording, Wordings

SIDES = ("partner", "vendor", "operator", "system")
_PLACEHOLDERS = ("have", "need", "earliest", "partner", "region")
_LANGUAGE = re.compile("[a-z]{2,3}")


def read_roles(file: str, table: Mapping[str, Any]) -> tuple[str, dict[str, Role]]:
    """The lifecycle that is meant where none is named, and the roles; exactly one is that of timers."""
    top = Section(file, "", table)
    default = top.take("default_lifecycle", str)
    roles = {}
    for name, section in top.table("role").tables().items():
        side = section.take("side", str)
        if side not in SIDES:
            raise section.wrong("side", f"{side!r} is none of {', '.join(SIDES)}")
        section.done()
        roles[name] = Role(name=name, side=side)
    top.done()
    if sum(role.is_system for role in roles.values()) != 1:
        raise DefinitionError(file, "role", 'exactly one role must have side = "system"')
    return default, roles


def read_facts(file: str, table: Mapping[str, Any], roles: Mapping[str, Role]) -> dict[str, FactKind]:
    """What may be recorded."""
    facts = {}
    for name, section in Section(file, "", table).tables().items():
        form = read_form(section.table("fields"), name)
        about = section.words("about") or ("partner",)
        accumulates = section.take("accumulates", str, "")
        recorded_by = section.words("recorded_by")
        if not set(about) <= {"partner", "case"}:
            raise section.wrong("about", "may name partner and case")
        if accumulates not in {"", "ledger"} and accumulates not in form.fields:
            raise section.wrong("accumulates", f"there is no field {accumulates!r}")
        for role in recorded_by:
            if role not in roles:
                raise section.wrong("recorded_by", f"there is no role {role!r}")
        informative = section.take("informative", bool, default=False)
        section.done()
        facts[name] = FactKind(
            name=name,
            form=form,
            about=about,
            accumulates=accumulates,
            recorded_by=recorded_by,
            informative=informative,
        )
    return facts


def read_sources(file: str, table: Mapping[str, Any]) -> dict[str, Source]:
    """The documents that values come from."""
    sources = {}
    for name, section in Section(file, "", table).tables().items():
        sources[name] = Source(id=name, title=section.take("title", str), date=section.take("date", str))
        section.words("languages")
        section.done()
    return sources


def read_wordings(language: str, table: Mapping[str, Any]) -> Wordings:
    """How each rule is put to a reader of a language."""
    file = f"rules.{language}.toml"
    wordings = {}
    for name, section in Section(file, "", table).tables().items():
        wording = Wording(statement=section.take("statement", str), fix=section.take("fix", str), language=language)
        for part, text in (("statement", wording.statement), ("fix", wording.fix)):
            for spoken in placeholders(file, section.key(part), text):
                known_name(file, section.key(part), "placeholder", spoken, _PLACEHOLDERS)
        section.done()
        wordings[name] = wording
    return wordings


def read_languages(root: Path, stem: str) -> dict[str, dict[str, Any]]:
    """The files `STEM.LANGUAGE.toml` of a folder, by language."""
    found = {}
    for path in sorted(root.glob(f"{stem}.*.toml")):
        language = path.name.removeprefix(f"{stem}.").removesuffix(".toml")
        if not _LANGUAGE.fullmatch(language):
            raise DefinitionError(path.name, "", f"{language!r} is no language; write {stem}.LANGUAGE.toml, as in en")
        found[language] = read_toml(path, root)
    return found
