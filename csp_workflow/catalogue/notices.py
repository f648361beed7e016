"""The texts of notices: read from their files, and held against what is known when one is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter

from csp_workflow.errors import DefinitionError
from csp_workflow.model.fields import Field
from csp_workflow.model.lifecycle import Lifecycle
from csp_workflow.model.notice import COMMON, NoticeText
from csp_workflow.model.partner import LANGUAGES
from csp_workflow.model.programme import Programme

_FOLDER = "notices"
_NAME = re.compile(r"([a-z_]+)\.([a-z]+)\.txt")
_SUBJECT = "Subject:"
_PLACEHOLDER = re.compile("[a-z_][a-z0-9_]*")
_NOT_TOLD = frozenset(("scores", "table"))  # kinds of field that no sentence can hold

_Fields = Mapping[str, Field]


def read_notices(root: Path) -> dict[tuple[str, str], NoticeText]:
    """The texts of a folder, by kind and language.

    Raises:
        DefinitionError: a file has another name or form, or cannot be read.
    """
    found = {}
    for path in sorted((root / _FOLDER).glob("*.txt")):
        file = f"{_FOLDER}/{path.name}"
        name = _NAME.fullmatch(path.name)
        if not name:
            raise DefinitionError(file, "", "is not named as a notice: write KIND.LANGUAGE.txt")
        if name[2] not in LANGUAGES:
            raise DefinitionError(file, "", f"there is no language {name[2]!r}; known: {', '.join(LANGUAGES)}")
        try:
            found[name[1], name[2]] = _text(file, path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as problem:
            raise DefinitionError(file, "", f"cannot be read: {problem}") from None
    return found


def placeholders(file: str, key: str, text: str) -> Iterator[str]:
    """The names in braces.

    Raises:
        DefinitionError: something else than a plain name stands in them.
    """
    try:
        for _literal, name, form, conversion in Formatter().parse(text):
            if name is None:
                continue
            if form or conversion or not _PLACEHOLDER.fullmatch(name):
                raise ValueError("a placeholder is a plain {name}")  # noqa: TRY301 - one kind of no
            yield name
    except ValueError as problem:
        raise DefinitionError(
            file, key, f"is not understood: {problem}; a brace of your own is written twice"
        ) from None


def check_notices(programme: Programme) -> None:
    """Refuse a text that speaks of what is not always known when its notice is sent.

    Raises:
        DefinitionError: it does, or holds something else than plain placeholders.
    """
    senders = _senders(programme)
    for (kind, language), text in programme.notices.items():
        file = f"{_FOLDER}/{kind}.{language}.txt"
        for key, part in (("subject", text.subject), ("body", text.body)):
            for name in placeholders(file, key, part):
                if name not in COMMON:
                    _check_known(file, key, name, senders.get(kind, {}))


def _text(file: str, text: str) -> NoticeText:
    subject, _, rest = text.partition("\n")
    blank, _, body = rest.partition("\n")
    if not subject.startswith(_SUBJECT):
        raise DefinitionError(file, "subject", f"is missing: the first line is '{_SUBJECT} …'")
    if blank.strip():
        raise DefinitionError(file, "body", "begins after an empty line")
    parts = {"subject": subject.removeprefix(_SUBJECT).strip(), "body": body.strip()}
    for key, part in parts.items():
        if not part:
            raise DefinitionError(file, key, "must not be empty")
    return NoticeText(**parts)


def _senders(programme: Programme) -> dict[str, dict[str, _Fields]]:
    """For each kind what sends it, with the fields that it brings."""
    found: dict[str, dict[str, _Fields]] = {}
    for lifecycle in programme.lifecycles.values():
        for trigger in lifecycle.triggers.values():
            for move in trigger.moves.values():
                for notice in move.notices:
                    found.setdefault(notice.kind, {})[trigger.name] = trigger.form.fields
        for kind in _sent_by_deadlines(lifecycle):
            found.setdefault(kind, {})["a deadline"] = {}
    return found


def _sent_by_deadlines(lifecycle: Lifecycle) -> Iterator[str]:
    for deadline in lifecycle.deadlines.values():
        for notices in deadline.notices.values():
            yield from (notice.kind for notice in notices)


def _check_known(file: str, key: str, name: str, senders: Mapping[str, _Fields]) -> None:
    for sender, fields in senders.items():
        field = fields.get(name)
        if field is None:
            always = [*COMMON, *(other for other, known in fields.items() if not _why_not(known))]
            why = f"{sender}, which sends this notice, does not know it; it knows {', '.join(always)}"
        else:
            why = _why_not(field)
        if why:
            raise DefinitionError(file, key, f"{{{name}}} cannot be told: {why}")


def _why_not(field: Field) -> str:
    """Why a field cannot stand in a notice, or nothing."""
    if field.sensitive:
        return "it is sensitive"
    if field.kind.name in _NOT_TOLD:
        return f"no sentence holds {field.kind.says(field.arguments)}"
    return "" if field.required or field.default else "it may be left out"
