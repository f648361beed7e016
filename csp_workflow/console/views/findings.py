"""Rules and what they answer: refusals, explanations, the checklist of requirements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from csp_workflow.console.views.base import BAD, GOOD, QUIET, SOON, STRONG, indented, text, words

if TYPE_CHECKING:
    from datetime import date

    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.errors import TransitionRefused
    from csp_workflow.model.decision import Requirements
    from csp_workflow.model.finding import Finding

_STYLES = {"past_due": BAD, "due_now": BAD, "due_later": SOON, "waiting_on_vendor": SOON, "met": GOOD}


def refusal(refused: TransitionRefused, names: Names) -> list[RenderableType]:
    """A refused act: the sentence, and every rule that fails."""
    return [words((refused, BAD)), *(indented(finding(item, names)) for item in refused.findings)]


def explanation(
    ref: str, trigger: str, findings: Sequence[Finding], earliest: date | None, names: Names
) -> list[RenderableType]:
    """Every rule that an act asks."""
    failing = sum(not item.met for item in findings)
    when = f"; not before {earliest}" if earliest else ""
    verdict = (f"{failing} of {len(findings)} rules not met{when}", BAD) if failing else ("nothing is in the way", GOOD)
    return [words((names.both("trigger", trigger), STRONG), f" for {ref}: ", verdict), *listed(findings, names)]


def listed(findings: Sequence[Finding], names: Names) -> list[RenderableType]:
    """Findings one below the other."""
    return [indented(finding(item, names)) for item in findings]


def finding(item: Finding, names: Names) -> Table:
    """A rule, whether it is met, what there is and what is needed, how to mend it, and where it comes from."""
    mark = ("met", GOOD) if item.met else ("not met", BAD)
    lines = [words((item.rule, STRONG), "  ", item.statement)]
    if numbers := _numbers(item):
        lines.append(words(numbers))
    if not item.met:
        lines.append(words(item.fix))
    if origin := _origin(item, names):
        lines.append(words((origin, QUIET)))
    return _marked(mark, lines)


def checklist(view: Requirements, names: Names) -> list[RenderableType]:
    """What is asked of a case, most pressing first; what is met last."""
    policy = f", policy {view.policy}" if view.policy else ""
    pictures: list[RenderableType] = [words((f"Requirements of {view.ref}", STRONG), f" on {view.as_of}{policy}")]
    for name, style in _STYLES.items():
        found: tuple[Finding, ...] = getattr(view, name)
        if found:
            pictures.append(words((f"{names.title('list', name)} ({len(found)})", f"{STRONG} {style}")))
            pictures += [indented(_line(item, style, names)) for item in found]
    if len(pictures) == 1:
        pictures.append(indented(text("Nothing is asked.")))
    return pictures


def _line(item: Finding, style: str, names: Names) -> Table:
    if item.met:
        return _marked(("[x]", style), [words((item.rule, STRONG), "  ", item.statement)])
    due = f"  (asked on {item.due_on})" if item.due_on else ""
    lines = [words((item.rule, STRONG), "  ", item.statement, (due, style))]
    if numbers := _numbers(item):
        lines.append(words(numbers))
    lines.append(words(item.fix))
    if origin := _origin(item, names):
        lines.append(words((origin, QUIET)))
    return _marked(("[ ]", style), lines)


def _marked(mark: tuple[str, str], lines: list[Text]) -> Table:
    made = Table.grid(padding=(0, 1))
    made.add_column(no_wrap=True, width=len(mark[0]))
    made.add_column(overflow="fold")
    made.add_row(text(*mark), Text("\n").join(lines))
    return made


def _numbers(item: Finding) -> str:
    parts = [f"has {_value(item.have)}" if item.have not in {None, ""} else ""] if _plain(item.have) else []
    parts += [f"needs {_value(item.need)}" if item.need is not None else ""]
    parts += [f"met from {item.earliest} on, if nothing but time passes" if item.earliest else ""]
    return "; ".join(part for part in parts if part)


def _plain(value: Any) -> bool:
    return not isinstance(value, list | dict)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _origin(item: Finding, names: Names) -> str:
    parts = [f"policy {item.policy}"] if item.policy else []
    parts += [names.source(source) for source in item.sources]
    parts += ["assumed: no document says so"] if item.assumed else []
    return " · ".join(parts)
