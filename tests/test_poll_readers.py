"""Polls whose mail is read by processes of their own. On PostgreSQL the crash matrix shows the same."""

from __future__ import annotations

import os
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from models.inbound import Delivery
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.mailbox.describing import LARGE
from poller.mailbox.errors import Stumbled
from poller.mailbox.inbox import Inbox
from poller.poll import Poll
from poller.readers import readers
from poller.readers.look import Look
from poller.readers.readers import Readers
from poller.storage.attempts import Attempts
from poller.storage.database import connected
from poller.storage.files import FileStore
from poller.storage.in_hand import InHand
from poller.storage.ledger import Ledger
from poller.worker import open_worker
from tests.child.winmail import HEAD, attached
from tests.readers.inspecting import children, opened
from tests.readers.making import with_files
from tests.readers.misbehaving import lose_patience_with_what_hangs
from tests.readers.using import use_readers
from tests.workplace import Workplace, mail


class Killed(BaseException):
    """Ends the worker as a kill would: nothing in the program catches it."""


@pytest.fixture
def workplace(dovecot, tmp_path):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())
    workplace.import_directory()
    return workplace


@pytest.fixture(autouse=True)
def looks(monkeypatch):
    """How many looks readers were asked for; whatever a test does, no process and no file of theirs is left."""
    use_readers("tests.readers.misbehaving", monkeypatch.setattr)
    begin, asked = Readers.begin, []
    monkeypatch.setattr(Readers, "begin", lambda self, *words: (asked.append(words[0]), begin(self, *words))[1])
    yield asked
    assert [one for one in children(os.getpid()) if b"readers" in Path(f"/proc/{one}/cmdline").read_bytes()] == []


@contextmanager
def worker_of(workplace, stop=None, progress=lambda _done, _total: None, now=None, **settings):
    keys = {"WORKERS": "2", "BATCH_SIZE": "2"} | settings
    now = now or (lambda: datetime.now(UTC))
    with open_worker(workplace.settings(**keys), stop or threading.Event(), progress, now) as worker:
        yield worker


def poll(workplace, *, until_empty=True, **words):
    with worker_of(workplace, **words) as worker:
        return worker.poll_until_empty() if until_empty else worker.poll()


def outcomes(workplace):
    return {one["subject"] or one["uid"]: one["outcome"] for one in workplace.listing("messages")}


def attempts():
    """Made at each message that is not decided, and forgiven; by UID."""
    with connected():
        return {row.uid: (row.attempts, row.forgiven) for row in Delivery.select().where(Delivery.outcome.is_null())}


def in_spool(workplace):
    return [path.name for path in (workplace.folder / "files" / "incoming").rglob("*") if path.is_file()]


def told(number, word):
    return mail(number, f"X-Reader: {word}")


# What is read is what was read by the worker

PDF = ("plan.pdf", "application/pdf", os.urandom(30_000))
SCAN = ("scan.tiff", "image/tiff", os.urandom(2 * LARGE))
KINDS = (
    mail(1),
    with_files(mail(2), PDF, ("empty.bin", "application/octet-stream", b"")),
    with_files(mail(3), SCAN),
    mail(1),
    with_files(mail(4, to="9999.mycompany@in.example.com"), PDF),
    mail(5, to="anna@elsewhere.example"),
    mail(6, "Auto-Submitted: auto-replied"),
    mail(7).replace(b"anna@acme.fi", b"stranger@nowhere.example"),
    with_files(mail(8), ("winmail.dat", "application/ms-tnef", HEAD + attached(b"inner.txt", b"packed"))),
    b"From: x\r\nFrom: y\r\n\r\n",
    with_files(mail(9), PDF, PDF),
    with_files(mail(10), ("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22 broken")),
    with_files(mail(11), ("large.bin", "application/octet-stream", os.urandom(3 * LARGE))),
    *(mail(number) for number in range(12, 20)),
)
_UNLIKE = ("decided_at", "seen_at", "filed_at", "received_at", "settled_at", "mailbox", "uidvalidity", "id", "ref")


@pytest.mark.parametrize("keys", [{}, {"KEEP_SOURCE": "no"}, {"MAX_MESSAGE_SIZE": "4000000"}, {"BATCH_SIZE": "50"}])
def test_everything_is_filed_once_and_as_by_one_process(dovecot, tmp_path, looks, keys):
    known = []
    for workers in ("1", "2"):
        folder = tmp_path / workers
        folder.mkdir()
        place = Workplace(folder=folder, dovecot=dovecot, user=dovecot.user())
        place.import_directory()
        for one in KINDS:
            place.user.deliver(one)
        outcomes = poll(place, WORKERS=workers, **keys)
        assert len(looks) == (0 if workers == "1" else len(KINDS))
        assert in_spool(place) == []
        known.append((outcomes, rows(place, "messages"), rows(place, "activities"), stored(place)))
    assert known[0] == known[1]
    assert sum(known[0][0].values()) == len(KINDS)


