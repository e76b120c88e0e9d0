"""Every fault has a test that is named after it, or a sentence why it cannot be injected here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ELSEWHERE = {
    37: "no fault has this number",
    57: "kill -9 at every step is the crash matrix: tests/crash and scripts/crash, whose cases are the steps",
}

_NAMED = re.compile(r"^(?:async )?def test_f(\d+)_", re.MULTILINE)


@pytest.fixture(scope="module")
def named() -> set[int]:
    tests = Path(__file__).parents[1].rglob("test_*.py")
    return {int(number) for path in tests for number in _NAMED.findall(path.read_text())}


@pytest.mark.parametrize("number", range(1, 65))
def test_every_fault_has_a_test_or_a_reason(number: int, named: set[int]) -> None:
    assert (number in named) != (number in ELSEWHERE), f"F{number:02}"
