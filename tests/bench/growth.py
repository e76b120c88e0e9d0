"""A database with few activities and one with many, in turn: what filing costs, and the first page of every listing."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from poller.filing.facts import Project, User
from poller.filing.judged import Judged
from poller.settings import DatabaseSettings
from poller.storage import cards
from poller.storage.database import open_database
from poller.storage.deliveries import Place
from poller.storage.directory import Asked, look_up
from poller.storage.documents import Document
from poller.storage.listing import ActivityFilter, MessageFilter, list_activities, list_messages
from tests.bench.contestants import prepare_mailfiler
from tests.bench.figures import Figure, keep, options, table
from tests.bench.filled import USERS, Filled, fill
from tests.bench.measure import cost_of
from tests.bench.race import Course, course
from tests.bench.stock import STOCKS, Stock, stock
from tests.servers import postgresql
from tests.storage import making

ONCE = "mailfiler once, a message"
FILING = "of it the ledger alone"
_MESSAGES = 500  # small ones, new in each round
_BATCH, _BATCHES = 50, 4
_PAGE = 20  # so many there are of everything in the small database, too
_ASKED = 5  # times a round
_MOST = 1.3
_SETTINGS = """\
FILING_ADDRESS=mycompany@in.example.com
ACTIVITY_TYPE=E-mail
ACTIVITY_STATUS=done
IMAP_HOST=127.0.0.1
IMAP_USERNAME=nobody
IMAP_PASSWORD=nothing
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A filled database, and the folder whose settings name it."""

    filled: Filled
    folder: Path

    @property
    def size(self) -> int:
        return self.filled.activities

    @property
    def url(self) -> str:
        return self.filled.settings.url or f"sqlite:///{self.folder / 'mailfiler.db'}"

    def command(self, words: str) -> list[str]:
        return [sys.executable, "-m", "poller", "--settings", str(self.folder / "settings.env"), *words.split()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Stock):
    """The messages of one round: what was filed before would be a copy."""

    number: int

    def sources(self) -> list[Path]:
        first = self.number * _MESSAGES
        return Stock.sources(self)[first : first + _MESSAGES]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, by what took them and the number of activities there were."""

    kept: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def noting(self, what: str, activities: int, times: int = 1) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.note(what, activities, (time.perf_counter() - began) * 1000 / times)

    def note(self, what: str, activities: int, milliseconds: float) -> None:
        self.kept[what, activities].append(milliseconds)

    def of(self, what: str, activities: int) -> float:
        return median(self.kept[what, activities])

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(what for what, _ in self.kept))


def main() -> None:
    parser = options("growth", __doc__, rounds=7)
    parser.add_argument("--activities", type=int, nargs=2, default=[1_000, 1_000_000], metavar=("FEW", "MANY"))
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    chosen = parser.parse_args()
    times, sizes = Times(), chosen.activities
    with ExitStack() as stack:
        server = stack.enter_context(postgresql.running()) if chosen.database == "postgresql" else None
        where = stack.enter_context(course())
        kept = stock("small", _MESSAGES * chosen.rounds, STOCKS)
        grown = [stack.enter_context(_grown(size, server)) for size in sizes]
        for number in range(chosen.rounds):
            for one in grown:
                _file_with_everything(one, _part(kept, number), where, times)
                measure(one, number, times)
            print(f"round {number + 1} of {chosen.rounds}", file=sys.stderr)
    title = f"growth: {chosen.database}, medians of {chosen.rounds}"
    rows = []
    for what in times.kinds:
        few, many = (times.of(what, size) for size in sizes)
        rows.append((what, f"{few:.2f}", f"{many:.2f}", f"{many / few:.2f}"))
    table(title, ("ms", *(f"{size:,}" for size in sizes), f"×, at most {_MOST}"), rows, left={0})
    keep("growth", title, figures(times, sizes), chosen.json)


def _part(kept: Stock, number: int) -> Part:
    return Part(**{one.name: getattr(kept, one.name) for one in fields(kept)}, number=number)


@contextmanager
def _grown(size: int, server: postgresql.Postgresql | None) -> Iterator[Grown]:
    with TemporaryDirectory(prefix="growth-") as folder:
        url = server.migrated() if server else None
        began = time.monotonic()
        settings = DatabaseSettings(path=None if url else Path(folder) / "mailfiler.db", url=url)
        grown = Grown(filled=fill(settings, size), folder=Path(folder))
        print(f"{size:,} activities in {time.monotonic() - began:.0f} s", file=sys.stderr)
        file = grown.folder / "settings.env"
        file.touch(mode=0o600)
        file.write_text(f"{_SETTINGS}DATABASE_URL={grown.url}\n")
        yield grown


def measure(grown: Grown, number: int, times: Times) -> None:
    """One round: mail is filed, each listing asked for here, and as a whole command."""
    with open_database(grown.filled.settings).connection_context():
        _file(grown, number, times)
        for what, ask in listings(grown.filled).items():
            for _ in range(_ASKED):
                with times.noting(f"{what}, first page", grown.size):
                    ask()
    for name, words in commands(grown.filled).items():
        cost = cost_of(grown.command(words), grown.folder)
        times.note(f"mailfiler {name}", grown.size, cost.seconds * 1000)
        times.note(f"mailfiler {name}, its CPU", grown.size, cost.cpu_seconds * 1000)


