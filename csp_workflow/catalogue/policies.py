"""Policy files as a timeline: oldest first, no gap, no overlap, every value with its source or marked as assumed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from csp_workflow.catalogue.files import Section, read_toml
from csp_workflow.errors import DefinitionError
from csp_workflow.model.policy import Policy, PolicyTimeline, Terms

_GROUPS = {"requirements", "advice"}  # tables that are rules through and through; others may have `rules`


def read_policies(folder: Path, root: Path) -> tuple[PolicyTimeline, dict[str, dict[str, Any]]]:
    """All policies of a folder, in the order of their file names, which is that of their dates; and the files as read.

    Raises:
        DefinitionError: a value has neither source nor `assumed`, or the dates do not fit together.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise DefinitionError(
            folder.relative_to(root).as_posix(), "", "holds no policy; a lifecycle with policies needs one"
        )
    raw = {path.relative_to(root).as_posix(): read_toml(path, root) for path in paths}
    policies = [read_policy(file, table) for file, table in raw.items()]
    _check_order(list(raw), policies)
    return PolicyTimeline(policies), raw


def read_policy(file: str, table: Mapping[str, Any]) -> Policy:
    """One policy."""
    top = Section(file, "", table)
    policy_id, title = top.take("id", str), top.take("title", str)
    dates = top.table("in_force")
    starts, ends = _terms(dates, "from"), _terms(dates, "to", needed=False)
    dates.done()
    settings: dict[str, Terms] = {}
    groups: dict[str, dict[str, Terms]] = {}
    for name, section in top.tables().items():
        if name in _GROUPS:
            groups[name] = _rules(section)
        else:
            if "rules" in section:
                groups[name] = _rules(section.table("rules"))
            for key in section.names():
                settings[f"{name}.{key}"] = _terms(section, key)
    return Policy(
        id=policy_id,
        title=title,
        file=file,
        starts_on=_day(dates, "from", starts),
        ends_on=_day(dates, "to", ends) if ends.values else None,
        dates=Terms(
            sources=tuple(dict.fromkeys(starts.sources + ends.sources)),
            assumed=starts.assumed or ends.assumed,
            note=" ".join(filter(None, (starts.note, ends.note))),
        ),
        settings=settings,
        groups=groups,
    )


def group_key(group: str) -> str:
    """Under which key the rules of a group stand in a file."""
    return group if group in _GROUPS else f"{group}.rules"


def _rules(section: Section) -> dict[str, Terms]:
    return {name: _terms(section, name) for name in section.names()}


def _terms(section: Section, name: str, *, needed: bool = True) -> Terms:
    if name not in section:
        if needed:
            raise section.wrong(name, "is missing")
        return Terms()
    line = section.table(name)
    sources = line.words("sources")
    assumed, note = line.take("assumed", bool, default=False), line.take("note", str, "")
    if not sources and not assumed:
        raise section.wrong(name, "needs its sources, or assumed = true")
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in line.rest().items()}
    return Terms(values=values, sources=sources, assumed=assumed, note=note)


def _day(section: Section, name: str, terms: Terms) -> date:
    value = terms.get("value")
    if type(value) is not date:
        raise section.wrong(name, f"must be a date, not {value!r}")
    return value


def _check_order(files: list[str], policies: list[Policy]) -> None:
    seen: set[str] = set()
    for file, policy in zip(files, policies, strict=True):
        if policy.id in seen:
            raise DefinitionError(file, "id", f"{policy.id!r} is the id of another policy")
        seen.add(policy.id)
        if policy.ends_on and policy.ends_on < policy.starts_on:
            raise DefinitionError(file, "in_force.to", "is before the policy begins")
    for (file, policy), before in zip(list(zip(files, policies, strict=True))[1:], policies, strict=False):
        if policy.starts_on <= before.starts_on:
            raise DefinitionError(file, "in_force.from", f"is out of order: {before.id} begins on {before.starts_on}")
        if before.ends_on and before.ends_on >= policy.starts_on:
            raise DefinitionError(file, "in_force.from", f"overlaps {before.id}, which ends on {before.ends_on}")
        if before.ends_on and before.ends_on + timedelta(days=1) != policy.starts_on:
            raise DefinitionError(
                file, "in_force.from", f"leaves a gap after {before.id}, which ends on {before.ends_on}"
            )
    if policies[-1].ends_on:
        raise DefinitionError(files[-1], "in_force.to", "the last policy has no end: leave it out")
