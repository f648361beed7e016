"""What processes were answered, held against what stands in the journals: every difference as a sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from tests.integration.hands import OTTO
from tests.promises.said import REFUSED, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from csp_workflow import Workflow
    from csp_workflow.model.decision import Entry

_DONE, _JUDGED = {"accepted"}, {"accepted", "refused", "StaleVersion"}
RIGHT: Mapping[str, set[str]] = {  # the answers that an act may get; a stale version only where one was expected
    **dict.fromkeys(("walk", "wrong", "both", "again"), _JUDGED),
    **dict.fromkeys(("note", "evidence", "retract", "edit", "sweep", "batch", "row"), _DONE),
    "fact": {"accepted", "StaleVersion"},
    "odds": {"accepted", "KeyReused"},
    "stale": {"StaleVersion"},
    "reuse": {"KeyReused"},
}
_BY_ITSELF = {"deadline", "kept"}  # kinds of entries that nobody signs
_WAITS = {"decline", "deauthorize", "transition_to_indirect"}  # acts after which no case of the partner applies
_YEAR = timedelta(days=364)  # surely within a wait of a year


class Journals:
    """The journals of all partners, as anybody reads them."""

    def __init__(self, workflow: Workflow, pgas: Iterable[str]) -> None:
        self.of = {pga: workflow.history(pga) for pga in pgas}
        self.cases: dict[str, list[Entry]] = defaultdict(list)  # the accepted entries of each case, in order
        self.signed: dict[str, list[Entry]] = defaultdict(list)  # the accepted entries of each act
        self.begun: Counter[str | None] = Counter()  # how many of each case's entries were there before
        self.refused: Counter[str] = Counter()
        for entry in self.entries():
            if entry.kind == REFUSED:
                self.refused[entry.actor] += 1
                continue
            if entry.ref:
                self.cases[entry.ref].append(entry)
            if entry.actor == OTTO.name:
                self.begun[entry.ref] += 1
            elif entry.kind not in _BY_ITSELF:
                self.signed[entry.actor].append(entry)

    def entries(self) -> Iterator[Entry]:
        """All entries, partner by partner."""
        return chain.from_iterable(self.of.values())


def differences(said: Sequence[Said], journals: Journals, workflow: Workflow) -> list[str]:
    """All that does not fit."""
    return [
        *_wrong_answers(said),
        *_miscounted(said, journals, workflow),
        *_misjournalled(said, journals),
        *_misfired(said, journals),
        *(f"{entry.id} applies in vain" for entries in journals.of.values() for entry in slipped_through(entries)),
    ]


def _wrong_answers(said: Iterable[Said]) -> Iterator[str]:
    for one in said:
        unasked = one.answer == "StaleVersion" and one.expected is None
        if unasked or one.answer not in RIGHT[one.what]:
            yield f"{one.by}, {one.what} about {one.about}: {one.answer} {one.clue}"


def _miscounted(said: Iterable[Said], journals: Journals, workflow: Workflow) -> Iterator[str]:
    """For every case there are as many entries as acts that were acknowledged, and its version is their number."""
    acknowledged: set[tuple[str, int | str]] = set()
    fired: Counter[str] = Counter()
    for one in said:
        acknowledged |= {(about, entry) for entry, about in one.added.items()}
        acknowledged |= {(one.about[0], one.version)} if one.version else set()
        fired.update(ref for ref, _, _ in one.fired)
    acts = Counter(about for about, _ in acknowledged)
    for ref, entries in journals.cases.items():
        numbers = len(entries), journals.begun[ref] + acts[ref] + fired[ref], workflow.case(ref).version
        if len(set(numbers)) > 1:
            yield "{}: {} entries, {} acknowledged, version {}".format(ref, *numbers)


def _misjournalled(said: Iterable[Said], journals: Journals) -> Iterator[str]:
    """An act that was acknowledged is there once, in the place of its version; any other is not there at all."""
    acts: dict[str, list[Said]] = defaultdict(list)
    for one in said:
        acts[one.by].append(one)
    yield from (f"{by} has entries and sent nothing" for by in journals.signed.keys() - acts.keys())
    places = {entry.id: place for entries in journals.cases.values() for place, entry in enumerate(entries, 1)}
    for by, answers in acts.items():
        found = journals.signed.get(by, [])
        for problem in _problems(answers, found, journals.refused[by], places):
            yield f"{by}, {problem}: {[entry.id for entry in found]} after {answers}"


def _problems(
    answers: Sequence[Said], found: Sequence[Entry], refusals: int, places: Mapping[str, int]
) -> Iterator[str]:
    """What is wrong with the entries of one act, however often it was sent."""
    done = [one for one in answers if one.accepted and one.what != "sweep"]
    added = {entry for one in done for entry in one.added}
    if len({one.mark for one in answers if one.mark}) > 1:
        yield "it was answered differently"
    if refusals != any(one.answer == REFUSED for one in answers):
        yield f"{refusals} refusals"
    if len(found) != (len(added) or bool(done)) or (added and added != {entry.id for entry in found}):
        yield "other entries than were acknowledged"
    elif any(one.version not in {None, places.get(found[0].id)} for one in done):
        yield "another version than was acknowledged"
    elif any(one.expected not in {None, places.get(found[0].id, 0) - 1} for one in done):
        yield "another version than was expected"
    if (kinds := {one.what for one in answers}) & {"odds", "row"} and not _is_once(kinds, answers):
        yield "not once"


def _is_once(kinds: set[str], answers: Sequence[Said]) -> bool:
    """Whether of two commands with one key one was done, and of two equal rows one was added."""
    if "odds" in kinds:
        return sorted(one.answer for one in answers if one.what == "odds") == ["KeyReused", "accepted"]
    return sum(len(one.added) for one in answers) == 1


def _misfired(said: Iterable[Said], journals: Journals) -> Iterator[str]:
    """Every deadline fired once, and some sweep told of it."""
    told = Counter("{} {} {}".format(*one) for each in said for one in each.fired)
    stand = Counter(
        f"{entry.ref} {entry.payload['deadline']} {entry.due_on}"
        for entries in journals.cases.values()
        for entry in entries
        if entry.kind == "deadline"
    )
    yield from (
        f"{one} fired {stand[one]} times and was told {told[one]} times" for one in (stand - told) + (told - stand)
    )
    yield from (f"{one} fired {times} times" for one, times in stand.items() if times > 1)


def slipped_through(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The applications of a partner that were accepted although it was no member, or had to wait."""
    is_member, waits_until = False, date.min
    for entry in entries:
        if entry.kind == "recorded" and entry.trigger == "membership":
            is_member = entry.payload["status"] == "active"
        elif entry.kind == "transition" and entry.trigger in _WAITS and entry.source != "deauthorized":
            waits_until = entry.at.date() + _YEAR
        elif (
            entry.kind == "transition" and entry.trigger == "apply" and (not is_member or entry.at.date() < waits_until)
        ):
            yield entry
