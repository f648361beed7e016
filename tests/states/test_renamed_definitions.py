"""No name of a state or trigger stands in code: with every one renamed, the renamed scenarios hold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from csp_workflow.bootstrap import judge_of
from csp_workflow.rules.engine import Judge, order_rule
from csp_workflow.scenarios import files, runner
from csp_workflow.scenarios.files import Scenario, Step
from tests.states.folders import SHIPPED_FOLDER, copied, write_toml

SCENARIOS = Path(__file__).parents[1] / "acceptance" / "scenarios"
FILES = files.find([SCENARIOS])
LIFECYCLES = [path.parent.name for path in sorted(SHIPPED_FOLDER.glob("*/lifecycle.toml"))]
LANGUAGES = [path.name.split(".")[1] for path in sorted(SHIPPED_FOLDER.glob("rules.*.toml"))]

Table = dict[str, Any]


def read(path: Path) -> Table:
    """A file of definitions."""
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def old_names(part: str) -> list[str]:
    """All states or all triggers of the shipped lifecycles."""
    tables = [read(SHIPPED_FOLDER / name / "lifecycle.toml")[part] for name in LIFECYCLES]
    return sorted({name for table in tables for name in table})


STATES = {name: f"place_{number}" for number, name in enumerate(old_names("state"), 1)}
TRIGGERS = {name: f"deed_{number}" for number, name in enumerate(old_names("trigger"), 1)}
RULES = {order_rule(name): order_rule(new) for name, new in TRIGGERS.items()}


def renamed_keys(table: Mapping[str, Any], names: Mapping[str, str]) -> Table:
    """The same table under new names."""
    return {names[key]: value for key, value in table.items()}


def renamed_ask(ask: Table) -> Table:
    """One line of a requirements view."""
    result = dict(ask)
    for key in ("of", "trigger"):
        if key in ask:
            result[key] = TRIGGERS[ask[key]]
    if "triggers" in ask:
        result["triggers"] = [TRIGGERS[name] for name in ask["triggers"]]
    for key in ("after", "rules"):
        if key in ask:
            result[key] = [RULES.get(name, name) for name in ask[key]]
    return result


def renamed_state(state: Table) -> Table:
    """One state."""
    asks = {"asks": [renamed_ask(ask) for ask in state["asks"]]} if "asks" in state else {}
    return {**state, **asks}


def renamed_by_state(table: Table) -> Table:
    """A trigger or a deadline: guards, effects and notices may be given by state."""
    by_state = {
        key: renamed_keys(table[key], STATES)
        for key in ("guards", "effects", "notices")
        if isinstance(table.get(key), Mapping)
    }
    return {**table, **by_state}


def renamed_trigger(trigger: Table) -> Table:
    """One trigger."""
    moves = {STATES[source]: STATES.get(target, target) for source, target in trigger["moves"].items()}
    return {**renamed_by_state(trigger), "moves": moves}


def renamed_deadline(deadline: Table) -> Table:
    """One kind of deadline."""
    fires = {STATES[state]: TRIGGERS[trigger] for state, trigger in deadline.get("fires", {}).items()}
    return {**renamed_by_state(deadline), **({"fires": fires} if fires else {})}


def renamed_lifecycle(lifecycle: Table) -> Table:
    """A whole lifecycle."""
    return {
        **lifecycle,
        "state": {STATES[name]: renamed_state(state) for name, state in lifecycle["state"].items()},
        "trigger": {TRIGGERS[name]: renamed_trigger(trigger) for name, trigger in lifecycle["trigger"].items()},
        "deadline": {name: renamed_deadline(deadline) for name, deadline in lifecycle.get("deadline", {}).items()},
    }


def renamed_titles(titles: Table) -> Table:
    """What states and triggers are called on a screen."""
    return {
        **titles,
        "state": renamed_keys(titles["state"], STATES),
        "trigger": renamed_keys(titles["trigger"], TRIGGERS),
    }


def renamed_folder(folder: Path) -> Path:
    """A copy of the shipped definitions with every state and every trigger renamed."""
    states = copied(folder)
    for name in LIFECYCLES:
        path = states / name / "lifecycle.toml"
        path.write_text(write_toml(renamed_lifecycle(read(path))), encoding="utf-8")
    for language in LANGUAGES:
        titles, rules = states / f"titles.{language}.toml", states / f"rules.{language}.toml"
        titles.write_text(write_toml(renamed_titles(read(titles))), encoding="utf-8")
        wordings = {RULES.get(name, name): wording for name, wording in read(rules).items()}
        rules.write_text(write_toml(wordings), encoding="utf-8")
    return states


def renamed_step(step: Step) -> Step:
    """One step of a scenario with all that it expects."""
    expect = dict(step.expect)
    for key in ("refused_by", *files.LISTS):
        if key in expect:
            expect[key] = [RULES.get(rule, rule) for rule in expect[key]]
    if "state" in expect:
        expect["state"] = STATES[expect["state"]]
    name = TRIGGERS.get(step.name, step.name) if step.action == "do" else step.name
    return replace(step, name=name, expect=expect)


def renamed_scenario(path: Path) -> Scenario:
    """A scenario that speaks of the renamed definitions."""
    scenario = files.read(path)
    return replace(scenario, steps=tuple(map(renamed_step, scenario.steps)))


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The judge of the renamed definitions."""
    return judge_of(states=renamed_folder(tmp_path_factory.mktemp("renamed")))


def test_every_state_and_trigger_of_both_lifecycles_is_renamed(judge: Judge) -> None:
    lifecycles = judge.programme.lifecycles.values()
    assert {name for lifecycle in lifecycles for name in lifecycle.states} == set(STATES.values())
    assert {name for lifecycle in lifecycles for name in lifecycle.triggers} == set(TRIGGERS.values())
    assert len(STATES) == len(set(STATES.values())) == 19
    assert len(TRIGGERS) == len(set(TRIGGERS.values())) == 33


def test_renaming_changes_nothing_but_names(judge: Judge) -> None:
    shipped = judge_of(states=SHIPPED_FOLDER).programme
    for name, lifecycle in shipped.lifecycles.items():
        moves = [(TRIGGERS[move.trigger], STATES[move.source], STATES[move.target]) for move in lifecycle.moves()]
        renamed = judge.programme.lifecycles[name]
        assert [(move.trigger, move.source, move.target) for move in renamed.moves()] == moves
        assert [move.guards for move in renamed.moves()] == [move.guards for move in lifecycle.moves()]


def test_there_are_scenarios_to_run() -> None:
    assert len(FILES) > 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SCENARIOS).with_suffix("").as_posix())
def test_the_renamed_scenario_holds(path: Path, judge: Judge) -> None:
    assert runner.run(renamed_scenario(path), judge).differences == ()
