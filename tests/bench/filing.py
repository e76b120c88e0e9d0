"""A mailbox filed by mailfiler and taken out by its peers, in turn, each time a fresh one; only if it is complete."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.bench.contestants import Contestant, contestants
from tests.bench.figures import document as document_of
from tests.bench.figures import options, table
from tests.bench.measure import Cost, FailedRunError, cost_of
from tests.bench.profile import profiled
from tests.bench.race import Course, course
from tests.bench.stock import STOCKS, Stock, stock
from tests.bench.workload import WORKLOADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of one contestant: each round's cost."""

    name: str
    does: str
    costs: Sequence[Cost]

    @property
    def seconds(self) -> float:
        return median(cost.seconds for cost in self.costs)

    @property
    def peak(self) -> int:
        return max(cost.peak for cost in self.costs)


def main() -> None:
    chosen = _arguments()
    kept = stock(chosen.workload, chosen.messages, chosen.stocks)
    taking_part = [_found(name) for name in chosen.contestants.split(",")]
    with course() as where:
        results = compete(taking_part, kept, where, rounds=chosen.rounds, settings=_pairs(chosen.set))
        stages = profiled(kept, where) if chosen.profile else {}
    show(kept, results, stages)
    if chosen.json:
        chosen.json.write_text(json.dumps(document(kept, results, stages), indent=1) + "\n")


def compete(
    taking_part: Sequence[Contestant], kept: Stock, where: Course, *, rounds: int, settings: Mapping[str, str]
) -> list[Result]:
    """Every round has each of them once, so that a machine that slows down does so for all."""
    costs: dict[str, list[Cost]] = {one.name: [] for one in taking_part}
    for number in range(rounds):
        for one in taking_part:
            cost = run(one, kept, where, settings)
            costs[one.name].append(cost)
            rate = kept.messages / cost.seconds
            print(f"round {number + 1}: {one.name} {cost.seconds:.2f} s, {rate:.0f} messages/s", file=sys.stderr)
    return [Result(name=one.name, does=one.does, costs=costs[one.name]) for one in taking_part]


def run(one: Contestant, kept: Stock, where: Course, settings: Mapping[str, str]) -> Cost:
    with where.race(kept, settings) as race:
        command = one.prepare(race)
        os.sync()  # what others wrote is no part of it
        cost = cost_of(command, race.folder)
        if missing := one.missing(race):
            raise FailedRunError(f"{one.name} did not take all of {kept.name}: {missing}")
        return cost


def show(kept: Stock, results: Sequence[Result], stages: Mapping[str, float]) -> None:
    first = results[0]
    rows = []
    for one in results:
        cpu = median(cost.cpu_seconds for cost in one.costs) / kept.messages
        rows.append(
            (
                one.name,
                f"{one.seconds:.2f}",
                f"{kept.messages / one.seconds:,.0f}",
                f"{cpu * 1000:.1f}",
                f"{one.peak / 2**20:.0f}",
                "" if one is first else f"{one.seconds / first.seconds:.2f} × as fast",
            )
        )
    title = f"{kept.name} messages, {kept.octets / 1e6:,.0f} MB, medians of {len(first.costs)}"
    table(title, ("", "seconds", "a second", "CPU ms each", "peak MiB", f"{first.name} is"), rows, left={0})
    for one in results:
        print(f"{one.name:15} {one.does}")
    for stage, seconds in stages.items():
        print(f"{stage:28} {seconds / kept.messages * 1000:7.2f} ms a message")


def document(kept: Stock, results: Sequence[Result], stages: Mapping[str, float]) -> dict[str, object]:
    """For `scripts/bench compare` and `chart`."""
    first = results[0]
    return document_of("filing", kept.name) | {
        "messages": kept.messages,
        "octets": kept.octets,
        "results": {
            one.name: {
                "messages_per_second": kept.messages / one.seconds,
                "peak": one.peak,
                "runs": [asdict(cost) for cost in one.costs],
            }
            for one in results
        },
        # How many times as fast the first is as the second.
        "ratios": {f"{first.name}/{one.name}": one.seconds / first.seconds for one in results[1:]},
        "stages": {stage: seconds / kept.messages for stage, seconds in stages.items()},
    }


def _found(name: str) -> Contestant:
    known = contestants()
    if name not in known:
        raise SystemExit(f"Nobody is called {name}: there are {', '.join(known)}.")
    if not (needed := known[name].needed) or not needed.exists():
        raise SystemExit(f"{name} is not installed: scripts/bench --install-peers")
    return known[name]


def _pairs(lines: Sequence[str]) -> dict[str, str]:
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def _arguments() -> argparse.Namespace:
    there = [name for name, one in contestants().items() if one.needed and one.needed.exists()]
    parser = options("filing", __doc__, rounds=5)
    parser.add_argument("--workload", choices=sorted(WORKLOADS), default="mixed")
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--contestants", default=",".join(there), metavar="NAME,…", help="default: all installed")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of mailfiler's")
    parser.add_argument("--profile", action="store_true", help="one more run, with the time of each stage")
    parser.add_argument("--stocks", type=Path, default=STOCKS, help="the folder where workloads are kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
