"""What comes of a mailbox that is in memory, of which messages leave it, are not handed out, or break the line."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap

import pytest

from poller import arrivals as place
from poller.arrivals import Arrival, Arrivals, Group, fetched_ahead
from poller.errors import ConfigurationError, Transient
from poller.mail.message import Fetched, MessageRef
from poller.mailbox.describing import Described
from poller.mailbox.errors import Stumbled
from poller.sources import Sources
from poller.storage.disk import NoSpace
from poller.storage.files import FileStore
from tests.workplace import PATIENCE, Workplace

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Mailbox:
    """Each message is in a spool file. Those in `raising` raise when they are fetched; `silent` ones do not come."""

    uids: list[int]
    silent: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    raising: dict[int, BaseException] = field(default_factory=dict)
    deaf: BaseException | None = None
    asked: list[object] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)

    def describe(self, uids):
        if self.deaf:
            raise self.deaf
        self.asked.append(list(uids))
        return [Described(uid=uid, internal_date=ARRIVED, size=10) for uid in uids if uid in self.uids]

    def fetch(self, batch, spool, max_size):
        for message in batch:
            if error := self.raising.get(message.uid):
                raise error
            if message.uid not in self.silent | self.gone:
                yield self._one(message, spool)

    def _one(self, message, spool):
        path = spool / f"{message.uid}-x"
        path.write_bytes(b"octets %d" % message.uid)
        with path.open("rb") as file:
            source = mmap(file.fileno(), 0, access=ACCESS_READ)
        ref = MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=message.uid)
        self.fetched.append(Fetched(ref=ref, internal_date=ARRIVED, size=10, source=source, spooled=path))
        return self.fetched[-1]

    def search(self, low, high):
        if error := self.raising.get("search"):
            raise error
        return [uid for uid in self.uids if low <= uid <= high and uid not in self.gone]


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "files")


@pytest.fixture
def arrivals_of(tmp_path, store):
    settings = Workplace(folder=tmp_path).settings()

    def made(mailbox, *groups, carry_on=lambda: True):
        sources = Sources(store=store, keeps=False)
        return Arrivals(settings=settings, inbox=mailbox, sources=sources, carry_on=carry_on).of(groups)

    return made


def group(*uids, most=2, alone=False):
    return Group(uids=uids, most=most, alone=alone)


def uids_of(arrival):
    return [one.fetched.ref.uid for one in arrival.sources]


def left(store):
    return sorted(path.name for path in store.spool.iterdir())


def all_closed(mailbox):
    return all(one.source.closed for one in mailbox.fetched)


def test_groups_come_in_their_order_in_batches_of_so_many(arrivals_of):
    came = list(arrivals_of(Mailbox([1, 2, 3, 4, 5]), group(5, most=1, alone=True), group(1, 2, 3), group(4)))
    assert [(uids_of(one), one.alone) for one in came] == [([5], True), ([1, 2], False), ([3], False), ([4], False)]
    assert [one.sources[0].path.read_bytes() for one in came[:2]] == [b"octets 5", b"octets 1"]


def test_a_backlog_of_any_length_is_described_in_parts(arrivals_of, monkeypatch):
    monkeypatch.setattr(place, "_DESCRIBED_AT_ONCE", 3)
    mailbox = Mailbox([1, 2, 3, 4, 5])
    assert [uids_of(one) for one in arrivals_of(mailbox, group(1, 2, 3, 4, 5))] == [[1, 2], [3], [4, 5]]
    assert mailbox.asked == [[1, 2, 3], [4, 5]]


def test_what_is_not_described_is_gone_or_withheld(arrivals_of):
    mailbox = Mailbox([1, 3])
    mailbox.search = lambda low, high: [1, 2, 3]
    first, second = arrivals_of(mailbox, group(1, 2, 3, 4))
    assert (first.gone, [one.uid for one in first.withheld], first.sources) == ([4], [2], ())
    assert uids_of(second) == [1, 3]


def test_what_does_not_come_is_gone_or_withheld_and_the_others_are_kept(arrivals_of):
    (came,) = arrivals_of(Mailbox([1, 2, 3, 4], silent={1}, gone={4}), group(1, 2, 3, 4, most=9, alone=True))
    assert (came.gone, [one.uid for one in came.withheld], uids_of(came), came.alone) == ([4], [1], [2, 3], True)
    assert came.final


def test_nothing_more_is_asked_for_when_it_is_to_stop(arrivals_of):
    """Neither a batch nor what there is of the next ones."""
    said = iter([True, True, False, False, False])
    mailbox = Mailbox([1, 2, 3])
    came = arrivals_of(mailbox, group(1, 2, 3, most=1), group(1), carry_on=lambda: next(said))
    assert [uids_of(one) for one in came] == [[1]]
    assert mailbox.asked == [[1, 2, 3]]


@pytest.mark.parametrize("error", [Transient("away"), ConfigurationError("the password is wrong"), KeyError("a bug")])
def test_whatever_breaks_comes_after_all_that_came_before_and_is_the_end(arrivals_of, store, error):
    mailbox = Mailbox([1, 2, 3, 4, 5], raising={4: error})
    came = list(arrivals_of(mailbox, group(1, 2), group(3, 4), group(5)))
    assert [(uids_of(one), one.error) for one in came] == [([1, 2], None), ([], error)]
    assert left(store) == ["1-x", "2-x"]
    assert [one.source.closed for one in mailbox.fetched] == [False, False, True]


def test_a_mailbox_that_cannot_be_asked_is_the_only_arrival(arrivals_of):
    error = Transient("away")
    assert list(arrivals_of(Mailbox([1], deaf=error), group(1))) == [Arrival(error=error)]


def test_where_nobody_knows_what_became_of_the_missing_the_others_are_forgotten(arrivals_of, store):
    error = Transient("away")
    mailbox = Mailbox([1, 2], silent={1}, raising={"search": error})
    assert list(arrivals_of(mailbox, group(1, 2))) == [Arrival(error=error)]
    assert left(store) == []
    assert all_closed(mailbox)


def test_without_room_nothing_is_fetched(arrivals_of, monkeypatch):
    error = NoSpace("the disk is almost full")

    def full(*_: object):
        raise error

    monkeypatch.setattr(place, "make_sure_of_space", full)
    mailbox = Mailbox([1])
    assert list(arrivals_of(mailbox, group(1))) == [Arrival(error=error)]
    assert mailbox.fetched == []


def test_where_the_server_stumbles_again_and_again_what_came_is_kept_and_it_is_the_end(arrivals_of):
    error = Stumbled("away", (2, 3))
    came = list(arrivals_of(Mailbox([1, 2, 3, 4], raising={2: error}), group(1, 2, 3, most=9), group(4)))
    assert [(uids_of(one), [it.uid for it in one.withheld], one.error, one.final) for one in came] == [
        ([1], [2, 3], error, True)
    ]


def test_where_nothing_came_of_it_or_it_stumbles_before_it_is_not_the_end_of_the_matter(arrivals_of):
    error = Stumbled("away", (1, 2))
    (fetching,) = arrivals_of(Mailbox([1, 2], raising={1: error}), group(1, 2))
    (describing,) = arrivals_of(Mailbox([1, 2], deaf=error), group(1, 2))
    for came in (fetching, describing):
        assert (came.error, came.final, [one.uid for one in came.withheld]) == (error, False, [1, 2])


# Ahead


class Ended(BaseException):
    """Nothing catches it."""


def test_the_next_one_is_on_its_way_while_this_one_is_worked_on(arrivals_of):
    """Its fetching ends only when somebody works on the one before."""
    working, mailbox = threading.Event(), Mailbox([1, 2, 3])
    fetch = mailbox.fetch

    def waiting(batch, *words):
        assert batch[0].uid == 1 or working.wait(PATIENCE)
        return fetch(batch, *words)

    mailbox.fetch = waiting
    seen = []
    with closing(fetched_ahead(arrivals_of(mailbox, group(1, 2, 3, most=1)), pause=lambda: None)) as coming:
        for arrival in coming:
            working.set()
            seen += uids_of(arrival)
    assert seen == [1, 2, 3]


def test_between_two_nobody_talks_to_the_server(arrivals_of):
    mailbox, talking, pauses = Mailbox([1, 2, 3]), threading.Lock(), []
    fetch = mailbox.fetch

    def fetched(*words):
        with talking:
            yield from fetch(*words)

    def pause():
        pauses.append(talking.acquire(blocking=False))
        talking.release()

    mailbox.fetch = fetched
    with closing(fetched_ahead(arrivals_of(mailbox, group(1, 2, 3, most=1)), pause)) as coming:
        assert len(list(coming)) == 3
    assert pauses == [True] * 3


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_whoever_stops_leaves_nothing_of_what_was_not_begun_with(arrivals_of, store, taken):
    mailbox = Mailbox([1, 2, 3, 4])
    with closing(fetched_ahead(arrivals_of(mailbox, group(1, 2, 3, 4, most=1)), pause=lambda: None)) as coming:
        kept = [next(coming) for _ in range(taken)][:-1]
    assert left(store) == [f"{uid}-x" for one in kept for uid in uids_of(one)]
    assert [one.source.closed for one in mailbox.fetched] == [False] * len(kept) + [True] * (
        len(mailbox.fetched) - len(kept)
    )
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetching")]


def test_trouble_in_a_pause_leaves_nothing(arrivals_of, store):
    def pause():
        raise Transient("the server went away")

    mailbox = Mailbox([1, 2])
    coming = fetched_ahead(arrivals_of(mailbox, group(1, 2)), pause)
    with pytest.raises(Transient, match="went away"):
        next(coming)
    assert left(store) == []
    assert all_closed(mailbox)


def test_an_error_that_nobody_waits_for_any_more_is_of_no_interest(arrivals_of):
    mailbox = Mailbox([1, 2], raising={2: Ended()})
    with closing(fetched_ahead(arrivals_of(mailbox, group(1, 2, most=1)), pause=lambda: None)) as coming:
        assert uids_of(next(coming)) == [1]


def test_what_ends_the_program_ends_it_in_whatever_thread(arrivals_of):
    mailbox = Mailbox([1], raising={1: Ended()})
    with (
        pytest.raises(Ended),
        closing(fetched_ahead(arrivals_of(mailbox, group(1)), pause=lambda: None)) as coming,
    ):
        next(coming)
