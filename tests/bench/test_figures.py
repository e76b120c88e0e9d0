from __future__ import annotations

import json

import pytest

from tests.bench.figures import Figure, table, tell


@pytest.mark.parametrize(
    ("bounds", "aim", "verdict"),
    [
        ({}, "", ""),
        ({"most": 5}, "≤ 5", "yes"),
        ({"most": 4.9}, "≤ 4.9", "NO"),
        ({"least": 5}, "≥ 5", "yes"),
        ({"least": 5.1}, "≥ 5.1", "NO"),
    ],
)
def test_a_figure_meets_its_aim_or_not(bounds, aim, verdict):
    one = Figure(name="poll", value=5.0, unit="ms", **bounds)
    assert (one.aim, one.verdict) == (aim, verdict)


def test_no_line_is_broken_where_nobody_looks(capsys):
    table("title", ("", "one"), [("name " * 40, "1")], left={0})
    assert any(line.split() == ["name"] * 40 + ["1"] for line in capsys.readouterr().out.splitlines())


def test_figures_are_told_as_a_table_and_as_json(tmp_path, capsys):
    tell("polls", "sdbox", [Figure(name="poll", value=1_234.5, unit="ms", most=5)], tmp_path / "told.json")
    assert "1,234.50 ms ≤ 5 NO" in " ".join(capsys.readouterr().out.split())
    told = json.loads((tmp_path / "told.json").read_text())
    assert (told["benchmark"], told["figures"]) == ("polls", {"poll": {"value": 1234.5, "unit": "ms", "aim": "≤ 5"}})
