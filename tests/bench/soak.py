"""A service for as long as one likes, that looks into its mailbox all the while and files what comes: what grows in it.

The most is what a year of it may cost, were it to go on like that: nothing that keeps growing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from tests.bench import service
from tests.bench.figures import Figure, options, tell
from tests.bench.measure import memory_of_all
from tests.bench.race import course
from tests.bench.service import Service
from tests.bench.stock import STOCKS, stock

_MIB = 1 << 20
_LOOKS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The service at a moment: octets, open descriptors, threads."""

    memory: int
    descriptors: int
    threads: int


def main() -> None:
    parser = options("soak", __doc__, rounds=1)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--messages", type=int, default=2_000, help="of the mixed workload, spread over the time")
    parser.add_argument("--interval", default="1s", help="POLL_INTERVAL")
    parser.add_argument("--stocks", type=Path, default=STOCKS, help="the folder where workloads are kept")
    chosen = parser.parse_args()
    kept = stock("mixed", chosen.messages, chosen.stocks)
    with (
        course() as where,
        where.race(kept, {"POLL_INTERVAL": chosen.interval}, empty=True) as race,
        service.running(race) as served,
    ):
        looks = soaked(served, kept.sources(), race.user.maildir / "new", chosen.minutes * 60)
    figures = [
        Figure(name="memory at the end", value=looks[-1].memory / _MIB, unit="MiB", most=150),
        Figure(name="memory grown", value=grown([look.memory for look in looks]) / _MIB, unit="MiB", most=2),
        Figure(name="descriptors more", value=grown([look.descriptors for look in looks]), unit="", most=0),
        Figure(name="threads more", value=grown([look.threads for look in looks]), unit="", most=0),
    ]
    tell("soak", f"{chosen.minutes:g} minutes, {chosen.messages} messages", figures, chosen.json)


def soaked(served: Service, sources: list[Path], inbox: Path, seconds: float) -> list[Look]:
    """The messages, evenly over the time -> the service at moments as evenly, each while it waits."""
    places = [len(sources) * number // _LOOKS for number in range(_LOOKS + 1)]
    looks = []
    for first, end in pairwise(places):
        for source in sources[first:end]:
            os.link(source, inbox / source.name)
            time.sleep(seconds / len(sources))
        served.await_settled(end)
        looks.append(look(served.pid))
        print(f"{end}: {looks[-1]}", file=sys.stderr)
    return looks


def grown(values: Sequence[int]) -> float:
    """From the second quarter to the last one: at first much is imported, and a poll under way has files open."""
    quarter = len(values) // 4
    return median(values[-quarter:]) - median(values[quarter : 2 * quarter])


def look(pid: int) -> Look:
    process = Path(f"/proc/{pid}")
    return Look(
        memory=memory_of_all(pid),
        descriptors=len(list((process / "fd").iterdir())),
        threads=len(list((process / "task").iterdir())),
    )


if __name__ == "__main__":
    main()
