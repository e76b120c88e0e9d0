"""An outage of the DNS against a real server and a real database: nothing is refused, and nothing is lost."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from click.testing import CliRunner

from models.inbound import Epoch
from poller.cli import main
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.mailbox.inbox import Inbox
from poller.pipeline import Pipeline
from poller.storage.database import connected
from poller.storage.files import FileStore
from poller.storage.ledger import Ledger
from poller.worker import open_worker
from tests.filing.making import UNVERIFIED
from tests.servers.dns import DnsServer, Trouble
from tests.workplace import Workplace, mail

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
UNAVAILABLE = replace(UNVERIFIED, accepted=False, unavailable=True, why="the DNS of acme.fi did not answer")


class Killed(BaseException):
    """Ends the worker as a kill would: nothing in the program catches it."""


@dataclass
class World:
    """The time, which passes when a test says so, and whether the DNS answers then."""

    now: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    dns_is_down: bool = True

    def authenticate(self, *_: object) -> object:
        return UNAVAILABLE if self.dns_is_down else UNVERIFIED


@pytest.fixture
def world(monkeypatch):
    world = World()
    monkeypatch.setattr("poller.pipeline.authenticate", world.authenticate)
    return world


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    return workplace


@pytest.fixture
def opened(workplace, world):
    def opened(**settings: str):
        stop = threading.Event()
        return open_worker(workplace.settings(**settings), stop, lambda _done, _total: None, lambda: world.now)

    return opened


@pytest.fixture
def poll(world, opened):
    """By a worker of its own, after some time."""

    def poll(after: timedelta = timedelta(), **settings: str):
        world.now += after
        with opened(**settings) as worker:
            return worker.poll_until_empty()

    return poll


def outcomes(workplace):
    return [(one["uid"], one["outcome"]) for one in workplace.listing("messages")]


def low_uid():
    with connected():
        return Epoch.get().low_uid


def test_an_outage_of_an_hour_refuses_nothing_and_files_everything_afterwards(workplace, world, opened):
    began, delivered = world.now, 0
    with opened() as worker:
        while world.now < began + 4 * HOUR:
            world.now += 7 * MINUTE
            world.dns_is_down = world.now < began + HOUR
            if world.dns_is_down:
                delivered += 1
                workplace.user.deliver(mail(delivered))
            assert worker.poll_until_empty().keys() <= {Outcome.DEFERRED, Outcome.FILED}
    assert [one["outcome"] for one in workplace.listing("messages")] == ["filed"] * delivered
    assert len(workplace.listing("activities")) == delivered == 8
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, delivered)


DELIVERED = (
    b"Return-Path: <anna@acme.fi>\r\n"
    b"Received: from mail.acme.fi (mail.acme.fi [203.0.113.7])\r\n"
    b"\tby mx.in.example.com (Postfix) with ESMTPS id 4Abc;\r\n"
    b"\tMon,  2 Mar 2026 12:00:00 +0000 (UTC)\r\n"
)


def test_a_name_server_that_fails_defers_and_the_answer_decides_when_it_is_back(workplace):
    """With nothing replaced but the clock and the DNS."""
    world = World()
    workplace.user.deliver(DELIVERED + mail(1))
    workplace.user.deliver(DELIVERED.replace(b"203.0.113.7", b"203.0.113.8") + mail(2))
    with DnsServer(records={"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}, troubles={"*": Trouble.SERVFAIL}) as dns:
        keys = {
            "AUTH_POLICY": "aligned",
            "OUR_MTA_NAMES": "mx.in.example.com",
            "DNS_SERVERS": f"127.0.0.1:{dns.port}",
        }
        settings = workplace.settings(**keys)
        with open_worker(settings, threading.Event(), lambda _done, _total: None, lambda: world.now) as worker:
            assert worker.poll_until_empty() == {Outcome.DEFERRED: 2}
            world.now += MINUTE
            dns.troubles = {}
            assert worker.poll_until_empty() == {Outcome.FILED: 1, Outcome.QUARANTINED: 1}
    first, second = workplace.listing("messages")
    assert (first["outcome"], second["reason"]) == ("filed", "authentication-failed")


def test_what_a_stop_leaves_unasked_is_not_decided(workplace, monkeypatch):
    stop, begin = threading.Event(), Ledger.begin
    workplace.user.deliver(DELIVERED + mail(1))

    def stopped(*batch, **rest):
        stop.set()
        return begin(*batch, **rest)

    with DnsServer(records={"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}) as dns:
        settings = workplace.settings(OUR_MTA_NAMES="mx.in.example.com", DNS_SERVERS=f"127.0.0.1:{dns.port}")
        with monkeypatch.context() as patch, open_worker(settings, stop, lambda _done, _total: None) as worker:
            patch.setattr(Ledger, "begin", stopped)
            with pytest.raises(Transient, match="ending"):
                worker.poll()
        assert workplace.listing("messages") == []
        with open_worker(settings, threading.Event(), lambda _done, _total: None) as worker:
            assert worker.poll_until_empty() == {Outcome.FILED: 1}
    assert workplace.listing("activities")[0]["authentication"]["evidence"] == "spf"


@pytest.mark.usefixtures("world")
def test_once_ends_well_although_something_waits(workplace):
    workplace.user.deliver(mail(1))
    ended = CliRunner().invoke(main, ["--settings", str(workplace.write_settings()), "once"])
    assert ended.exit_code == 0
    assert "1 deferred" in ended.stderr


def test_a_deferred_message_comes_back_at_its_times_and_at_no_other(workplace, world, opened):
    workplace.user.deliver(mail(1))
    tried = []
    with opened() as worker:
        for minute in range(160):
            tried += [minute] * worker.poll_until_empty()[Outcome.DEFERRED]
            world.now += MINUTE
    assert tried == [0, 1, 6, 36, 156]
    assert workplace.user.count() == 1


def test_what_waits_is_listed_with_the_reason_and_logged_with_the_time(workplace, poll, caplog):
    caplog.set_level("INFO")
    workplace.user.deliver(mail(1))
    poll()
    [listed] = workplace.listing("messages", "--outcome", "deferred")
    expected = "the DNS of acme.fi did not answer; it is tried again at 2026-03-02T12:01:00Z"
    assert (listed["reason"], listed["detail"]) == ("authentication-unavailable", expected)
    [line] = [record.getMessage() for record in caplog.records if "deferred" in record.getMessage()]
    assert line.endswith(f": deferred (authentication-unavailable): {expected}")


def test_new_mail_is_filed_while_other_mail_waits(workplace, world, poll):
    workplace.user.deliver(mail(1))
    poll()
    world.dns_is_down = False
    workplace.user.deliver(mail(2))
    assert poll() == {Outcome.FILED: 1}
    assert low_uid() == 2
    assert poll(MINUTE) == {Outcome.FILED: 1}
    assert outcomes(workplace) == [(1, "filed"), (2, "filed")]


def test_a_refusal_waits_too_and_is_decided_afterwards(workplace, world, poll):
    workplace.user.deliver(mail(1, to="9999.mycompany@in.example.com"))
    assert poll() == {Outcome.DEFERRED: 1}
    world.dns_is_down = False
    assert poll(MINUTE) == {Outcome.REJECTED: 1}
    assert workplace.user.count(".Rejected") == 1


def test_after_the_longest_time_it_is_quarantined_and_its_sender_is_told_nothing(workplace, poll):
    workplace.user.deliver(mail(1))
    poll(AUTH_DEFER_MAX_AGE="3h")
    assert poll(2 * HOUR, AUTH_DEFER_MAX_AGE="3h") == {Outcome.DEFERRED: 1}
    assert poll(59 * MINUTE, AUTH_DEFER_MAX_AGE="3h") == {}
    assert poll(MINUTE, AUTH_DEFER_MAX_AGE="3h") == {Outcome.QUARANTINED: 1}
    [listed] = workplace.listing("messages")
    assert (listed["reason"], listed["notice"]) == ("authentication-unavailable", "none")
    assert listed["detail"] == UNAVAILABLE.why
    assert (workplace.user.count(), workplace.user.count(".Quarantine")) == (0, 1)


STEPS = {
    "after the attempt is counted": (Pipeline, "judge_all"),
    "before the transaction": (Ledger, "commit"),
    "before the settling is recorded": (Ledger, "settle"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_death_while_it_is_tried_again_loses_and_doubles_nothing(workplace, world, poll, monkeypatch, step):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2))
    poll()
    world.dns_is_down = False
    owner, name = STEPS[step]
    with monkeypatch.context() as patched:

        def die(*_: object, **__: object):
            raise Killed

        patched.setattr(owner, name, die)
        with pytest.raises(Killed):
            poll(MINUTE)
    poll()
    assert outcomes(workplace) == [(1, "filed"), (2, "filed")]
    assert len(workplace.listing("activities")) == 2
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 2)


def test_a_death_while_it_is_deferred_first_forgets_nothing_of_it(workplace, poll, monkeypatch):
    workplace.user.deliver(mail(1))
    with monkeypatch.context() as patched:

        def die(*_: object):
            raise Killed

        patched.setattr(Ledger, "commit", die)
        with pytest.raises(Killed):
            poll()
    assert poll(2 * MINUTE) == {Outcome.DEFERRED: 1}
    assert poll(4 * MINUTE) == {}, "the pause follows from the first attempt"
    assert poll(1 * MINUTE) == {Outcome.DEFERRED: 1}


def test_one_that_kills_the_worker_when_it_comes_back_is_poison_in_the_end(workplace, world, poll, monkeypatch):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2, "X-Deadly: yes"))
    poll()
    world.dns_is_down = False
    judge_all = Pipeline.judge_all

    def deadly(self, batch, *looking):
        if any(b"X-Deadly" in bytes(one.fetched.source) for one in batch):
            raise Killed
        return judge_all(self, batch, *looking)

    monkeypatch.setattr(Pipeline, "judge_all", deadly)
    for _ in range(3):
        with pytest.raises(Killed):
            poll(MINUTE)
    poll(MINUTE)
    assert outcomes(workplace) == [(1, "filed"), (2, "quarantined")]
    assert workplace.listing("messages", "--outcome", "quarantined")[0]["reason"] == "poison"


def test_trouble_of_our_own_while_it_is_tried_again_counts_against_nothing(workplace, world, poll, monkeypatch):
    workplace.user.deliver(mail(1))
    poll()
    world.dns_is_down = False

    def fail(*_: object):
        raise Transient("the disk is away")

    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "put_all", fail)
        for _ in range(5):
            with pytest.raises(Transient):
                poll(MINUTE)
    assert poll() == {Outcome.FILED: 1}


def test_one_that_somebody_moved_away_is_not_tried_again_and_said_so_once(workplace, world, poll, caplog):
    workplace.user.deliver(mail(1))
    workplace.user.deliver(mail(2))
    poll()
    [moved] = [one for one in workplace.user.maildir.glob("[cn]*/*") if b"Message 1" in one.read_bytes()]
    moved.unlink()
    world.dns_is_down = False
    assert poll(MINUTE) == {Outcome.FILED: 1}
    assert poll(HOUR) == {}
    assert caplog.text.count("UID 1 was still to be decided about and is gone: it is not tried again") == 1
    assert outcomes(workplace) == [(1, "deferred"), (2, "filed")]
    detail = workplace.listing("messages")[0]["detail"]
    assert detail.endswith("; it has left the mailbox since, and is not tried again")


@pytest.mark.parametrize("verb", ["describe", "fetch"])
def test_one_that_the_server_lists_and_does_not_hand_out_goes_on_waiting(workplace, world, poll, monkeypatch, verb):
    workplace.user.deliver(mail(1))
    poll()
    world.dns_is_down = False
    with monkeypatch.context() as patched:
        patched.setattr(Inbox, verb, lambda *_: [])
        assert poll(MINUTE) == {Outcome.DEFERRED: 1}
        assert low_uid() == 1
        assert [one["reason"] for one in workplace.listing("messages")] == ["unreadable"]
    assert poll(5 * MINUTE) == {Outcome.FILED: 1}


def test_a_rebuilt_mailbox_files_what_waited_once_under_its_new_uid(workplace, world, poll):
    """However old it is: it is known, so that it is not held."""
    workplace.user.deliver(mail(1), world.now - timedelta(days=30))
    poll()
    rebuild(workplace)
    assert poll(MINUTE) == {Outcome.DEFERRED: 1}
    world.dns_is_down = False
    assert poll(MINUTE) == {Outcome.FILED: 1}
    assert poll(HOUR) == {}
    assert [one["outcome"] for one in workplace.listing("messages")] == ["deferred", "filed"]
    assert "its mailbox was rebuilt" in workplace.listing("messages")[0]["detail"]
    assert len(workplace.listing("activities")) == 1


def rebuild(workplace):
    """The mailbox with another UIDVALIDITY, as after a restore from a backup of the mail alone."""
    uidlist = workplace.user.maildir / "dovecot-uidlist"
    version, old, *_ = uidlist.read_text().split()
    for name in workplace.user.maildir.glob("dovecot*"):
        if name.is_file() and name != uidlist:
            name.unlink()
    uidlist.write_text(f"{version} V{int(old[1:]) + 1} N1 G{'0' * 31}1\n")


def test_a_poll_that_lasts_longer_than_the_pause_ends_all_the_same(workplace, world, poll, monkeypatch):
    """Each message is tried once, and counted once, however long the mailbox takes to work off."""
    for number in range(5):
        workplace.user.deliver(mail(number))

    def slow(*_: object) -> object:
        world.now += MINUTE / 2
        return UNAVAILABLE

    monkeypatch.setattr("poller.pipeline.authenticate", slow)
    assert poll(BATCH_SIZE="1") == {Outcome.DEFERRED: 5}


def test_hundreds_that_wait_slow_no_poll_down_and_come_back_together(workplace, world, opened, poll):
    for number in range(300):
        workplace.user.deliver(mail(number))
    assert poll() == {Outcome.DEFERRED: 300}
    assert low_uid() == 300
    with opened() as worker:
        worker.poll()
        before = perf_counter()
        assert worker.poll() == {}
        assert perf_counter() - before < 5
    world.dns_is_down = False
    assert poll(MINUTE) == {Outcome.FILED: 300}
    assert (workplace.user.count(), workplace.user.count(".Filed")) == (0, 300)
