"""What a start costs: `mailfiler --help`, and `once` on an inbox with nothing in it, each as a whole process."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.contestants import prepare_mailfiler
from tests.bench.figures import Figure, options, tell
from tests.bench.measure import Cost, cost_of
from tests.bench.race import Race, course
from tests.bench.stock import Stock

_SECONDS = {"--help": 0.3, "once": 1.0}


def main() -> None:
    chosen = options("start", __doc__, rounds=9).parse_args()
    with _place() as race:
        costs = measured(race, rounds=chosen.rounds)
    tell("start", f"medians of {chosen.rounds}", figures(costs), chosen.json)


def measured(race: Race, *, rounds: int) -> dict[str, list[Cost]]:
    """By the command's words, each once a round. The database is known, and so is the mailbox, from a run before."""
    race.run(prepare_mailfiler(race))
    costs: dict[str, list[Cost]] = {words: [] for words in _SECONDS}
    for number in range(rounds):
        for words, known in costs.items():
            known.append(cost_of(race.command(words), race.folder))
            print(f"round {number + 1}: {words} {known[-1].seconds:.2f} s", file=sys.stderr)
    return costs


def figures(costs: dict[str, list[Cost]]) -> Sequence[Figure]:
    found = []
    for words, known in costs.items():
        seconds, cpu_seconds = (median(getattr(one, name) for one in known) for name in ("seconds", "cpu_seconds"))
        found += [
            Figure(name=f"{words}, time", value=seconds, unit="s", most=_SECONDS[words]),
            Figure(name=f"{words}, CPU", value=cpu_seconds, unit="s"),
        ]
    # What a process was forked from counts as its own peak: of `--help` this would be the benchmark's.
    return [
        *found,
        Figure(name="once, peak of memory", value=max(one.peak for one in costs["once"]) / 2**20, unit="MiB"),
    ]


@contextmanager
def _place() -> Iterator[Race]:
    with TemporaryDirectory() as folder, course() as where:
        Path(folder, "new").mkdir()
        empty = Stock(name="empty", folder=Path(folder), messages=0, octets=0, attachments=(), zone={})
        with where.race(empty) as race:
            yield race


if __name__ == "__main__":
    main()
