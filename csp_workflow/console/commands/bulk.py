"""Many at once: `partner import`, `record-import`, `export`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from csp_workflow.console import views
from csp_workflow.console.answer import BROKEN_OFF, Answer, Reply, Stream, Work
from csp_workflow.console.commands.parameters import settings_of
from csp_workflow.errors import BadInput, Misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from csp_workflow.bulk.export import Listing
    from csp_workflow.bulk.importing import Import
    from csp_workflow.console.settings import Settings
    from csp_workflow.workflow import Workflow

_File = Annotated[str, typer.Argument(metavar="FILE.csv", help="In UTF-8; its first line names the columns.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and write nothing.")]
_Rejects = Annotated[
    str | None, typer.Option(metavar="FILE", help="Where rejected rows go; beside the file if left out.")
]
_OfFact = Annotated[str | None, typer.Option(metavar="FACT", help="What all rows are, as in revenue.")]
_Decimal = Annotated[
    Literal[".", ","], typer.Option(metavar="MARK", help="What stands before the cents: . (as in 1000.00) or ,")
]
_What = Annotated[
    Literal["partners", "cases", "facts", "history"],
    typer.Argument(metavar="partners|cases|facts|history", help="What goes out.", show_default=False),
]
_Whose = Annotated[
    str | None, typer.Argument(metavar="[PGA|REF]", help="Only of this partner or case.", show_default=False)
]
_OnlyFact = Annotated[str | None, typer.Option(metavar="FACT", help="Only facts of this kind.")]
_Format = Annotated[
    Literal["csv", "json"] | None, typer.Option("--format", metavar="csv|json", help="csv if left out.")
]
_Output = Annotated[str | None, typer.Option(metavar="FILE", help="Write to a file, whole or not at all.")]
_Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]
_Delimiter = Annotated[
    Literal[",", ";", "tab"], typer.Option(metavar="MARK", help="What stands between cells: , ; or tab.")
]
_Marked = Annotated[bool, typer.Option("--bom", help="Begin with a byte order mark, which Excel knows UTF-8 by.")]


def partner_import(context: typer.Context, file: _File, *, rejects: _Rejects = None, dry_run: _DryRun = False) -> Reply:
    """Register the partners of a CSV file.

    Columns: pga, name, country, and where wanted email, language, manager. Rows that cannot be taken are written to
    a file of their own, to be mended and imported; the same file again adds nothing.
    """
    from csp_workflow.bulk.importing import Import
    from csp_workflow.bulk.partners import PartnerSheet

    settings = settings_of(context)
    sheet = PartnerSheet(actor=settings.actor, at=settings.at)
    return _work(settings, Import(file, sheet, rejects=rejects, dry_run=dry_run), dry_run=dry_run)


def record_import(
    context: typer.Context,
    file: _File,
    *,
    fact: _OfFact = None,
    decimal: _Decimal = ".",
    rejects: _Rejects = None,
    dry_run: _DryRun = False,
) -> Reply:
    """Record the facts of a CSV file.

    Columns: subject (a partner or case), fact (or --fact for all rows), where wanted effective_on and document, and
    one for each field. Rows that cannot be taken are written to a file of their own, to be mended and imported; the
    same file again adds nothing.
    """
    from csp_workflow.bulk.importing import Import
    from csp_workflow.bulk.records import RecordSheet

    settings = settings_of(context)
    actor, programme = settings.acting, settings.programme()
    language = settings.language(programme)
    sheet = RecordSheet(programme, actor=actor, at=settings.at, fact=fact, decimal=decimal, language=language)
    return _work(settings, Import(file, sheet, rejects=rejects, dry_run=dry_run), dry_run=dry_run)


def export(
    context: typer.Context,
    what: _What,
    subject: _Whose = None,
    *,
    fact: _OnlyFact = None,
    form: _Format = None,
    output: _Output = None,
    force: _Force = False,
    delimiter: _Delimiter = ",",
    marked: _Marked = False,
) -> Reply:
    """Write partners, cases, facts or histories as CSV or JSON.

    Partners and facts come in the columns in which they are imported. No cell is a formula.
    """
    from csp_workflow.bulk.export import as_csv, as_json

    settings = settings_of(context)
    if fact is not None and what != "facts":
        raise Misuse(f"--fact is for facts, not for {what}.")
    if settings.at_text is not None and what == "partners":
        raise Misuse("--at is for cases, facts and history, not for partners: they go out as they are.")
    as_document = form == "json" or (form is None and settings.as_json)
    if settings.as_json and not as_document and output is None:
        raise Misuse("--json and --format csv are two things: leave one away, or write to a file with --output.")

    def listed(workflow: "Workflow") -> "Listing[Any]":
        return _listing(workflow, what, subject, fact, settings)

    def written(listing: "Listing[Any]") -> Iterator[str]:
        mark = "\t" if delimiter == "tab" else delimiter
        return as_json(listing) if as_document else as_csv(listing, mark, marked=marked)

    if output is None:
        return Stream(pieces=_streamed(settings, listed, written), is_json=as_document)
    return _to_file(settings, listed, written, output, overwrite=force)


def _listing(
    workflow: "Workflow", what: str, subject: str | None, fact: str | None, settings: "Settings"
) -> "Listing[Any]":
    from csp_workflow.bulk import export as goes_out

    if what == "partners":
        if subject is not None and "/" in subject:
            raise Misuse(f"{subject} is a case: name a partner.")
        return goes_out.partners(workflow, subject)
    if what == "cases":
        return goes_out.cases(workflow, subject, settings.at)
    if what == "facts":
        return goes_out.facts(workflow, subject, settings.at, fact)
    return goes_out.histories(workflow, subject, settings.at)


def _streamed(
    settings: "Settings",
    listed: "Callable[[Workflow], Listing[Any]]",
    written: "Callable[[Listing[Any]], Iterator[str]]",
) -> "Generator[str]":
    with settings.look() as workflow:
        yield from written(listed(workflow))


def _to_file(
    settings: "Settings",
    listed: "Callable[[Workflow], Listing[Any]]",
    written: "Callable[[Listing[Any]], Iterator[str]]",
    output: str,
    *,
    overwrite: bool,
) -> Answer:
    from csp_workflow.bulk.export import Counted, write_file

    with settings.look() as workflow:
        listing = listed(workflow)
        items = Counted(listing.items)
        write_file(output, written(replace(listing, items=items)), overwrite=overwrite)
    data = {"file": output, "name": listing.name, "written": items.number}
    return Answer(data=data, view=lambda: views.bulk.written(listing.name, items.number, output))


def _work(settings: "Settings", ready: "Import[Any]", *, dry_run: bool) -> Work:
    """The import as work; where nothing is written, no database is made either."""

    def steps() -> "Generator[int]":
        with ready, settings.look() if dry_run else settings.open() as workflow:
            yield from ready.steps(workflow)

    def answer() -> Answer:
        done = ready.report
        code = BadInput.exit_code if done.rejected or done.changed else 0
        return Answer(
            data=done.to_dict(),
            view=lambda: views.bulk.report(done),
            exit_code=code if done.finished or done.changed else BROKEN_OFF,
        )

    return Work(title=ready.name, total=ready.size, steps=steps(), answer=answer)
