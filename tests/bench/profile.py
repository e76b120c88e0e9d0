"""Where mailfiler's time goes, by room: one more run of it, in one thread as far as the profiler sees."""

from __future__ import annotations

import pstats
import sys
from collections import Counter
from pathlib import Path

import poller
from tests.bench.contestants import prepare_mailfiler
from tests.bench.measure import cost_of
from tests.bench.race import Course
from tests.bench.stock import Stock

_ROOT = Path(poller.__file__).parent


def profiled(kept: Stock, where: Course) -> dict[str, float]:
    """Room or package -> seconds in its own functions and the built-in ones that they call, the most first."""
    with where.race(kept) as race:
        words = list(prepare_mailfiler(race))[3:]
        target = race.folder / "profile"
        cost_of([sys.executable, "-m", "cProfile", "-o", target, "-m", "poller", *words], race.folder)
        return dict(_by_room(pstats.Stats(str(target))).most_common(20))


def _by_room(stats: pstats.Stats) -> Counter[str]:
    rooms: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file != "~":
            rooms[_room(file)] += own
            continue
        for (caller, _, _), (_, _, theirs, _) in callers.items():
            rooms[_room(caller)] += theirs
    return rooms


def _room(file: str) -> str:
    path = Path(file)
    if path.is_relative_to(_ROOT):
        return "poller." + path.relative_to(_ROOT).parts[0].removesuffix(".py")
    _, packages, inside = file.partition("site-packages/")
    return inside.partition("/")[0].removesuffix(".py") if packages else "Python"
