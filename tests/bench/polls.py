"""What a poll costs in mailboxes of different sizes, in which everything is known but a few new messages or none.

They lie in Dovecot's sdbox: of a large Maildir the server itself would read the directory again. A worker looks at
everything in its first poll and then once an hour; those are measured by themselves.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from statistics import median
from threading import Event

from poller.filing.reasons import Outcome
from poller.settings import load_settings
from poller.worker import Worker, open_worker
from tests.bench.figures import Figure, keep, options, show, table
from tests.bench.known import KnownMailbox, known_mailbox
from tests.bench.measure import cost_of
from tests.bench.workload import small
from tests.servers import dovecot
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Kind

_NEW = 10
_EMPTY_POLLS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Milliseconds of one poll."""

    wall: float
    cpu: float


class Spending:
    """What each kind of poll took, by the size of the mailbox."""

    def __init__(self) -> None:
        self.all: dict[tuple[str, int], list[Spent]] = defaultdict(list)

    def note(self, kind: str, messages: int, spent: Spent) -> None:
        self.all[kind, messages].append(spent)

    def wall(self, kind: str, messages: int) -> float:
        return median(one.wall for one in self.all[kind, messages])

    def cpu(self, kind: str, messages: int) -> float:
        return median(one.cpu for one in self.all[kind, messages])


KEPT_EMPTY, KEPT_NEW = "poll, 0 new", f"poll, {_NEW} new"
FIRST, HOURLY = "first poll", "hourly poll"
ONCE_EMPTY, ONCE_NEW = "once, 0 new", f"once, {_NEW} new"
KINDS = (KEPT_EMPTY, KEPT_NEW, ONCE_EMPTY, ONCE_NEW, FIRST, HOURLY)
EVERYTHING = {FIRST, HOURLY}  # these look at all that is there


def main() -> None:
    parser = options("polls", __doc__, rounds=3)
    parser.add_argument("--messages", default="1000,100000", metavar="FEW,MANY")
    chosen = parser.parse_args()
    few, many = map(int, chosen.messages.split(","))
    spending = Spending()
    with ExitStack() as stack:
        server = stack.enter_context(dovecot.running(Kind(storage="sdbox")))
        dns = stack.enter_context(DnsServer())
        mailboxes = [stack.enter_context(known_mailbox(server, dns, messages)) for messages in (few, many)]
        new = (letter.source for letter in small(10**9, seed=11))
        for number in range(chosen.rounds):
            for mailbox in mailboxes:
                print(f"round {number + 1}: {mailbox.messages:,} messages", file=sys.stderr)
                measure_polls(mailbox, new, spending)
                measure_once(mailbox, new, spending)
    found = figures(spending, few, many)
    show_all(spending, few, many)
    show("aims", [one for one in found if one.aim])
    keep("polls", f"{few:,} and {many:,} messages known", found, chosen.json)


def measure_polls(mailbox: KnownMailbox, new: Iterator[bytes], spending: Spending) -> None:
    """In this process, over one connection."""
    settings = load_settings(mailbox.race.folder / "settings.env", {})
    with open_worker(settings, Event(), lambda _done, _total: None) as worker:
        spending.note(FIRST, mailbox.messages, spent_by(worker.poll, expected=0))
        for _ in range(_EMPTY_POLLS):
            spending.note(KEPT_EMPTY, mailbox.messages, spent_by(worker.poll, expected=0))
        for _ in range(_EMPTY_POLLS // 4):
            mailbox.add(islice(new, _NEW))
            spending.note(KEPT_NEW, mailbox.messages, spent_by(worker.poll, expected=_NEW))
        an_hour_passes(worker)
        spending.note(HOURLY, mailbox.messages, spent_by(worker.poll, expected=0))


def an_hour_passes(worker: Worker) -> None:
    worker._everything_at = None


def spent_by(poll: Callable[[], Counter[Outcome]], *, expected: int) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    outcomes = poll()
    spent = Spent(wall=(time.perf_counter() - wall) * 1000, cpu=(time.process_time() - cpu) * 1000)
    if outcomes.total() != expected:
        raise SystemExit(f"{expected} new messages, and a poll came to {dict(outcomes)}")
    return spent


def measure_once(mailbox: KnownMailbox, new: Iterator[bytes], spending: Spending) -> None:
    """As a process of its own."""
    for kind, number in ((ONCE_EMPTY, 0), (ONCE_NEW, _NEW)):
        mailbox.add(islice(new, number))
        cost = cost_of(mailbox.race.command("once"), mailbox.race.folder)
        spending.note(kind, mailbox.messages, Spent(wall=cost.seconds * 1000, cpu=cost.cpu_seconds * 1000))


def show_all(spending: Spending, few: int, many: int) -> None:
    for what, measure in (("CPU", spending.cpu), ("by the clock", spending.wall)):
        found = [(kind, measure(kind, few), measure(kind, many)) for kind in KINDS]
        rows = [
            (kind, f"{of_few:,.1f}", f"{of_many:,.1f}", f"{of_many / of_few:.2f}") for kind, of_few, of_many in found
        ]
        table(f"polls, ms {what}, medians", ("", f"{few:,} messages", f"{many:,} messages", "×"), rows, left={0})


def figures(spending: Spending, few: int, many: int) -> list[Figure]:
    found = []
    for kind in KINDS:
        most = None if kind in EVERYTHING else 1.3
        for what, measure in (("CPU", spending.cpu), ("wall", spending.wall)):
            of_few, of_many = measure(kind, few), measure(kind, many)
            limit = 5 if (kind, what) == (KEPT_EMPTY, "CPU") else None
            found += [
                Figure(name=f"{kind} of {few:,}: {what}", value=of_few, unit="ms"),
                Figure(name=f"{kind} of {many:,}: {what}", value=of_many, unit="ms", most=limit),
                Figure(name=f"{kind}: {what}, many/few", value=of_many / of_few, unit="×", most=most),
            ]
    return found


if __name__ == "__main__":
    main()
