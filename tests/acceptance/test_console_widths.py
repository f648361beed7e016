"""On a narrow screen a table gives way where it can: keys stay whole, and no line is wider than the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.keyboard import ANNA, AT, quiet, ready, typed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("columns", [70, 80, 100, 140])
@pytest.mark.parametrize("words", [["case", "list"], ["board"]])
def test_a_list_of_cases_is_as_wide_as_the_screen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], columns: int
) -> None:
    quiet(monkeypatch, tmp_path)
    db = ["--db", ready(tmp_path / "partners.db"), "--at", AT]
    typed(*db, "case", "open", "PGA-1001", "europe", "--lifecycle", "indirect_reseller")
    typed(*db, "--as", ANNA, "step", "PGA-1001/europe", "apply")
    typed(*db, "--as", "rita:reviewer", "step", "PGA-1001/europe", "decline", "reason=x")
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = typed(*db, *words).out.splitlines()
    assert "2026-10-06" in " ".join(lines)
    assert any(line.startswith("PGA-1001/europe/indirect_reseller ") for line in lines)
    assert max(map(len, lines)) <= columns