def rows(place, listing):
    return [{key: value for key, value in row.items() if key not in _UNLIKE} for row in place.listing(listing)]


def stored(place):
    """The names of what is kept, each of which says what is in it."""
    found = (place.folder / "files").glob("??/*")
    return sorted(path.parent.name + path.name for path in found)


def test_batches_are_filed_in_the_order_in_which_they_came(workplace):
    for number in range(9):
        workplace.user.deliver(mail(number))
    done = []
    assert poll(workplace, progress=lambda *numbers: done.append(numbers)) == {Outcome.FILED: 9}
    assert done == [(2, 9), (4, 9), (6, 9), (8, 9), (9, 9)]
    assert [one["subject"] for one in workplace.listing("activities")] == [f"Message {number}" for number in range(9)]


def test_the_next_batch_is_read_while_one_is_decided(workplace, monkeypatch):
    for number in range(6):
        workplace.user.deliver(mail(number))
    steps, begin, commit = [], Ledger.begin, Ledger.commit
    monkeypatch.setattr(Ledger, "begin", lambda *words, **named: (steps.append("begin"), begin(*words, **named))[1])
    monkeypatch.setattr(Ledger, "commit", lambda *words: (steps.append("commit"), commit(*words))[1])
    poll(workplace)
    assert steps == ["begin", "begin", "commit", "begin", "commit", "commit"]


# Messages that their readers do not survive


@pytest.mark.parametrize("word", ["is killed", "hangs", "has a bug", "cannot be told"])
def test_what_no_reader_survives_is_quarantined_after_three_and_everything_else_is_filed_at_once(
    workplace, monkeypatch, looks, word
):
    """And the worker is none the worse for it."""
    lose_patience_with_what_hangs(monkeypatch)
    for number in range(1, 8):
        workplace.user.deliver(told(number, word) if number == 4 else mail(number))
    with worker_of(workplace) as worker:
        assert worker.poll() == {Outcome.FILED: 6}
        assert attempts()[4] == (1, 0)
        assert [worker.poll() for _ in range(3)] == [{}, {}, {Outcome.QUARANTINED: 1}]
    assert Counter(looks)[looks[3]] == 3
    assert {one["reason"] for one in workplace.listing("messages", "--outcome", "quarantined")} == {"poison"}
    assert in_spool(workplace) == []


def test_several_of_them_take_nobody_along(workplace):
    for number in range(1, 9):
        workplace.user.deliver(told(number, "is killed") if number in {1, 2, 6} else mail(number))
    assert poll(workplace, until_empty=False) == {Outcome.FILED: 5}
    assert attempts() == dict.fromkeys((1, 2, 6), (1, 0))


def test_what_ended_a_reader_before_waits_for_readers_to_start(workplace, monkeypatch):
    """It is not for the worker to read."""
    for number in range(1, 4):
        workplace.user.deliver(told(number, "is killed") if number == 2 else mail(number))
    poll(workplace, until_empty=False)
    monkeypatch.setattr(Readers, "are_ready", False)
    assert poll(workplace, until_empty=False) == {}
    assert attempts() == {2: (2, 0)}


def test_where_no_process_can_be_had_the_worker_reads(workplace, monkeypatch):
    monkeypatch.setattr(readers, "_RUN", "raise SystemExit(1)")
    for number in range(7):
        workplace.user.deliver(mail(number))
    assert poll(workplace) == {Outcome.FILED: 7}


def test_where_readers_survive_nothing_the_worker_reads_and_all_mail_is_filed(workplace):
    """As where the system forbids them something that all of them need."""
    for number in range(12):
        workplace.user.deliver(told(number, "is killed"))
    with worker_of(workplace, BATCH_SIZE="50") as worker:
        assert worker.poll() == {Outcome.FILED: 7}
        assert list(attempts().values()) == [(1, 0)] * 5


# Trouble


@pytest.mark.parametrize("word", ["has no room on the disk", "has no room in memory"])
def test_a_disk_that_is_full_in_a_reader_counts_against_no_message(workplace, word):
    for number in range(1, 7):
        file = with_files(mail(number), PDF, told=word.encode() if number == 3 else b"")
        workplace.user.deliver(file)
    for _ in range(4):
        with pytest.raises(Transient, match="No space left on device"):
            poll(workplace)
        assert {made for made, _ in attempts().values()} == {0}
        assert in_spool(workplace) == []
    assert len(workplace.listing("activities")) == 2


STEPS = {
    "while the next batch begins": (Ledger, "begin", 2),
    "while the one after begins": (Ledger, "begin", 3),
    "while a reader is waited for": (Look, "take", 3),
    "while the files are stored": (FileStore, "put_all", 5),
    "in the transaction": (Ledger, "commit", 2),
    "while a batch is fetched ahead": (Inbox, "fetch", 3),
    "while mail is looked for": (Inbox, "describe", 1),
    "before settling": (Poll, "_settle", 1),
    "before the settling is recorded": (Ledger, "settle", 1),
}


