"""Rounds of the outbox: a real database, a server that says what it is told to say, and a clock that is data."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from tenacity.wait import wait_none

from models.notice import Notice
from poller import sending as sendings
from poller.errors import LoginRefused, Transient
from poller.sending import Sending
from poller.storage import outbox
from poller.storage.database import connected, open_database
from poller.storage.lease import lease
from poller.storage.outbox import enqueue_for_administrator
from tests.servers.ports import free_port
from tests.servers.smtp import CUT, HANG_UP, STALL, ScriptedSmtp, notice_settings

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MAILBOX = "catchall@mail/INBOX"


class Office:
    """An outbox, and rounds of it at the time of its clock."""

    def __init__(self, settings, held):
        self.database = settings
        self.now = NOW
        self.stop = threading.Event()
        self._held = held

    def queue(self, *recipients):
        with connected():
            for recipient in recipients:
                enqueue_for_administrator(
                    identity=hashlib.sha256(recipient.encode()).hexdigest(),
                    reason="recipient-invalid",
                    recipient=recipient,
                    message=f"Message-ID: <{recipient}>\r\n\r\nNo such project.\r\n".encode(),
                    message_id=recipient,
                    now=NOW,
                )

    def sending(self, settings):
        return Sending(settings, self._held, self.stop, lambda: self.now)

    def round(self, settings, later=timedelta()):
        self.now += later
        return self.sending(settings).round()

    def states(self):
        with connected():
            return {row.recipient: row.state for row in Notice.select().order_by(Notice.id)}

    def row(self):
        with connected():
            return Notice.get()


@pytest.fixture
def office(database_settings):
    open_database(database_settings)
    with lease(MAILBOX, database_settings) as held:
        yield Office(database_settings, held)


@pytest.fixture
def no_pause(monkeypatch):
    """The retries of what must be recorded come at once."""
    monkeypatch.setattr("poller.retrying.wait_fixed", lambda _seconds: wait_none())


def ids(server):
    return [re.search(rb"Message-ID: <(.*)>", one.message)[1].decode() for one in server.taken]


def test_a_round_sends_everything_that_is_due_over_one_connection(office):
    office.queue("a@acme.fi", "b@acme.fi", "c@acme.fi")
    with ScriptedSmtp() as server:
        assert office.round(server.settings()) == {"sent": 3}
        assert office.round(server.settings()) == {}
    assert [one.recipient for one in server.taken] == ["a@acme.fi", "b@acme.fi", "c@acme.fi"]
    assert server.connections == 1
    assert set(office.states().values()) == {"sent"}


def test_where_nothing_is_due_nobody_is_called(office):
    assert office.round(notice_settings(free_port())) == {}


def test_one_that_is_refused_does_not_hold_up_the_others(office, caplog):
    office.queue("a@acme.fi", "b@acme.fi")
    with ScriptedSmtp(answers={"RCPT TO:<a@acme.fi>": "550 5.1.1 no such user"}) as server:
        assert office.round(server.settings()) == {"failed": 1, "sent": 1}
    assert office.states() == {"a@acme.fi": "failed", "b@acme.fi": "sent"}
    assert "the notice to a@acme.fi cannot be sent" in caplog.text


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "."])
def test_f31_refused_for_now_at_any_stage_it_arrives_later(office, stage):
    office.queue("a@acme.fi")
    with ScriptedSmtp(answers={stage: ["451 4.7.1 greylisted", "451 4.7.1 greylisted", "250 OK"]}) as server:
        if stage == "DATA":
            server.answers = {stage: ["451 4.7.1 greylisted", "451 4.7.1 greylisted", "354 go on"]}
        assert office.round(server.settings()) == {"later": 1}
        assert office.round(server.settings()) == {}
        assert office.round(server.settings(), MINUTE) == {"later": 1}
        assert office.round(server.settings(), MINUTE) == {}
        assert office.round(server.settings(), 4 * MINUTE) == {"sent": 1}
    assert ids(server) == ["a@acme.fi"]


@pytest.mark.parametrize("stage", ["connect", "EHLO", "AUTH"])
@pytest.mark.parametrize("answer", ["421 4.3.2 busy", "451 4.3.0 later", "554 5.7.1 not you", HANG_UP])
def test_f31_a_server_that_lets_nobody_in_costs_no_attempt(office, stage, answer):
    office.queue("a@acme.fi", "b@acme.fi")
    usual = {"connect": "220 here", "EHLO": "250 here", "AUTH": "235 welcome"}[stage]
    server = ScriptedSmtp(extensions=("AUTH PLAIN",), answers={stage: [answer, usual]})
    with server:
        settings = server.settings(username="anna", password="geheim")
        with pytest.raises(Transient):
            office.round(settings)
        assert (server.connections, office.row().attempts) == (1, 0)
        assert office.round(settings) == {"sent": 2}


def test_f31_a_refused_login_is_one_attempt_at_the_server_whatever_waits(office):
    office.queue(*(f"{number}@acme.fi" for number in range(50)))
    with ScriptedSmtp(extensions=("AUTH PLAIN",), answers={"AUTH": "535 5.7.8 wrong"}) as server:
        with pytest.raises(LoginRefused):
            office.round(server.settings(username="anna", password="geheim"))
        assert server.commands().count("AUTH") == 1


@pytest.mark.parametrize("answer", ["421 4.3.2 busy", HANG_UP])
def test_trouble_of_the_server_ends_the_round_and_the_rest_goes_with_the_next(office, answer):
    office.queue("a@acme.fi", "b@acme.fi")
    with ScriptedSmtp(answers={"MAIL": [answer, "250 OK"]}) as server:
        with pytest.raises(Transient):
            office.round(server.settings())
        assert (server.connections, office.row().attempts) == (1, 0)
        assert office.round(server.settings()) == {"sent": 1}
        assert office.round(server.settings(), MINUTE) == {"sent": 1}
    assert ids(server) == ["b@acme.fi", "a@acme.fi"]


def test_f32_a_refusal_for_good_is_never_tried_again(office):
    office.queue("a@acme.fi")
    with ScriptedSmtp(answers={".": "554 5.7.1 spam"}) as server:
        assert office.round(server.settings()) == {"failed": 1}
        assert office.round(server.settings(), 9 * DAY) == {}
    assert office.states() == {"a@acme.fi": "failed"}
    assert "554 5.7.1 spam" in office.row().error


def test_f33_lost_after_the_dot_it_is_repeated_once_with_the_same_message_id(office):
    office.queue("a@acme.fi")
    with ScriptedSmtp(answers={".": [HANG_UP, "250 OK"]}) as server:
        with pytest.raises(Transient):
            office.round(server.settings())
        assert office.round(server.settings()) == {}
        assert office.round(server.settings(), MINUTE) == {"sent": 1}
        assert office.round(server.settings(), DAY) == {}
    assert ids(server) == ["a@acme.fi", "a@acme.fi"]


def test_f33_lost_after_the_dot_again_it_is_given_up(office):
    office.queue("a@acme.fi")
    with ScriptedSmtp(answers={"DATA": CUT}) as server:
        for minutes in (0, 1):
            with pytest.raises(Transient):
                office.round(server.settings(), minutes * MINUTE)
        for _ in range(10):
            assert office.round(server.settings(), 60 * MINUTE) == {}
    assert ids(server) == ["a@acme.fi", "a@acme.fi"]
    assert office.states() == {"a@acme.fi": "failed"}


CRASH = """
import os, sys, threading
from datetime import datetime
from pathlib import Path
from poller.sending import Sending
from poller.settings import DatabaseSettings
from poller.storage import outbox
from poller.storage.database import open_database
from poller.storage.lease import Lease
from poller.submission import Transport
from tests.servers.smtp import notice_settings

