"""Countries: region, billing currency, what the tables print, and where they contradict themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from csp_workflow.console.views.base import QUIET, SOON, STRONG, card, indented, table, text, words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from csp_workflow.console.names import Names
    from csp_workflow.model.market import Market


def market(found: Market, names: Names) -> list[RenderableType]:
    """What the tables say of one country."""
    title = found.names.get(names.language, found.names["en"])
    regions = [text(names.region(region)) for region in found.regions]
    rows: list[tuple[str, object]] = [
        ("names", ", ".join(f"{name} ({language})" for language, name in found.names.items())),
        ("region", Text("\n").join(regions) if regions else None),
        ("billing currency", ", ".join(found.currencies)),
    ]
    told = [indented(text(sentence, SOON)) for sentence in found.contradictions.values()]
    return [*card(words((title, STRONG), f" ({found.country})"), rows), *told, *_listings(found), *_sources(found)]


def _listings(found: Market) -> list[RenderableType]:
    rows = [(item.table, item.printed, item.value, item.source) for item in found.listings]
    return [text(""), table("table", "as printed", "stands under", "source", rows=rows)] if rows else []


def _sources(found: Market) -> list[RenderableType]:
    return [text(""), *(text(f"{source.id}: {source.title}, {source.date}", QUIET) for source in found.sources)]
