"""The benchmarks work: each is run with tiny counts, and nothing is asserted about time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.benchmarks import __main__, durable, entitlements, imports, judging, ledger, postgresql, scale, startup
from tests.benchmarks.measure import Figure, order, ratio, table, take_turns, tell
from tests.benchmarks.walks import WALK


def test_judging_is_measured_against_a_bare_trigger() -> None:
    figures = judging.measure(rounds=1, number=2)
    assert [figure.at_most for figure in figures if figure.target] == [2.5, 2.5, 8, 13, 1.1]


def test_product_raw_and_plain_code_write_the_same_rows_and_every_act_is_counted(tmp_path: Path) -> None:
    figures = durable.measure(rounds=1, cases=1, folder=tmp_path)
    statements = [figure for figure in figures if figure.unit == "statements"]
    assert len(statements) == len(WALK)
    assert all(figure.met for figure in statements)


def test_on_postgresql_all_write_the_same_rows_alone_and_beside_others() -> None:
    figures = postgresql.measure(rounds=1, cases=1, clients=2, each=1)
    assert [figure.at_least for figure in figures if figure.target] == [0.9, 2.5] * 3 + [0.45]


def test_a_long_ledger_is_measured_against_a_short_one(tmp_path: Path) -> None:
    assert len(ledger.measure(rounds=1, many=50, folder=tmp_path)) == 4


def test_entitlements_are_asked_now_and_earlier(tmp_path: Path) -> None:
    found = entitlements.measure(rounds=2, partners=2, lines=20, folder=tmp_path)
    assert [figure.unit for figure in found] == ["ms"] * 4


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
def test_an_import_is_measured_against_bare_rows_and_against_itself(tmp_path: Path) -> None:
    figures = imports.measure(rounds=1, many=60, few=30, folder=tmp_path)
    assert [(figure.at_least, figure.at_most) for figure in figures if figure.target] == [(0.35, None), (None, 1.1)]


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is read from /proc")
def test_many_cases_are_measured_against_few_and_a_sweep_against_bare_core(tmp_path: Path) -> None:
    figures = scale.measure(rounds=2, cases=300, sweeps=1, folder=tmp_path)
    assert [(figure.at_most, figure.at_least) for figure in figures if figure.target] == [
        *[(1.5, None)] * 10,
        (None, 0.3),
        (50, None),
    ]
    assert scale.sizes(1_000_000) == [10_000, 100_000, 1_000_000]


def test_many_cases_are_measured_on_postgresql() -> None:
    assert len(scale.measure(rounds=1, cases=100, postgresql=True)) == 15


@pytest.mark.skipif(sys.platform == "win32", reason="processes are timed with os.wait4")
def test_the_console_starts_beside_the_bare_programs() -> None:
    targets = [figure.at_most for figure in startup.measure(rounds=1) if figure.target]
    assert targets == [1.5] * 4 + [1.25] * 2 + [1.3] * 4


def test_a_missed_target_ends_with_1_only_when_asked_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    missed = [Figure(what="a walk", value=3, at_most=2), Figure(what="a rest", value=3, at_least=2)]
    assert (tell("Walks", missed, check=False), tell("Walks", missed, check=True)) == (0, 1)
    told = capsys.readouterr().out
    assert "MISSED" in told
    assert "met" in told


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert ratio({"a": [1.0, 2.0, 9.0], "b": [1.0, 1.0, 1.0]}, "a", "b") == 2


def test_contestants_take_turns() -> None:
    calls: list[str] = []
    take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=2, number=1)
    assert "".join(calls) == "ab" + "ab" + "ba"
    assert ["".join(order("abc", turn)) for turn in range(6)] == ["abc", "cba", "bca", "acb", "cab", "bac"]


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        __main__.main(["juding"])
    assert "juding is none of" in capsys.readouterr().err


def test_a_table_aligns_its_columns() -> None:
    lines = table([Figure(what="short", value=1), Figure(what="a longer one", value=20, at_most=30)]).splitlines()
    assert lines[2].index("20.00") + 5 == lines[1].index("1.00") + 4
