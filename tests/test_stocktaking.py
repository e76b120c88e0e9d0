"""Everything in a real mailbox against the ledger: what a high-water mark would pass over, or take for another."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.inbound import Delivery, Epoch
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.mailbox import folders
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import SettleReport, Settling, Way
from poller.storage.attempts import Attempts
from poller.storage.database import connected
from poller.storage.ledger import Ledger
from poller.worker import open_worker
from tests.workplace import Workplace, mail

MOVED = SettleReport(way=Way.MOVED, new_uidvalidity=None, new_uids={}, alerts=())


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


def opened(workplace, **settings):
    return open_worker(workplace.settings(**settings), threading.Event(), lambda _done, _total: None)


def poll(workplace, **settings):
    """By a worker of its own, so that it looks at everything."""
    with opened(workplace, **settings) as worker:
        return worker.poll_until_empty()


def outcomes(workplace):
    return [(one["uid"], one["outcome"]) for one in workplace.listing("messages")]


def in_ledger(work):
    with connected():
        return work()


def forget_indexes(workplace, *lines: str):
    """Dovecot reads the mailbox anew, with the UIDs of its list; `lines` are what that list is to begin with."""
    uidlist = workplace.user.maildir / "dovecot-uidlist"
    for name in workplace.user.maildir.glob("dovecot*"):
        if name.is_file() and name != uidlist:
            name.unlink()
    if lines:
        uidlist.write_text("".join(f"{line}\n" for line in lines))


def test_mail_below_the_mark_that_was_never_decided_is_filed_at_the_next_start(workplace):
    workplace.user.deliver(mail(1))
    poll(workplace)
    workplace.user.deliver(mail(2))
    in_ledger(lambda: Epoch.update(low_uid=2).execute())
    assert poll(workplace) == {Outcome.FILED: 1}


def test_a_worker_looks_at_everything_at_first_and_then_once_an_hour(workplace, monkeypatch):
    now, searched, search = [0.0], [], Inbox.search

    def watched(self, low, high, since=None):
        searched.append(low)
        return search(self, low, high, since)

    monkeypatch.setattr("poller.worker.monotonic", lambda: now[0])
    monkeypatch.setattr(Inbox, "search", watched)
    workplace.user.deliver(mail(1))
    with opened(workplace) as worker:
        for now[0] in (0.0, 60.0, 3599.0, 3600.0, 3660.0):
            worker.poll()
    assert searched == [1, 2, 2, 1, 2]


def test_a_look_at_everything_that_failed_is_made_up_for_in_the_next_poll(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    with opened(workplace) as worker:
        with monkeypatch.context() as patched:

            def fail(*_: object):
                raise Transient("away")

            patched.setattr(Ledger, "commit", fail)
            with pytest.raises(Transient):
                worker.poll()
        assert in_ledger(lambda: Epoch.get().reconciled_at) is None
        worker.poll()
    assert in_ledger(lambda: Epoch.get().reconciled_at) is not None


def test_mail_that_was_moved_and_lies_there_all_the_same_is_moved_again_and_filed_once(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    with monkeypatch.context() as patched:
        patched.setattr(Inbox, "settle", lambda *_args, **_keys: MOVED)
        assert poll(workplace) == {Outcome.FILED: 1}
    assert workplace.user.count() == 1
    assert poll(workplace) == {}
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 1)
    assert outcomes(workplace) == [(1, "filed")]


def test_new_mail_under_the_uid_of_moved_mail_is_filed_and_not_moved_unread(workplace):
    """At the same size and in the same second: only the octets tell them apart."""
    moment = datetime.now(UTC).replace(microsecond=0)
    for number in (1, 2):
        workplace.user.deliver(mail(number), moment)
    poll(workplace)
    version, validity, *_ = (workplace.user.maildir / "dovecot-uidlist").read_text().split()
    workplace.user.deliver(mail(3), moment)
    [file] = workplace.user.maildir.glob("[cn]*/*")
    forget_indexes(workplace, f"{version} {validity} N3 G{'0' * 31}1", f"1 :{file.name}")
    assert poll(workplace) == {Outcome.FILED: 1}
    assert [one["subject"] for one in workplace.listing("activities")] == ["Message 1", "Message 2", "Message 3"]


def test_a_uidnext_that_is_not_above_every_message_is_no_sign_of_a_rebuilt_mailbox(workplace, monkeypatch):
    for number in (1, 2):
        workplace.user.deliver(mail(number))
    poll(workplace, SETTLE="flag")
    select = folders.select

    def lying(*args, **keys):
        return replace(select(*args, **keys), uidnext=2)

    monkeypatch.setattr(folders, "select", lying)
    workplace.user.deliver(mail(3))
    assert poll(workplace, SETTLE="flag") == {Outcome.FILED: 1}
    assert in_ledger(lambda: Epoch.select().count()) == 1


def test_mail_that_is_only_marked_is_settled_once(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    poll(workplace, SETTLE="flag")
    monkeypatch.setattr(Inbox, "settle", lambda *_args, **_keys: pytest.fail("it is settled"))
    assert poll(workplace, SETTLE="flag") == {}


def test_mail_that_could_only_be_marked_is_moved_when_it_can_be(workplace, monkeypatch):
    """For want of space in the folder, for example; or SETTLE was flag before."""
    workplace.user.deliver(mail(1))
    with monkeypatch.context() as patched:
        patched.setattr(Settling, "_leaves", lambda *_: False)
        assert poll(workplace) == {Outcome.FILED: 1}
        assert poll(workplace) == {}
        assert (workplace.user.count(), workplace.user.count(".Filed")) == (1, 0)
        assert "1 of them stays in the inbox, marked: it could" in workplace.do("reconcile")
    assert poll(workplace) == {}
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 1)
    assert outcomes(workplace) == [(1, "filed")]


def test_where_mail_was_moved_to_is_recorded_as_the_server_told(workplace):
    for number in (1, 2):
        workplace.user.deliver(mail(number))
    poll(workplace)
    rows = in_ledger(lambda: list(Delivery.select().order_by(Delivery.uid)))
    assert [(one.folder, one.folder_uid, one.source_kept) for one in rows] == [("Filed", 1, True), ("Filed", 2, True)]
    assert rows[0].folder_uidvalidity == rows[1].folder_uidvalidity > 0


def test_a_deferred_message_that_lies_there_again_is_tried_again(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    with monkeypatch.context() as patched:
        patched.setattr(Inbox, "describe", lambda *_: [])
        assert poll(workplace) == {Outcome.DEFERRED: 1}
    in_ledger(lambda: Delivery.update(next_attempt_at=None).execute())
    assert poll(workplace) == {Outcome.FILED: 1}


def test_a_message_begun_with_that_left_the_mailbox_has_an_outcome_too(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    with monkeypatch.context() as patched:

        def fail(*_: object, **__: object):
            raise Transient("away")

        patched.setattr(Ledger, "commit", fail)
        with pytest.raises(Transient):
            poll(workplace)
    for file in workplace.user.maildir.glob("[cn]*/*"):
        file.unlink()
    assert poll(workplace) == {}
    assert outcomes(workplace) == [(1, "deferred")]
    assert workplace.listing("messages")[0]["detail"] == "it left the mailbox before it was decided about"


def test_f12_uidnext_that_goes_back_begins_an_epoch_and_new_mail_is_not_taken_for_old(workplace, caplog):
    for number in (1, 2, 3):
        workplace.user.deliver(mail(number))
    poll(workplace)
    version, validity, *_ = (workplace.user.maildir / "dovecot-uidlist").read_text().split()
    forget_indexes(workplace, f"{version} {validity} N1 G{'0' * 31}1")
    workplace.user.deliver(mail(4))
    assert poll(workplace) == {Outcome.FILED: 1}
    assert "UIDNEXT was 4 and is" in caplog.text
    assert outcomes(workplace) == [(1, "filed"), (2, "filed"), (3, "filed"), (1, "filed")]


def test_f12_a_known_uid_with_another_date_begins_an_epoch_without_duplicates(workplace):
    workplace.user.deliver(mail(1))
    poll(workplace, SETTLE="flag")
    [file] = workplace.user.maildir.glob("[cn]*/*")
    moment = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    os.utime(file, (moment, moment))
    forget_indexes(workplace)
    assert poll(workplace, SETTLE="flag") == {Outcome.DUPLICATE: 1}
    assert [one["outcome"] for one in workplace.listing("messages")] == ["filed", "duplicate"]
    assert len(workplace.listing("activities")) == 1
    assert in_ledger(lambda: Epoch.select().count()) == 2


def test_an_attempt_that_cannot_be_given_back_is_given_back_in_the_next_poll(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    with opened(workplace) as worker:
        for _ in range(5):
            with monkeypatch.context() as patched:

                def fail(*_: object, **__: object):
                    raise Transient("the database is away")

                patched.setattr(Ledger, "commit", fail)
                patched.setattr(Attempts, "pay", lambda _self: None)
                with pytest.raises(Transient):
                    worker.poll()
            assert in_ledger(lambda: Delivery.get().attempts) == 1
            in_ledger(worker._attempts.pay)
            assert in_ledger(lambda: Delivery.get().attempts) == 0
        assert worker.poll() == {Outcome.FILED: 1}


def test_mail_that_killed_two_workers_comes_after_all_other(workplace, monkeypatch):
    for number in (1, 2, 3):
        workplace.user.deliver(mail(number))
    order, begin = [], Ledger.begin

    def watched(self, batch, *rest, **more):
        order.append([fetched.ref.uid for fetched, _ in batch])
        return begin(self, batch, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "commit", lambda *_: [])
        poll(workplace)
    in_ledger(lambda: Delivery.update(attempts=2).where(Delivery.uid == 1).execute())
    in_ledger(lambda: Delivery.delete().where(Delivery.uid == 3).execute())
    monkeypatch.setattr(Ledger, "begin", watched)
    assert poll(workplace) == {Outcome.FILED: 3}
    assert order == [[2], [3], [1]]
