"""Bounds of CPU time that hold on any machine: a second is what it is on one that does our stint in `_USUAL`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = 0.04


@contextmanager
def cpu_within(seconds: float) -> Iterator[None]:
    """Fails where more is spent within it. Only then the machine is asked how slow it is."""
    began = time.process_time()
    yield
    spent = time.process_time() - began
    assert spent < seconds or spent < seconds * slowness(), f"{spent:.2f} s of CPU"


def slowness() -> float:
    """How many times as long as usual this machine takes at present; 1 where it is as fast, or faster."""
    began = time.process_time()
    for _ in range(40):
        len({str(number).encode(): number for number in range(5_000)})
    return max(1, (time.process_time() - began) / _USUAL)