@pytest.fixture
def breaking(monkeypatch):
    """The number-th call of something raises an error, as long as the context lasts."""

    @contextmanager
    def broken(owner, name, number, error):
        plain, calls = getattr(owner, name), count(1)

        def call(*words, **named):
            if next(calls) == number:
                raise error
            return plain(*words, **named)

        with monkeypatch.context() as patched:
            patched.setattr(owner, name, call)
            yield patched

    return broken


@pytest.mark.parametrize("step", STEPS)
def test_trouble_at_any_step_loses_and_doubles_nothing_and_counts_against_no_message(workplace, breaking, step):
    for number in range(1, 8):
        workplace.user.deliver(with_files(mail(number), PDF))
    before = opened()
    with worker_of(workplace) as worker:
        with breaking(*STEPS[step], Transient("away")), pytest.raises(Transient, match="away"):
            worker.poll()
        assert {made for made, _ in attempts().values()} <= {0}
        assert in_spool(workplace) == []
        worker.poll_until_empty()
    assert outcomes(workplace) == {f"Message {number}": "filed" for number in range(1, 8)}
    assert len(workplace.listing("activities")) == 7
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 7)
    assert [name for name in opened() if name not in before and "socket" in opened()[name]] == []


@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_step_loses_and_doubles_nothing_and_is_forgiven(workplace, breaking, step):
    """As a kill leaves it: nobody gives attempts back, and what was in hand stays written down."""
    for number in range(1, 8):
        workplace.user.deliver(with_files(mail(number), PDF))
    with breaking(*STEPS[step], Killed()) as patched:
        patched.setattr(Attempts, "give_back", lambda *_: None)
        patched.setattr(InHand, "close", lambda _: None)
        with pytest.raises(Killed):
            poll(workplace)
    before = attempts()
    with worker_of(workplace) as worker:
        assert attempts() == {uid: (0, made) for uid, (made, _) in before.items()}
        worker.poll_until_empty()
    assert outcomes(workplace) == {f"Message {number}": "filed" for number in range(1, 8)}
    assert len(workplace.listing("activities")) == 7
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 7)
    assert in_spool(workplace) == []


def test_a_server_that_goes_away_after_each_batch_holds_up_no_mail_for_ever(workplace, breaking):
    """What came before it went away is decided."""
    for number in range(1, 7):
        workplace.user.deliver(mail(number))
    for done in (2, 4, 6):
        if done < 6:
            with breaking(Inbox, "fetch", 2, Transient("away")), pytest.raises(Transient, match="away"):
                poll(workplace)
        else:
            poll(workplace)
        assert len(workplace.listing("activities")) == done


def test_where_the_server_stumbles_what_came_before_is_decided_and_the_others_are_withheld(workplace, breaking):
    for number in range(1, 7):
        workplace.user.deliver(mail(number))
    with breaking(Inbox, "fetch", 2, Stumbled("it went away", (3, 4))), pytest.raises(Transient, match="went away"):
        poll(workplace)
    assert attempts() == {}
    assert outcomes(workplace) == {"Message 1": "filed", "Message 2": "filed", 3: "deferred", 4: "deferred"}
    later = datetime.now(UTC) + timedelta(hours=1)
    assert poll(workplace, now=lambda: later) == {Outcome.FILED: 4}


# An end


def test_a_stop_in_the_middle_leaves_the_rest_as_it_was(workplace):
    """Batches that were begun with among them, and what was fetched ahead."""
    for number in range(1, 9):
        workplace.user.deliver(with_files(mail(number), SCAN if number % 2 else PDF))
    stop = threading.Event()
    poll(workplace, stop=stop, progress=lambda *_: stop.set(), KEEP_SOURCE="no")
    assert workplace.user.count() == 6
    assert {made for made, _ in attempts().values()} == {0}
    assert in_spool(workplace) == []
    assert "not looked at yet" in workplace.do("reconcile")
    assert poll(workplace) == {Outcome.FILED: 6}


def test_a_stop_waits_for_no_reader_that_hangs_with_the_next_batch(workplace):
    """With what is left to it, it would take its time."""
    for number in range(1, 5):
        workplace.user.deliver(told(number, "hangs") if number == 4 else mail(number))
    stop = threading.Event()
    assert poll(workplace, stop=stop, progress=lambda *_: stop.set()) == {Outcome.FILED: 2}
    assert attempts()[4] == (0, 0)


def test_held_mail_that_somebody_wants_judged_is_read_by_them_too(workplace, looks):
    """With what needs a file from an earlier life."""
    for number in range(3):
        workplace.user.deliver(mail(number))
    now = datetime.now(UTC) + timedelta(minutes=1)
    with worker_of(workplace, now=lambda: now) as worker:
        assert worker.retry() == {}
        assert looks == []
        assert worker.poll() == {Outcome.FILED: 3}
    assert len(looks) == 3