path, url, port, name, fence, now, where = sys.argv[1:]
def die(*_, **__):
    os._exit(9)
if where == "after 250":
    outbox.sent = die
else:
    Transport.send = die
open_database(DatabaseSettings(path=Path(path) if path else None, url=url or None))
lease = Lease(name=name, fence=int(fence))
Sending(notice_settings(int(port)), lease, threading.Event(), lambda: datetime.fromisoformat(now)).round()
"""


def crash(office, server, where):
    database = [office.database.path or "", office.database.url or ""]
    arguments = [*database, server.port, MAILBOX, office._held.fence, office.now.isoformat(), where]
    done = subprocess.run([sys.executable, "-c", CRASH, *map(str, arguments)], check=False)
    assert done.returncode == 9


def test_f34_killed_after_250_it_is_repeated_once_with_the_same_message_id(office):
    office.queue("a@acme.fi", "b@acme.fi")
    with ScriptedSmtp() as server:
        crash(office, server, "after 250")
        assert ids(server) == ["a@acme.fi"]
        assert office.states() == {"a@acme.fi": "sending", "b@acme.fi": "pending"}
        assert office.round(server.settings()) == {"sent": 2}
        assert office.round(server.settings(), DAY) == {}
    assert sorted(ids(server)) == ["a@acme.fi", "a@acme.fi", "b@acme.fi"]
    assert set(office.states().values()) == {"sent"}


def test_f34_killed_twice_after_250_there_is_still_one_repeat(office):
    office.queue("a@acme.fi")
    with ScriptedSmtp() as server:
        crash(office, server, "after 250")
        crash(office, server, "after 250")
        assert office.round(server.settings()) == {}
    assert ids(server) == ["a@acme.fi", "a@acme.fi"]
    assert office.states() == {"a@acme.fi": "failed"}


def test_f34_killed_before_the_dialogue_it_is_sent_once(office):
    office.queue("a@acme.fi")
    with ScriptedSmtp() as server:
        crash(office, server, "before MAIL")
        assert office.round(server.settings()) == {"sent": 1}
    assert ids(server) == ["a@acme.fi"]


def test_f34_what_was_accepted_is_recorded_though_the_database_is_locked_for_a_moment(office, monkeypatch, no_pause):
    office.queue("a@acme.fi")
    failures = [Transient("database: locked")] * 2
    sent = outbox.sent

    def locked(*arguments):
        if failures:
            raise failures.pop()
        sent(*arguments)

    monkeypatch.setattr(sendings.outbox, "sent", locked)
    with ScriptedSmtp() as server:
        assert office.round(server.settings()) == {"sent": 1}
    assert office.states() == {"a@acme.fi": "sent"}


def test_f35_a_server_that_was_down_for_a_while_gets_every_notice_at_once(office):
    office.queue("a@acme.fi", "b@acme.fi")
    down = notice_settings(free_port())
    for _ in range(40):
        with pytest.raises(Transient, match="Nothing listens"):
            office.round(down, 60 * MINUTE)
    with ScriptedSmtp() as server:
        assert office.round(server.settings()) == {"sent": 2}


def test_f35_down_for_three_days_it_expires(office, caplog):
    office.queue("a@acme.fi", "b@acme.fi")
    down = notice_settings(free_port())
    with pytest.raises(Transient):
        office.round(down)
    assert office.round(down, 3 * DAY) == {}
    assert set(office.states().values()) == {"failed"}
    assert "2 notices could not be sent for two days" in caplog.text
    with ScriptedSmtp() as server:
        assert office.round(server.settings()) == {}
    assert not server.connections


def test_without_a_server_notices_wait_and_expire(office):
    office.queue("a@acme.fi")
    nowhere = notice_settings(25, host="")
    assert office.round(nowhere) == {}
    assert office.states() == {"a@acme.fi": "pending"}
    office.round(nowhere, 3 * DAY)
    assert office.states() == {"a@acme.fi": "failed"}


def test_f36_the_key_is_named_where_the_null_sender_is_refused(office, caplog):
    office.queue("a@acme.fi")
    with ScriptedSmtp(answers={"MAIL FROM:<>": "550 5.7.1 no"}) as server:
        assert office.round(server.settings()) == {"failed": 1}
    assert "Set NOTICE_ENVELOPE_FROM" in caplog.text
    assert "NOTICE_ENVELOPE_FROM" in office.row().error


def test_a_stop_ends_the_round_between_two_notices(office):
    office.queue("a@acme.fi", "b@acme.fi")
    with ScriptedSmtp(after_dot=office.stop.set) as server:
        assert office.round(server.settings()) == {"sent": 1}
    assert office.states() == {"a@acme.fi": "sent", "b@acme.fi": "pending"}


def test_an_abort_ends_the_dialogue(office):
    office.queue("a@acme.fi")
    with ScriptedSmtp(answers={"DATA": STALL}) as server:
        sending = office.sending(server.settings())
        threading.Timer(0.2, sending.abort).start()
        with pytest.raises(Transient):
            sending.round()
    assert office.states() == {"a@acme.fi": "pending"}
