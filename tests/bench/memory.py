"""The most memory that all processes have together: for an office's mail, and for 50 MiB that come to a service.

What processes share counts once. Of the service, what it has while it waits is subtracted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench import service
from tests.bench.contestants import missing_in_mailfiler, prepare_mailfiler
from tests.bench.figures import Figure, options, tell
from tests.bench.measure import FailedRunError, cost_of, memory_of_all, peaks_of
from tests.bench.race import Course, course
from tests.bench.stock import STOCKS, Stock, stock
from tests.bench.workload import small

_MIB = 1 << 20


def main() -> None:
    parser = options("memory", __doc__, rounds=3)
    parser.add_argument("--messages", type=int, default=1_000, help="of the mixed workload")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of mailfiler's")
    parser.add_argument("--stocks", type=Path, default=STOCKS, help="the folder where workloads are kept")
    chosen = parser.parse_args()
    office, large = stock("mixed", chosen.messages, chosen.stocks), stock("large", 1, chosen.stocks)
    settings = dict(line.split("=", 1) for line in chosen.set)
    of_office, waiting, above = [], [], []
    with course() as where:
        for number in range(chosen.rounds):
            of_office.append(peak_of(office, where, settings))
            idle, most = around(large, where, settings)
            waiting.append(idle)
            above.append(most - idle)
            mib = [f"{one[-1] / _MIB:.0f}" for one in (of_office, waiting, above)]
            print(f"round {number + 1}: {', '.join(mib)} MiB", file=sys.stderr)
    figures = [
        Figure(name=office.name, value=max(of_office) / _MIB, unit="MiB", most=150),
        Figure(name="a service that waits", value=max(waiting) / _MIB, unit="MiB"),
        Figure(name="50 MiB come to it: above that", value=max(above) / _MIB, unit="MiB", most=64),
    ]
    tell("memory", " ".join(["the most of", str(chosen.rounds), *chosen.set]), figures, chosen.json)


def peak_of(kept: Stock, where: Course, settings: Mapping[str, str]) -> int:
    with where.race(kept, settings) as race:
        cost = cost_of(prepare_mailfiler(race), race.folder)
        if missing := missing_in_mailfiler(race):
            raise FailedRunError(f"not all of {kept.name} was filed: {missing}")
        return cost.peak


def around(kept: Stock, where: Course, settings: Mapping[str, str]) -> tuple[int, int]:
    """Octets of memory while the service waits, and the most while it files what is in stock."""
    with where.race(kept, settings, empty=True) as race, service.running(race) as served:
        for number, letter in enumerate(small(3), start=1):
            race.user.deliver(letter.source)
            served.await_settled(number)
        idle = memory_of_all(served.pid)
        with peaks_of(served.pid) as peaks:
            for path in kept.sources():
                os.link(path, race.user.maildir / "new" / path.name)
            served.await_settled(3 + kept.messages)
        # The first few were signed with a key that this DNS does not have: they were read, and quarantined.
        if served.filed() != kept.messages:
            raise FailedRunError(f"{kept.name} was not filed")
        return idle, peaks.together


if __name__ == "__main__":
    main()
