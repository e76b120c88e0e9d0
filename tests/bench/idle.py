"""From the mail server's acceptance to the committed activity: messages one by one, to a service that waits with IDLE.

Dovecot takes them by LMTP. It tells of new mail half a second late.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from smtplib import LMTP
from statistics import median

from tests.bench import service
from tests.bench.figures import Figure, options, tell
from tests.bench.race import course
from tests.bench.service import Service
from tests.bench.stock import STOCKS, stock
from tests.bench.workload import WORKLOADS
from tests.servers.dovecot import Kind

_WARMING = 3  # the first may come before IDLE does


def main() -> None:
    parser = options("idle", __doc__, rounds=1)
    parser.add_argument("--workload", choices=sorted(WORKLOADS), default="mixed")
    parser.add_argument("--messages", type=int, default=100)
    parser.add_argument("--stocks", type=Path, default=STOCKS, help="the folder where workloads are kept")
    chosen = parser.parse_args()
    kept = stock(chosen.workload, chosen.messages + _WARMING, chosen.stocks)
    taken: list[float] = []
    with course(Kind(lmtp=True)) as where:
        for _ in range(chosen.rounds):
            with (
                where.race(kept, empty=True) as race,
                LMTP("127.0.0.1", where.dovecot.lmtp_port) as line,
                service.running(race) as served,
            ):
                taken += delays(kept.sources(), line, race.user.name, served)
    figures = [
        Figure(name="median", value=median(taken), unit="s", most=0.7),
        Figure(name="nine of ten", value=sorted(taken)[len(taken) * 9 // 10], unit="s"),
        Figure(name="worst", value=max(taken), unit="s", most=1.5),
        Figure(name="best", value=min(taken), unit="s"),
    ]
    tell("idle", f"LMTP's 250 to the commit, {len(taken)} messages of {chosen.workload}", figures, chosen.json)


def delays(sources: Sequence[Path], line: LMTP, user: str, served: Service) -> list[float]:
    """Seconds, of each message but the first few."""
    chance = random.Random(5)
    found = []
    for number, source in enumerate(sources, start=1):
        line.sendmail("sender@customer0.example", [user], source.read_bytes())
        accepted = time.monotonic()
        found.append(served.await_filed(number) - accepted)
        served.await_settled(number)
        print(f"{number}: {found[-1]:.2f} s", file=sys.stderr)
        time.sleep(chance.random())  # not in step with whatever is done at intervals
    return found[_WARMING:]


if __name__ == "__main__":
    main()
