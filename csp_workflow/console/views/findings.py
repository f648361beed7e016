"""Rules and what they answer: refusals, explanations, the checklist of requirements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from csp_workflow.console.views.base import BAD, GOOD, QUIET, SOON, STRONG, indented, text, words

if TYPE_CHECKING:
    from datetime import date

    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.errors import TransitionRefused
    from csp_workflow.finding import Finding
    from csp_workflow.model.decision import Requirements

_ASSUMED, _PARTLY = "assumed: no document says so", "assumed in part"
_STYLES = {"past_due": BAD, "due_now": BAD, "due_later": SOON, "waiting_on_vendor": SOON, "met": GOOD}


def refusal(refused: TransitionRefused, names: Names) -> list[RenderableType]:
    """A refused act: the sentence, every rule that fails, and the documents."""
    told = [indented(finding(item)) for item in refused.findings]
    return [text(refused, BAD), *told, *sources(refused.findings, names)]


def explanation(
    ref: str, trigger: str, findings: Sequence[Finding], earliest: date | None, names: Names
) -> list[RenderableType]:
    """Every rule that an act asks, and the documents."""
    failing = sum(not item.met for item in findings)
    when = f"; not before {earliest}" if earliest else ""
    verdict = (f"{failing} of {len(findings)} rules not met{when}", BAD) if failing else ("nothing is in the way", GOOD)
    head = words((names.both("trigger", trigger), STRONG), f", {ref}: ", verdict)
    return [head, *(indented(finding(item)) for item in findings), *sources(findings, names)]


def checklist(view: Requirements, names: Names) -> list[RenderableType]:
    """What is asked of a case, most pressing first; what is met last."""
    policy = f", policy {view.policy}" if view.policy else ""
    pictures: list[RenderableType] = [words((f"Requirements of {view.ref}", STRONG), f" on {view.as_of}{policy}")]
    for name, style in _STYLES.items():
        found: tuple[Finding, ...] = getattr(view, name)
        if found:
            pictures.append(words((f"{names.title('list', name)} ({len(found)})", f"{STRONG} {style}")))
            pictures += [indented(_line(item, style)) for item in found]
    return pictures if len(pictures) > 1 else [*pictures, indented(text("Nothing is asked."))]


def requirements(view: Requirements, names: Names) -> list[RenderableType]:
    """The checklist and the documents that it names."""
    return [*checklist(view, names), *sources(asked(view), names)]


def asked(view: Requirements) -> list[Finding]:
    """The findings of a checklist that are not met."""
    return [item for name in _STYLES for item in getattr(view, name) if not item.met]


def finding(item: Finding) -> Table:
    """A rule, whether it is met, what there is and what is needed, how to mend it, and where it comes from."""
    return _marked("met" if item.met else "not met", GOOD if item.met else BAD, _lines(item))


def permission(asked_for: str, item: Finding, names: Names) -> list[RenderableType]:
    """Whether something is allowed, and why not."""
    answer = ("yes", f"{STRONG} {GOOD}") if item.met else ("no", f"{STRONG} {BAD}")
    told = [item.statement] if item.met else [f"{item.statement} {item.fix}", _origin(item)]
    return [words(answer, f": {asked_for}"), *(indented(text(line)) for line in told if line), *sources([item], names)]


def sources(findings: Iterable[Finding], names: Names) -> list[RenderableType]:
    """The titles of the documents that findings name."""
    found = dict.fromkeys(source for item in findings for source in item.sources)
    return [words((f"{source}: {names.source(source)}", QUIET)) for source in found]


def _line(item: Finding, style: str) -> Table:
    lines = _lines(item)[:1] if item.met else _lines(item)
    if item.due_on:
        lines[0] += text(f" (due on {item.due_on})", style)
    return _marked("[x]" if item.met else "[ ]", style, lines)


def _lines(item: Finding) -> list[Text]:
    lines = [words((item.rule, STRONG), ": ", item.statement)]
    if not item.met:
        lines.append(words(item.fix))
        if item.earliest:
            lines.append(
                words(("Not before ", SOON), (item.earliest, f"{STRONG} {SOON}"), ("; time alone heals it.", SOON))
            )
    if origin := _origin(item):
        lines.append(text(origin, QUIET))
    return lines


def _marked(mark: str, style: str, lines: list[Text]) -> Table:
    made = Table.grid(padding=(0, 1))
    made.add_column(no_wrap=True, width=len("[ ]" if mark.startswith("[") else "not met"))
    made.add_column(overflow="fold")
    made.add_row(text(mark, style), Text("\n").join(lines))
    return made


def _origin(item: Finding) -> str:
    parts = [
        f"{name} {_value(value)}" for name, value in (("has", item.have), ("needs", item.need)) if _is_short(value)
    ]
    parts += [f"policy {item.policy}"] if item.policy else []
    parts += item.sources
    parts += [_PARTLY if item.sources else _ASSUMED] if item.assumed else []
    return " · ".join(parts)


def _is_short(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, list | dict)


def _value(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
