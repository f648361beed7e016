"""The whole folder as one value."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from csp_workflow.catalogue.coherence import check
from csp_workflow.catalogue.files import read_toml
from csp_workflow.catalogue.lifecycles import read_lifecycle
from csp_workflow.catalogue.notices import read_notices
from csp_workflow.catalogue.parts import (
    read_facts,
    read_languages,
    read_roles,
    read_sources,
    read_wordings,
)
from csp_workflow.catalogue.places import read_markets
from csp_workflow.catalogue.policies import read_policies
from csp_workflow.errors import DefinitionError
from csp_workflow.model.definition import fingerprint
from csp_workflow.model.lifecycle import Lifecycle
from csp_workflow.model.policy import PolicyTimeline
from csp_workflow.model.programme import Programme
from csp_workflow.rules.registry import Registry

_PACKAGE = Path(__file__).parent.parent


def packaged() -> Path:
    """The folder that comes with the package; in a checkout it stands beside it."""
    inside = _PACKAGE / "states"
    return inside if inside.is_dir() else _PACKAGE.parent / "states"


def load(root: Path, registry: Registry) -> Programme:
    """A folder of definitions.

    Raises:
        DefinitionError: it does not fit together; the message says in which file and under which key.
    """
    if not os.path.isdir(root):  # noqa: PTH112 - a name that is too long is no folder either
        raise DefinitionError(str(root), "", "there is no such folder of definitions")
    raw = {
        name: read_toml(root / name, root) for name in ("programme.toml", "facts.toml", "sources.toml", "markets.toml")
    }
    default, roles = read_roles("programme.toml", raw["programme.toml"])
    regions, countries, tables = read_markets("markets.toml", raw["markets.toml"])
    lifecycles, policies = _lifecycles(root, raw)
    text = _text(raw)
    programme = Programme(
        lifecycles=lifecycles,
        default_lifecycle=default,
        policies=policies,
        facts=read_facts("facts.toml", raw["facts.toml"], roles),
        roles=roles,
        regions=regions,
        countries=countries,
        tables=tables,
        sources=read_sources("sources.toml", raw["sources.toml"]),
        wordings={name: read_wordings(name, table) for name, table in read_languages(root, "rules").items()},
        titles=read_languages(root, "titles"),
        notices=read_notices(root),
        sha256=fingerprint(text),
        text=text,
    )
    check(programme, registry)
    return programme


def _lifecycles(root: Path, raw: dict[str, dict[str, Any]]) -> tuple[dict[str, Lifecycle], PolicyTimeline]:
    lifecycles: dict[str, Lifecycle] = {}
    policies = PolicyTimeline(())
    owner = ""
    for path in sorted(root.glob("*/lifecycle.toml")):
        name, file = path.parent.name, path.relative_to(root).as_posix()
        raw[file] = read_toml(path, root)
        lifecycle, folder = read_lifecycle(name, file, raw[file])
        if folder and owner:
            raise DefinitionError(file, "policies", f"only one lifecycle has policies, and {owner} has them")
        if folder:
            owner = name
            policies, tables = read_policies(path.parent / folder, root)
            raw |= tables
        lifecycles[name] = lifecycle
    if not lifecycles:
        raise DefinitionError(str(root), "", "holds no folder with a lifecycle.toml")
    return lifecycles, policies


def _text(raw: Mapping[str, Any]) -> str:
    """What decides, as JSON in the order of the files, which decides too; comments and wording do not count."""
    return json.dumps(raw, default=str)
