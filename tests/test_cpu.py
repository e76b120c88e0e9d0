"""A bound is one: it holds here, and is stretched by as much as the machine is slower."""

from __future__ import annotations

import pytest

from tests import cpu
from tests.cpu import cpu_within


def test_who_spends_more_than_is_allowed_fails(monkeypatch):
    monkeypatch.setattr(cpu, "slowness", lambda: 1)
    with pytest.raises(AssertionError, match="s of CPU"), cpu_within(0.001):
        sum(range(1_000_000))


def test_a_slow_machine_may_take_longer(monkeypatch):
    assert cpu.slowness() >= 1
    monkeypatch.setattr(cpu, "_USUAL", 1e-6)
    with cpu_within(0.001):
        sum(range(1_000_000))
