"""The rate at which mail is filed from a server that is 20 ms away, beside that of one on this machine."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from statistics import median

from tests.bench.contestants import missing_in_mailfiler, prepare_mailfiler
from tests.bench.figures import Figure, options, tell
from tests.bench.measure import FailedRunError, cost_of
from tests.bench.race import Course, course
from tests.bench.stock import STOCKS, Stock, stock
from tests.bench.workload import WORKLOADS
from tests.servers.distance import distant


def main() -> None:
    parser = options("line", __doc__, rounds=5)
    parser.add_argument("--workload", choices=sorted(WORKLOADS), default="mixed")
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--round-trip", type=float, default=20, metavar="MS")
    parser.add_argument("--stocks", type=Path, default=STOCKS, help="the folder where workloads are kept")
    chosen = parser.parse_args()
    kept = stock(chosen.workload, chosen.messages, chosen.stocks)
    near, far = [], []
    with course() as where, distant(where.dovecot.port, chosen.round_trip / 1000) as port:
        for number in range(chosen.rounds):
            near.append(rate(kept, where, where.dovecot.port))
            far.append(rate(kept, where, port))
            print(f"round {number + 1}: {near[-1]:.0f} and {far[-1]:.0f} messages/s", file=sys.stderr)
    figures = [
        Figure(name="here", value=median(near), unit="messages/s"),
        Figure(name=f"{chosen.round_trip:g} ms away", value=median(far), unit="messages/s"),
        Figure(name="away/here", value=median(far) / median(near), unit="×", least=0.8),
    ]
    tell("line", f"{kept.name} messages, medians of {chosen.rounds}", figures, chosen.json)


def rate(kept: Stock, where: Course, port: int) -> float:
    with where.race(kept) as ready:
        race = replace(ready, imap_port=port)
        cost = cost_of(prepare_mailfiler(race), race.folder)
        if missing := missing_in_mailfiler(race):
            raise FailedRunError(f"not all of {kept.name} was filed: {missing}")
        return kept.messages / cost.seconds


if __name__ == "__main__":
    main()
