"""One poll against a real server and a real database: what happens when a step fails, or the worker dies in it."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from poller.errors import ConfigurationError, Transient
from poller.filing.reasons import Outcome
from poller.mail.reader import read_message
from poller.mailbox.describing import Described
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import Way
from poller.pipeline import Pipeline
from poller.poll import Poll
from poller.storage.files import FileStore
from poller.storage.ledger import Ledger
from poller.worker import open_worker
from tests.workplace import Workplace, mail


class Killed(BaseException):
    """Ends the worker as a kill would: nothing in the program catches it."""


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


def poll(workplace, stop=None, progress=lambda _done, _total: None, now=lambda: datetime.now(UTC), **settings):
    with open_worker(workplace.settings(**settings), stop or threading.Event(), progress, now) as worker:
        return worker.poll_until_empty()


def outcomes(workplace):
    return [(one["uid"], one["outcome"]) for one in workplace.listing("messages")]


def test_new_mail_is_filed_and_a_second_poll_finds_nothing(workplace):
    for number in range(3):
        workplace.user.deliver(mail(number))
    assert poll(workplace) == {Outcome.FILED: 3}
    assert poll(workplace) == {}
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 3)


def test_progress_counts_up_to_everything_found(workplace):
    for number in range(5):
        workplace.user.deliver(mail(number))
    seen = []
    poll(workplace, progress=lambda done, total: seen.append((done, total)), BATCH_SIZE="2")
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_a_stop_ends_the_poll_between_batches_and_the_next_one_goes_on(workplace):
    for number in range(4):
        workplace.user.deliver(mail(number))
    stop = threading.Event()
    poll(workplace, stop=stop, progress=lambda _done, _total: stop.set(), BATCH_SIZE="2")
    assert workplace.user.count() == 2
    assert poll(workplace) == {Outcome.FILED: 2}


def test_what_a_stop_left_over_is_still_new(workplace):
    """And neither a difference for `reconcile`, nor old mail that was never seen, should the mailbox be rebuilt."""
    for number in range(4):
        workplace.user.deliver(mail(number))
    stop = threading.Event()
    poll(workplace, stop=stop, progress=lambda _done, _total: stop.set(), BATCH_SIZE="2")
    assert "2 not looked at yet" in workplace.do("reconcile")


def test_where_all_notices_together_are_too_many_one_line_says_so(workplace, monkeypatch, caplog):
    """An attack must not fill the log."""
    commit = Ledger.commit

    def halted(self, batch, now):
        return [replace(one, notice="suppressed:Q17", notices_halted=True) for one in commit(self, batch, now)]

    monkeypatch.setattr(Ledger, "commit", halted)
    for number in range(5):
        workplace.user.deliver(mail(number))
    caplog.set_level("INFO")
    poll(workplace, BATCH_SIZE="2")
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(said) == 1
    assert said[0].endswith("too many refusals within an hour: 5 messages got no notice (Q17)")
    assert caplog.text.count("filed as activity") == caplog.text.count("; notice suppressed:Q17") == 5


STEPS = {
    "after the sources are stored": (Ledger, "begin"),
    "after the attempt is counted": (Pipeline, "judge_all"),
    "before the transaction": (Ledger, "commit"),
    "before settling": (Poll, "_settle"),
    "before the settling is recorded": (Ledger, "settle"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_any_step_loses_and_doubles_nothing(workplace, monkeypatch, step):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2))
    owner, name = STEPS[step]
    with monkeypatch.context() as patched:

        def die(*_: object, **__: object):
            raise Killed

        patched.setattr(owner, name, die)
        with pytest.raises(Killed):
            poll(workplace)
    poll(workplace)
    assert outcomes(workplace) == [(1, "filed"), (2, "filed")]
    assert [one["subject"] for one in workplace.listing("activities")] == ["Message 1", "Message 2"]
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 2)


def test_a_message_that_kills_the_worker_three_times_is_quarantined_and_drags_no_other_along(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2, "X-Deadly: yes"))
    workplace.user.deliver(mail(3))
    judge_all = Pipeline.judge_all

    def deadly(self, batch, *looking):
        if any(b"X-Deadly" in bytes(one.fetched.source) for one in batch):
            raise Killed
        return judge_all(self, batch, *looking)

    monkeypatch.setattr(Pipeline, "judge_all", deadly)
    for _ in range(3):
        with pytest.raises(Killed):
            poll(workplace)
    poll(workplace)
    assert outcomes(workplace) == [(1, "filed"), (2, "quarantined"), (3, "filed")]
    workplace.user.deliver(mail(2, "X-Deadly: yes"))
    assert poll(workplace) == {Outcome.QUARANTINED: 1}
    assert {one["reason"] for one in workplace.listing("messages", "--outcome", "quarantined")} == {"poison"}


def test_a_bug_in_one_message_holds_up_no_other_and_ends_in_quarantine(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2, "X-Odd: yes"))

    def odd(source, **rest):
        if b"X-Odd" in bytes(source):
            raise ZeroDivisionError("a bug")
        return read_message(source, **rest)

    monkeypatch.setattr("poller.filing.first_look.read_message", odd)
    for _ in range(4):
        poll(workplace)
    assert outcomes(workplace) == [(1, "filed"), (2, "quarantined")]


def test_a_full_disk_stops_before_anything_is_counted_and_resumes_by_itself(workplace, monkeypatch):
    workplace.user.deliver(mail(1))

    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("poller.storage.files.os.fsync", full)
        for _ in range(5):
            with pytest.raises(Transient, match="No space left"):
                poll(workplace)
    assert outcomes(workplace) == []
    assert workplace.user.count() == 1
    assert poll(workplace) == {Outcome.FILED: 1}


def test_trouble_after_the_attempt_was_counted_gives_it_back(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    put_all, calls = FileStore.put_all, []

    def second_fails(self, contents):
        calls.append(1)
        if len(calls) % 2 == 0:
            raise Transient("the disk is away")
        put_all(self, contents)

    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "put_all", second_fails)
        for _ in range(5):
            with pytest.raises(Transient):
                poll(workplace)
    assert poll(workplace) == {Outcome.FILED: 1}


def test_a_database_that_turned_out_damaged_counts_against_no_message(workplace, monkeypatch):
    workplace.user.deliver(mail(1))

    def damaged(*_: object):
        raise ConfigurationError("DATABASE_URL: the database is damaged")

    with monkeypatch.context() as patched:
        patched.setattr(Pipeline, "judge_all", damaged)
        for _ in range(5):
            with pytest.raises(ConfigurationError):
                poll(workplace)
    assert poll(workplace) == {Outcome.FILED: 1}


def test_mail_that_comes_while_the_folder_is_opened_again_is_not_passed_over(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    fetch, coming = Inbox.fetch, [mail(2)]

    def reopening(self, *rest):
        while coming:
            workplace.user.deliver(coming.pop())
            self._reopen()
        yield from fetch(self, *rest)

    monkeypatch.setattr(Inbox, "fetch", reopening)
    assert poll(workplace) == {Outcome.FILED: 2}


@pytest.mark.parametrize("verb", ["describe", "fetch"])
def test_mail_that_the_server_does_not_hand_out_is_named_in_the_log_and_filed_later(
    workplace, monkeypatch, caplog, verb
):
    for number in range(3):
        workplace.user.deliver(mail(number))
    whole = getattr(Inbox, verb)

    def without_the_second(self, *rest):
        for one in whole(self, *rest):
            if (one.uid if isinstance(one, Described) else one.ref.uid) != 2:
                yield one

    with monkeypatch.context() as patched:
        patched.setattr(Inbox, verb, lambda *words: list(without_the_second(*words)))
        assert poll(workplace) == {Outcome.FILED: 2, Outcome.DEFERRED: 1}
    assert "/2: deferred (unreadable): the server lists this message, and does not hand it out" in caplog.text
    assert poll(workplace) == {}
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert poll(workplace, now=lambda: later) == {Outcome.FILED: 1}


def test_a_large_message_travels_through_the_spool_and_leaves_nothing_there(workplace):
    body = b"".join(b"%070d\r\n" % number for number in range(30_000))
    workplace.user.deliver(mail(1, "Content-Type: application/octet-stream; name=big.bin") + b"\r\n" + body)
    assert poll(workplace) == {Outcome.FILED: 1}
    (activity,) = workplace.listing("activities")
    (file,) = activity["files"]
    assert file["size"] > len(body)
    stored = workplace.folder / "files" / file["sha256"][:2] / file["sha256"][2:]
    assert body in stored.read_bytes()
    assert [one for one in (workplace.folder / "files" / "incoming").rglob("*") if one.is_file()] == []


def test_without_kept_sources_only_the_files_are_stored(workplace):
    workplace.user.deliver(mail(1))
    poll(workplace, KEEP_SOURCE="false")
    assert list((workplace.folder / "files").glob("??/*")) == []
    assert len(workplace.listing("activities")[0]["source_sha256"]) == 64


def test_a_read_only_mailbox_is_filed_and_settled_when_it_can_be(workplace):
    workplace.user.deliver(mail(1))
    workplace.user.allow("lr")
    assert poll(workplace) == {Outcome.FILED: 1}
    assert workplace.user.count() == 1
    workplace.user.allow("lrwstipekxa")
    assert poll(workplace) == {}
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 1)


def test_flagging_leaves_everything_in_the_inbox_and_does_it_once(workplace, monkeypatch):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2, to="9999.mycompany@in.example.com"))
    assert poll(workplace, SETTLE="flag") == {Outcome.FILED: 1, Outcome.REJECTED: 1}
    assert workplace.user.count() == 2
    settled = []
    monkeypatch.setattr("poller.mailbox.inbox.Inbox.settle", lambda *_args, **_keys: settled.append(Way.NOTHING))
    assert poll(workplace, SETTLE="flag") == {}
    assert settled == []


DAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "filed"),
    [("new", []), ("all", ["Message 1", "Message 2", "Message 3"]), ("since:2026-03-02", ["Message 2", "Message 3"])],
)
def test_start_policy_decides_about_the_mail_that_was_there(workplace, policy, filed):
    for number, moment in enumerate((DAY - timedelta(seconds=1), DAY, DAY + timedelta(days=2)), 1):
        workplace.user.deliver(mail(number), moment)
    poll(workplace, START_POLICY=policy)
    workplace.user.deliver(mail(4), DAY - timedelta(days=9))
    poll(workplace, START_POLICY=policy)
    assert [one["subject"] for one in workplace.listing("activities")] == [*filed, "Message 4"]
    assert len(workplace.listing("messages")) == len(filed) + 1


def rebuild(workplace):
    """The mailbox with another UIDVALIDITY, as after a restore from a backup of the mail alone."""
    uidlist = workplace.user.maildir / "dovecot-uidlist"
    version, old, *_ = uidlist.read_text().split()
    for name in workplace.user.maildir.glob("dovecot*"):
        if name.is_file() and name != uidlist:
            name.unlink()
    uidlist.write_text(f"{version} V{int(old[1:]) + 1} N1 G{'0' * 31}1\n")


def test_a_rebuilt_mailbox_files_nothing_twice_and_holds_what_is_old_and_unknown(workplace):
    workplace.user.deliver(mail(1), DAY)
    poll(workplace, SETTLE="flag")
    rebuild(workplace)
    workplace.user.deliver(mail(2), DAY)
    workplace.user.deliver(mail(3), datetime.now(UTC))
    poll(workplace, SETTLE="flag")
    assert [one["outcome"] for one in workplace.listing("messages")] == ["filed", "duplicate", "held", "filed"]
    assert [one["subject"] for one in workplace.listing("activities")] == ["Message 1", "Message 3"]


def test_a_server_that_moves_nothing_keeps_nothing_from_being_filed(workplace, monkeypatch):
    def refuse(*_: object, **__: object):
        raise Transient("the folder is in use")

    with monkeypatch.context() as patched:
        patched.setattr("poller.mailbox.inbox.Inbox.settle", refuse)
        for number in range(2):
            workplace.user.deliver(mail(number))
            with pytest.raises(Transient):
                poll(workplace)
    assert outcomes(workplace) == [(1, "filed"), (2, "filed")]
    assert workplace.user.count() == 2
    assert poll(workplace) == {}
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 2)
