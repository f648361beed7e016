"""What changes something: `record`, `retract`, `step`, `note`, `sweep`."""

from typing import TYPE_CHECKING, Annotated

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import Answer
from csp_workflow.console.commands.parameters import Case, Key, Pairs, Subject, Trigger, Version, settings_of
from csp_workflow.errors import BadPayload, TransitionRefused

if TYPE_CHECKING:
    from csp_workflow.console.names import Names
    from csp_workflow.model.decision import Recorded

_Fact = Annotated[str, typer.Argument(metavar="FACT", help="As in membership.", show_default=False)]
_Entry = Annotated[
    str, typer.Argument(metavar="ENTRY", help="As the history shows it: PGA-1001#7.", show_default=False)
]
_Text = Annotated[str, typer.Argument(metavar="TEXT", help="What to keep in the history.", show_default=False)]
_Effective = Annotated[str | None, typer.Option(metavar="DATE", help="From when it holds; the day itself if left out.")]
_Document = Annotated[str | None, typer.Option(metavar="TEXT", help="A document's reference or SHA-256.")]


def record(
    context: typer.Context,
    subject: Subject,
    fact: _Fact,
    pairs: Pairs = None,
    *,
    effective_on: _Effective = None,
    document: _Document = None,
    key: Key = None,
) -> Answer:
    """Record a fact about a partner or a case."""
    from csp_workflow.console.given import fact_fields, read_day

    settings = settings_of(context)
    day = None if effective_on is None else read_day("effective_on", effective_on)
    actor = settings.acting
    with settings.open() as workflow:
        names, given = settings.names(workflow.programme), fact_fields(workflow.programme, fact, pairs or ())
        try:
            done = workflow.record(
                subject, fact, given, actor=actor, effective_on=day, document=document, key=key, at=settings.at
            )
        except TransitionRefused as refused:
            return _refused(refused, subject, names)
    return _recorded(done)


def retract(context: typer.Context, entry: _Entry, pairs: Pairs = None, *, key: Key = None) -> Answer:
    """Take back what an entry has recorded.

    The entry is named as the history shows it: retract PGA-1001#7 reason="Booked twice".
    """
    from csp_workflow.console.given import read_pairs

    settings, given = settings_of(context), read_pairs(pairs or ())
    for name in given:
        if name != "reason":
            raise BadPayload.unknown(name, ["reason"], "retract")
    if "reason" not in given:
        raise BadPayload("reason", "is missing; write why as reason=TEXT")
    actor = settings.acting
    with settings.open() as workflow:
        return _recorded(workflow.retract(entry, reason=given["reason"], actor=actor, key=key, at=settings.at))


def step(
    context: typer.Context,
    ref: Case,
    trigger: Trigger,
    pairs: Pairs = None,
    *,
    key: Key = None,
    expected_version: Version = None,
) -> Answer:
    """Do an act on a case, or be told why not."""
    from csp_workflow.console.given import trigger_fields

    settings = settings_of(context)
    actor = settings.acting
    with settings.open() as workflow:
        names, given = settings.names(workflow.programme), trigger_fields(workflow.programme, ref, trigger, pairs or ())
        try:
            done = workflow.fire(
                ref, trigger, actor=actor, payload=given, key=key, expected_version=expected_version, at=settings.at
            )
        except TransitionRefused as refused:
            return _refused(refused, ref, names)
    return Answer(data=done.to_dict(), view=lambda: views.cases.outcome(done, names))


def note(context: typer.Context, ref: Case, text: _Text) -> Answer:
    """Leave a note in the history of a case."""
    settings = settings_of(context)
    actor = settings.acting
    with settings.open() as workflow:
        case = workflow.note(ref, text, actor=actor, at=settings.at)
        names = settings.names(workflow.programme)
    return Answer(data=case.to_dict(), view=lambda: views.cases.noted(case, names))


def sweep(context: typer.Context) -> Answer:
    """Fire every deadline that is due, each once."""
    settings = settings_of(context)
    with settings.open() as workflow:
        done, names = workflow.sweep(at=settings.at), settings.names(workflow.programme)
    return Answer(data=done.to_dict(), view=lambda: views.cases.swept(done, names))


def _recorded(done: "Recorded") -> Answer:
    return Answer(data=done.to_dict(), view=lambda: views.cases.recorded(done))


def _refused(refused: TransitionRefused, subject: str, names: "Names") -> Answer:
    """The refusal in the reader's language."""
    findings = tuple(names.reworded(finding, subject) for finding in refused.findings)
    told = TransitionRefused(refused.trigger, refused.source, findings, refused.earliest)
    return Answer(
        data={"refused": told.to_dict()},
        view=lambda: views.findings.refusal(told, names),
        exit_code=told.exit_code,
        is_refusal=True,
    )