def _file_with_everything(grown: Grown, part: Part, where: Course, times: Times) -> None:
    """From a mailbox: fetched, read, authenticated, stored and settled, the start included."""
    with where.race(part, {"DATABASE_URL": grown.url}) as race:
        command = prepare_mailfiler(race)
        os.sync()
        cost = cost_of(command, race.folder)
    times.note(ONCE, grown.size, cost.seconds * 1000 / _MESSAGES)
    times.note(f"{ONCE}, its CPU", grown.size, cost.cpu_seconds * 1000 / _MESSAGES)


def _file(grown: Grown, number: int, times: Times) -> None:
    """Small messages by the ledger, as a poll does it: begun, looked up, decided and settled, batch by batch."""
    filled = grown.filled
    first = filled.messages + number * _BATCH * _BATCHES + 1
    ledger = making.make_ledger(making.open_view(uidnext=first), {"": filled.kind})
    for start in range(first, first + _BATCH * _BATCHES, _BATCH):
        batch = [_message(filled, uid) for uid in range(start, start + _BATCH)]
        asked = [_asked(filled, one) for one in batch]
        with times.noting(FILING, grown.size, _BATCH):
            ledger.begin([(one.fetched, one.source_sha256) for one in batch], filled.last, sources_kept=True)
            look_up(asked)
            ledger.commit(batch, filled.last)
            ledger.settle(
                [one.fetched.ref.uid for one in batch],
                Place(folder="Filed", uidvalidity=7, uids={one.fetched.ref.uid: one.fetched.ref.uid for one in batch}),
                filled.last,
            )


def _message(filled: Filled, uid: int) -> Judged:
    user, row = uid % USERS + 1, uid % filled.customers + 1
    owner = User(id=user, name=f"Name {user}", address=f"{user}@acme.example")
    project = Project(id=uid % filled.projects + 1, number="", name="", state="open", customer=None)
    people = (making.as_person(owner), making.person(f"{row}@customer.example", contact_id=row), *making.people(1))
    draft = making.draft(
        owner,
        project,
        read=making.message(f"new {uid}", text="The offer for the piling at the quay, with drawings. " * 40),
        date=filled.last,
        delivered_at=filled.last,
        participants=people,
        files=(making.file(f"new {uid}.pdf"),) if uid % 4 == 0 else (),
    )
    return making.to_file(uid, draft)


def _asked(filled: Filled, one: Judged) -> Asked:
    keys = {person.key for person in one.draft.participants} if one.draft else set()
    number = str(1001 + one.fetched.ref.uid % filled.projects)
    return Asked(organization_id=filled.kind.organization_id, keys=keys, numbers={number})


def listings(filled: Filled) -> Mapping[str, Callable[[], object]]:
    ours, recent = filled.kind.organization_id, filled.last - timedelta(hours=2)
    wanted: dict[str, dict[str, Any]] = {
        "activities": {},
        "activities of an organization": {"organization": ours},
        "activities of a project": {"project": 1},
        "activities of a customer": {"customer": 1},
        "activities of a user": {"user": 2},
        "activities since two hours": {"since": recent},
        "activities since ever": {"since": filled.last - 2 * filled.activities * timedelta(seconds=30)},
        "activities of a user since two hours": {"user": 2, "since": recent},
        "activities of a user on a project": {"user": 2, "project": 1},
        "activities of a user with a customer": {"user": 2, "customer": 1},
    }
    return {
        **{name: partial(_first, ActivityFilter(**one)) for name, one in wanted.items()},
        "messages": lambda: list(list_messages(MessageFilter(), _PAGE)),
        "messages that were refused": lambda: list(list_messages(MessageFilter(outcome="rejected"), _PAGE)),
        "messages refused for a reason": lambda: list(list_messages(MessageFilter(reason="no-user"), _PAGE)),
        "a project's card": lambda: cards.project_card(1),
        "a customer's card": lambda: cards.customer_card(1),
    }


def _first(wanted: ActivityFilter) -> list[Document]:
    return list(list_activities(wanted, _PAGE))


def commands(filled: Filled) -> Mapping[str, str]:
    since = (filled.last - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    filters = {"": "", " --project": "1001", " --customer": "k1", " --user": "2@acme.example", " --since": since}
    return {
        **{f"activities{name}": f"activities{name} {value} --limit {_PAGE}" for name, value in filters.items()},
        "messages": f"messages --limit {_PAGE}",
        "messages --outcome": f"messages --outcome rejected --limit {_PAGE}",
        "project": "project 1001",
        "customer": "customer k1",
    }


def figures(times: Times, sizes: Sequence[int]) -> list[Figure]:
    found = []
    for what in times.kinds:
        found += [Figure(name=f"{what}, {size:,}", value=times.of(what, size), unit="ms") for size in sizes]
        few, many = (times.of(what, size) for size in sizes)
        found.append(Figure(name=f"{what}, many/few", value=many / few, unit="×", most=_MOST))
    return found


if __name__ == "__main__":
    main()
