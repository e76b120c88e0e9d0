"""Who looks into mail, and what is remembered of that; real batches are decided in the tests of polls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from poller import deciding as place
from poller.deciding import MANY, Deciding
from poller.errors import Transient
from poller.mail.message import Fetched, MessageRef
from poller.readers.look import Look
from poller.sources import Sources
from poller.storage.files import FileStore
from poller.storage.in_hand import InHand
from poller.storage.ledger import Begun

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Ledger:
    """Attempts are made the first time, but at those in `attempts`."""

    attempts: dict[int, int] = field(default_factory=dict)
    broken: bool = False
    given_back: list[dict[int, Begun]] = field(default_factory=list)
    epoch = SimpleNamespace(id=7, hold_before=None, first_uidnext=0)

    def begin(self, batch, _now, *, sources_kept):
        if self.broken:
            raise Transient("the database is away")
        return {fetched.ref.uid: self._begun(fetched.ref.uid) for fetched, _ in batch}

    def _begun(self, uid):
        made = self.attempts.get(uid, 1)
        return Begun(is_new=made == 1, attempts=made, poison=made > 3, may_wait=True, standing=None)

    def give_back(self, begun):
        self.given_back.append(begun)

    def commit(self, judged, _now):
        return []


@dataclass
class Pipeline:
    """Notes what is in hand at each step."""

    in_hand: InHand
    looking = None
    notes: list[tuple[str, list[int], set[int]]] = field(default_factory=list)

    def _note(self, what, incoming):
        left = self.in_hand.left()
        self.notes.append((what, [one.fetched.ref.uid for one in incoming], set(left.uids if left else ())))

    def look_all(self, incoming, look_into):
        look_into(incoming)
        self._note("look", incoming)
        return [None for _ in incoming]

    def judge_all(self, incoming, look_into, looks):
        self._note("judge without looks" if looks is None else "judge", incoming)
        return [None for _ in incoming]


class Readers:
    """Those that are `gone` answer nothing."""

    def __init__(self, *_: object, ready=True, gone=False):
        self.are_ready = ready
        self.gone = gone
        self.names = []

    def __enter__(self):
        return self

    def __exit__(self, *_: object):
        pass

    def begin(self, name, unread, path):
        self.names.append(name)
        look = Look(name, unread, path, lambda _: None)
        if not self.gone:
            look.answer(None)
        return look


@pytest.fixture
def deciding(tmp_path):
    store = FileStore(tmp_path / "files")
    in_hand = InHand(store.in_hand)
    yield Deciding(
        ledger=Ledger(),
        in_hand=in_hand,
        sources=Sources(store=store, keeps=False),
        pipeline=Pipeline(in_hand),
        now=lambda: ARRIVED,
        workers=2,
    )
    in_hand.close()


def fetched(deciding, *uids):
    """Each in a file of the spool."""
    found = []
    for uid in uids:
        path = deciding.sources.spool / f"{uid}-x"
        path.write_bytes(b"octets")
        ref = MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=uid)
        found.append(Fetched(ref=ref, internal_date=ARRIVED, size=6, source=b"octets", spooled=path))
    return found


def left(deciding):
    return sorted(path.name for path in deciding.sources.spool.iterdir())


@pytest.fixture
def started(monkeypatch):
    """The readers that were."""
    made = []
    monkeypatch.setattr(place, "Readers", lambda *words: (made.append(words), Readers())[1])
    return made


@pytest.mark.parametrize(("workers", "waiting"), [(1, 10 * MANY), (2, MANY - 1), (64, 0)])
def test_a_few_messages_are_not_worth_the_start_of_readers(deciding, started, workers, waiting):
    alone = replace(deciding, workers=workers)
    with alone.helped(waiting) as helped:
        assert helped is alone
    assert started == []


def test_a_backlog_is_read_by_as_many_readers_as_there_are_to_be(deciding, started):
    with replace(deciding, workers=3).helped(MANY) as helped:
        assert isinstance(helped.readers, Readers)
    assert started == [(None, deciding.sources.spool, 3)]


def test_where_readers_look_nothing_is_in_the_workers_hand(deciding, started):
    """From the first message on: what ends the worker then is none of them."""
    assert deciding.in_hand.left() is None
    with deciding.helped(MANY) as helped:
        assert (deciding.in_hand.left().epoch_id, deciding.in_hand.left().uids) == (7, frozenset())
        helped.decide(fetched(deciding, 1, 2))
    assert deciding.pipeline.notes == [("judge", [1, 2], set())]


def test_without_readers_all_of_a_batch_are_in_hand(deciding):
    deciding.decide(fetched(deciding, 1, 2))
    assert deciding.pipeline.notes == [("judge without looks", [1, 2], {1, 2})]
    assert deciding.in_hand.left().uids == frozenset()


def test_what_no_reader_looks_into_is_in_hand_while_the_worker_does_and_no_longer(deciding):
    replace(deciding, readers=Readers(gone=True)).decide(fetched(deciding, 1, 2))
    assert deciding.pipeline.notes == [("look", [1], {1}), ("look", [2], {2}), ("judge", [1, 2], set())]


def test_while_readers_start_the_worker_looks(deciding):
    readers = Readers(ready=False)
    replace(deciding, readers=readers).decide(fetched(deciding, 1, 2))
    assert readers.names == []


def test_what_has_ended_somebody_waits_for_readers_and_is_called_by_its_name(deciding):
    readers = Readers(ready=False)
    replace(deciding, readers=readers, ledger=Ledger({2: 2})).decide(fetched(deciding, 1, 2))
    assert readers.names == ["catchall@mail/INBOX;1/1", "catchall@mail/INBOX;1/2"]


def test_nobody_looks_into_poison(deciding):
    readers = Readers()
    replace(deciding, readers=readers, ledger=Ledger({2: 4})).decide(fetched(deciding, 1, 2))
    assert readers.names == ["catchall@mail/INBOX;1/1"]


def test_whatever_becomes_of_a_batch_its_sources_are_forgotten(deciding):
    deciding.decide(fetched(deciding, 1, 2))
    assert left(deciding) == []
    deciding.abandon(deciding.begin(deciding.sources.keep(fetched(deciding, 1, 2))))
    assert left(deciding) == []
    with pytest.raises(Transient):
        replace(deciding, ledger=Ledger(broken=True)).decide(fetched(deciding, 1, 2))
    assert left(deciding) == []


def test_what_is_abandoned_was_not_attempted(deciding):
    underway = deciding.begin(deciding.sources.keep(fetched(deciding, 1, 2)))
    deciding.abandon(underway)
    assert deciding.ledger.given_back == [underway.begun]


def failing(error):
    def fail(*_: object):
        raise error

    return fail


@pytest.mark.parametrize(("error", "given_back"), [(Transient("away"), 1), (ZeroDivisionError("a bug"), 0)])
def test_trouble_gives_attempts_back_and_a_bug_does_not(deciding, monkeypatch, error, given_back):
    monkeypatch.setattr(Ledger, "commit", failing(error))
    with pytest.raises(type(error)):
        deciding.decide(fetched(deciding, 1, 2))
    assert len(deciding.ledger.given_back) == given_back
    assert left(deciding) == []


def test_a_bug_in_handing_a_message_to_a_reader_leaves_no_sources(deciding, monkeypatch):
    monkeypatch.setattr(Readers, "begin", failing(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        replace(deciding, readers=Readers()).decide(fetched(deciding, 1, 2))
    assert left(deciding) == []
