"""All commands under their names; each imports what it needs when it runs, so that `--help` is quick."""

from collections.abc import Callable
from typing import Annotated

import typer

from csp_workflow.console.answer import Reply
from csp_workflow.console.commands import (
    acts,
    audit,
    bulk,
    cases,
    database,
    definitions,
    demo,
    markets,
    notices,
    overview,
    partners,
    policies,
    questions,
    scenario,
)
from csp_workflow.console.settings import ACTOR_VARIABLE, DATABASE_VARIABLE, STATES_VARIABLE, USUAL_DATABASE, Settings


def _group(description: str) -> typer.Typer:
    return typer.Typer(help=description, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


app = _group("Onboard partners by the programme's rules: every act is guarded, explained and kept.")


_Db = Annotated[
    str | None,
    typer.Option(envvar=DATABASE_VARIABLE, metavar="URL", help=f"The database; {USUAL_DATABASE} if left out."),
]
_States = Annotated[
    str | None,
    typer.Option(envvar=STATES_VARIABLE, metavar="DIR", help="Definitions of your own; else the shipped ones."),
]
_At = Annotated[str | None, typer.Option(metavar="INSTANT", help="A date, or a time with its zone; now if left out.")]
_As = Annotated[str | None, typer.Option("--as", envvar=ACTOR_VARIABLE, metavar="NAME:ROLE", help="Who acts.")]
_Lang = Annotated[str | None, typer.Option(metavar="LL", help="The language of rules and titles: en, de, it, cs.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]
_Debug = Annotated[bool, typer.Option("--debug", help="Show where an error came from.")]
_Version = Annotated[bool, typer.Option("--version", help="Say the version.")]


@app.callback()
def options(
    context: typer.Context,
    *,
    db: _Db = None,
    states: _States = None,
    at: _At = None,
    actor: _As = None,
    lang: _Lang = None,
    as_json: _Json = False,
    debug: _Debug = False,  # noqa: ARG001 - these are read by `program`, which answers also what Typer cannot
    version: _Version = False,  # noqa: ARG001
) -> None:
    """What stands before every command."""
    context.obj = Settings(db=db, states=states, at_text=at, actor_text=actor, lang=lang, as_json=as_json)


_Commands = dict[str, Callable[..., Reply]]
_GROUPS: dict[str, tuple[str, _Commands]] = {
    "partner": (
        "Register, edit and list partners.",
        {
            "add": partners.add,
            "edit": partners.edit,
            "list": partners.page,
            "show": partners.show,
            "import": bulk.partner_import,
        },
    ),
    "case": ("Open, list and show cases.", {"open": cases.start, "list": cases.page, "show": cases.show}),
    "notices": (
        "What partners are written to, in their own language.",
        {"list": notices.page, "show": notices.show},
    ),
    "db": (
        "The database itself: its schema, and how it follows the releases of this program.",
        {"upgrade": database.upgrade, "check": database.check},
    ),
    "definition": (
        "The definitions that a database was used with, and how it follows a changed one.",
        {"list": definitions.page, "diff": definitions.diff, "migrate": definitions.migrate},
    ),
    "policy": (
        "The policies, with the source of every value.",
        {"list": policies.page, "show": policies.show, "diff": policies.diff},
    ),
}
_COMMANDS: _Commands = {
    "demo": demo.demo,
    "record": acts.record,
    "record-import": bulk.record_import,
    "export": bulk.export,
    "retract": acts.retract,
    "step": acts.step,
    "note": acts.note,
    "requirements": questions.requirements,
    "explain": questions.explain,
    "may": questions.may,
    "may-sell": questions.may_sell,
    "history": questions.history,
    "market": markets.market,
    "board": overview.board,
    "due": overview.due,
    "refusals": overview.refusals,
    "sweep": acts.sweep,
    "scenario": scenario.scenario,
    "verify": audit.verify,
    "anchor": audit.anchor,
}

for _name, (_description, _commands) in _GROUPS.items():
    _sub = _group(_description)
    for _part, _command in _commands.items():
        _sub.command(_part)(_command)
    app.add_typer(_sub, name=_name)
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)
