#!/usr/bin/env python3
"""Write the generated parts of README.md and docs/: what stands between `<!-- generated:NAME -->` and its end.

python docs/generate.py            writes them anew
python docs/generate.py --check    writes nothing; names every file that is stale, and exits with 1
"""

from __future__ import annotations

import argparse
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import typer
from lifecycles import PROGRAMME, form, lifecycles, picture
from tables import code, first_line, names, table

import csp_workflow
from csp_workflow import errors
from csp_workflow.catalogue import packaged
from csp_workflow.console.commands import app
from csp_workflow.model.kinds import KINDS
from csp_workflow.model.market import CONTRADICTIONS
from csp_workflow.rules.registry import Rule
from csp_workflow.rules.shipped import SHIPPED

_MARKED = re.compile(r"(<!-- generated:([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
_CODED = re.compile(r'\b(UnknownName|NotFound|Duplicate)\(\s*"(\w+)"')  # their code is made of that word


def main() -> int:
    """Write the parts, or check them."""
    parser = argparse.ArgumentParser(description="Write the generated parts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is stale")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent, help="where README.md and docs/ are")
    options = parser.parse_args()
    stale = False
    for path in [options.root / "README.md", *sorted((options.root / "docs").rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        fresh = _MARKED.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}\n{found[3]}", text)
        if fresh == text:
            continue
        name, stale = path.relative_to(options.root).as_posix(), True
        sys.stdout.write(f"{name} is stale: run python docs/generate.py\n" if options.check else f"{name} written\n")
        if not options.check:
            path.write_text(fresh, encoding="utf-8")
    return int(stale and options.check)


def policies() -> str:
    """Every policy with all its values, each with its source or marked as assumed."""
    parts = []
    for path in sorted(packaged().glob("*/policies/*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = [(f"`{key}`", *_terms(terms)) for key, terms in _leaves(raw)]
        parts.append(f"## `{raw['id']}`: {raw['title']}\n\n{table('value | is | sources | assumed', rows)}")
    return "\n\n".join(parts)


def _leaves(raw: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in raw.items():
        if isinstance(value, dict) and ("sources" in value or "assumed" in value):
            yield f"{prefix}{key}", value
        elif isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")


def _terms(terms: Mapping[str, Any]) -> tuple[str, str, str]:
    values = {name: value for name, value in terms.items() if name not in {"sources", "assumed", "note"}}
    assumed = " ".join(filter(None, ("**assumed**" if terms.get("assumed") else "", terms.get("note", ""))))
    return _words(values.get("value", values)) or "asked", ", ".join(terms.get("sources", ())), assumed


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_words(item)}" if item != [] else name for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return f"{value:,}" if type(value) is int else str(value).lower() if isinstance(value, bool) else str(value)


def sources() -> str:
    """The documents that values are taken from."""
    known = PROGRAMME.sources.values()
    return table("id | title | date", [(f"`{item.id}`", item.title, item.date) for item in known])


def facts() -> str:
    """What may be recorded."""
    adds = {"": "the latest counts", "ledger": "every record is a line of revenue"}
    readable: dict[str, Any] = {**SHIPPED.rules, **SHIPPED.deadlines}
    rows = []
    for fact in PROGRAMME.facts.values():
        several = adds.get(fact.accumulates, f"the latest of each {fact.accumulates} counts")
        readers = code(name for name, thing in readable.items() if fact.name in thing.reads)
        rows.append((f"`{fact.name}`", form(fact.form), ", ".join(fact.about), several, readers))
    return table("fact | fields | about | several records | read by", rows)


def rules() -> str:
    """The rules, each with the question that it answers."""
    rows = [(f"`{rule.name}`", first_line(rule.answer), *_judged_by(rule)) for rule in SHIPPED.rules.values()]
    return table("rule | met when | reads | policy value | parameters", rows)


def _judged_by(rule: Rule) -> tuple[str, str, str]:
    return code(rule.reads), code(filter(None, [rule.setting])), form(rule.parameters)


def views() -> str:
    """The parts that a requirements view is made of."""
    rows = [(f"`{name}`", first_line(view.fill), code(sorted(view.needs))) for name, view in SHIPPED.views.items()]
    return table("name | what it shows, with its options | needs", rows)


def error_tree() -> str:
    """The errors as their package draws them, and each with its code, exit code and meaning."""
    tree = (errors.__doc__ or "").partition("\n\n")[2].strip()
    made, rows = _codes(), []
    for kind in _below(errors.WorkflowError):
        codes = code(made.get(kind.__name__, [kind.code]))
        rows.append((f"`{kind.__name__}`", codes, kind.exit_code, first_line(kind)))
    return f"```text\n{tree}\n```\n\n{table('error | code | exit | meaning', rows)}"


def _below(kind: type[errors.WorkflowError]) -> Iterator[type[errors.WorkflowError]]:
    yield kind
    for child in _children(kind):
        yield from _below(child)


def _children(kind: type[errors.WorkflowError]) -> list[type[errors.WorkflowError]]:
    """The public errors right below one, by their exit codes; a private one only helps to write others."""
    found = ([child] if child.__name__ in errors.__all__ else _children(child) for child in kind.__subclasses__())
    return sorted(chain.from_iterable(found), key=lambda child: child.exit_code)


def _codes() -> dict[str, list[str]]:
    """The codes that errors make of their first argument, found where the package raises them."""
    found: dict[str, set[str]] = {}
    for path in Path(inspect.getfile(csp_workflow)).parent.rglob("*.py"):
        for name, what in _CODED.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(f"{'duplicate' if name == 'Duplicate' else 'unknown'}_{what}")
    return {name: sorted(codes) for name, codes in found.items()}


def commands() -> str:
    """The console's commands with their arguments and options."""
    return "\n\n".join(_command(typer.main.get_command(app), "csp-workflow"))


def _command(command: Any, name: str) -> Iterator[str]:
    items = [item for item in command.params if item.name != "help"]
    rows = [(_typed(item), getattr(item, "help", None), item.envvar) for item in items]
    yield f"## `{name}`\n\n{command.help}"
    if rows:
        yield table("argument or option | meaning | or from", rows)
    for child, below in getattr(command, "commands", {}).items():
        yield from _command(below, f"{name} {child}")


def _typed(item: Any) -> str:
    flag = next((name for name in item.opts if name.startswith("-")), "")
    return code([f"{flag} {'' if flag and item.is_flag else item.metavar or item.name.upper()}".strip()])


def market() -> str:
    """What the tables of places say of a country, as JSON."""
    return f"```json\n{json.dumps(PROGRAMME.market('Fiji').to_dict(), ensure_ascii=False, indent=2)}\n```"


def contradictions() -> str:
    """The words for contradictions of the tables of places, each with its sentence."""
    return table("word | sentence", ((f"`{word}`", PROGRAMME.title("contradiction", word)) for word in CONTRADICTIONS))


PARTS: dict[str, Callable[[], str]] = {
    "picture": partial(picture, "direct_bill", loops=False),
    "lifecycles": lifecycles,
    "policies": policies,
    "sources": sources,
    "facts": facts,
    "errors": error_tree,
    "commands": commands,
    "market": market,
    "contradictions": contradictions,
    "rules": rules,
    "effects": lambda: names({name: item.apply for name, item in SHIPPED.effects.items()}),
    "deadlines": lambda: names({name: item.derive for name, item in SHIPPED.deadlines.items()}),
    "views": views,
    "kinds": lambda: table("kind | takes", ((f"`{kind.name}`", kind.words.format("…")) for kind in KINDS.values())),
}

if __name__ == "__main__":
    sys.exit(main())
