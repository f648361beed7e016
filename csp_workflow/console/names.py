"""What things are called, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from csp_workflow.finding import Finding
    from csp_workflow.model.programme import Programme

NO_VALUE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The titles that a programme's definitions give, in one language."""

    programme: Programme
    language: str = "en"

    def title(self, kind: str, name: str | None) -> str:
        """What a state, trigger, deadline … is called."""
        return self.programme.title(kind, name, self.language) if name else NO_VALUE

    def both(self, kind: str, name: str | None) -> str:
        """What something is called, and the word to type for it."""
        return f"{self.title(kind, name)} ({name})" if name else NO_VALUE

    def region(self, name: str) -> str:
        """What a region is called, and the word to type for it."""
        return f"{self.programme.region_title(name, self.language)} ({name})"

    def reworded(self, finding: Finding, subject: str) -> Finding:
        """A finding about a partner or case, in the reader's language where its words can be made again."""
        return self.programme.reworded(finding, subject, self.language)

    def source(self, name: str) -> str:
        """The title of a document."""
        known = self.programme.sources.get(name)
        return known.title if known else name
