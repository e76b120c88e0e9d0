from __future__ import annotations

import queue
import threading
from dataclasses import replace

import pytest

from poller.mailbox import idle
from poller.mailbox.idle import IdleWatcher
from poller.settings import Security
from tests.patience import PATIENCE
from tests.servers.dovecot import Kind
from tests.servers.ports import free_port
from tests.servers.scripted import HANG_UP, SELECTED, ScriptedServer

MESSAGE = b"Subject: offer\n\nhello\n"
CAPABILITIES = "IMAP4rev1 IDLE"


class Arrivals:
    """Counts calls, and waits for the next one."""

    def __init__(self):
        self._calls = threading.Semaphore(0)

    def __call__(self):
        self._calls.release()

    def come(self, seconds=PATIENCE):
        return self._calls.acquire(timeout=seconds)


@pytest.fixture
def arrived():
    return Arrivals()


@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS])
def test_new_mail_is_noticed_long_before_idle_is_renewed(dovecot, monkeypatch, arrived, security):
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    user = dovecot.user()
    with IdleWatcher(dovecot.settings(user, security), arrived):
        assert arrived.come()  # once at the start: what came while nobody watched
        for _ in range(3):
            user.deliver(MESSAGE)
            assert arrived.come()


def test_a_server_without_idle_is_left_alone(dovecot_of, arrived):
    dovecot = dovecot_of(Kind(without=("IDLE",)))
    with IdleWatcher(dovecot.settings(dovecot.user()), arrived) as watcher:
        watcher._thread.join(PATIENCE)
        assert not watcher.alive
    assert not arrived.come(0)


def test_it_stops_at_once_while_it_waits(dovecot, arrived):
    with IdleWatcher(dovecot.settings(dovecot.user()), arrived) as watcher:
        assert arrived.come()
    watcher._thread.join(60)  # Dovecot would have said something after two minutes, and IDLE been renewed after nine
    assert not watcher.alive


@pytest.mark.parametrize("answers", [{"LOGIN": HANG_UP}, {"LOGIN": "TAG NO [AUTHENTICATIONFAILED] no"}])
def test_it_stops_at_once_while_it_backs_off(answers, arrived, caplog):
    with ScriptedServer(answers=answers, capabilities=CAPABILITIES) as server:
        watcher = IdleWatcher(server.settings(), arrived)
        watcher.start()
        while not caplog.records:
            watcher._thread.join(0.01)
        watcher.stop()
        assert not watcher.alive
    assert sum(said.startswith("LOGIN") for said in server.said) == 1


def test_it_goes_on_trying_while_nobody_listens(imap_settings, arrived):
    with IdleWatcher(imap_settings(port=free_port()), arrived) as watcher:
        watcher._thread.join(0.1)
        assert watcher.alive
    assert not watcher.alive


def test_news_that_came_together_with_the_answer_to_idle_are_not_missed(arrived):
    script = {"IDLE": ["+ idling\n* 3 EXISTS", "+ idling"], "DONE": "TAG OK done"}
    with idling(script) as server, IdleWatcher(server.settings(), arrived):
        assert arrived.come()
        assert arrived.come()


def test_idle_is_renewed_and_followed_by_a_noop_that_may_bring_news(arrived):
    script = {"IDLE": "+ idling", "NOOP": ["TAG OK done", "* 3 EXISTS\nTAG OK done", "TAG OK done"]}
    with idling(script) as server, IdleWatcher(server.settings(), arrived, renewal=0.05):
        assert arrived.come()
        assert arrived.come()
    assert server.said.count("NOOP") >= 2
    assert not any(said.startswith("SELECT") for said in server.said)


def test_a_broken_connection_is_opened_again_and_mail_may_have_come_meanwhile(arrived, monkeypatch):
    monkeypatch.setattr(idle, "_GOOD", 0)
    script = {"IDLE": [HANG_UP, "* BYE restarting", "* 3 EXISTS", "+ idling"]}
    with idling(script) as server, IdleWatcher(server.settings(), arrived):
        for _ in range(4):
            assert arrived.come()
    assert sum(said.startswith("LOGIN") for said in server.said) == 4


def test_it_survives_whatever_is_raised(arrived, monkeypatch, caplog):
    monkeypatch.setattr(idle, "_GOOD", 0)

    def arrive():
        arrived()
        raise ZeroDivisionError("a bug")

    with idling({"IDLE": "+ idling"}) as server, IdleWatcher(server.settings(), arrive):
        for _ in range(3):
            assert arrived.come()
    assert "Waiting for new mail failed" in caplog.text


def idling(script):
    return ScriptedServer(answers={"EXAMINE": SELECTED, **script}, capabilities=CAPABILITIES)


def test_how_it_fares_is_told_while_it_cannot_watch_and_when_it_can(dovecot, monkeypatch):
    monkeypatch.setattr("poller.mailbox.idle._pause", lambda *_: 0)
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    settings = dovecot.settings(dovecot.user())
    with IdleWatcher(replace(settings, port=free_port()), lambda: None, fares=told.put):
        assert "Nothing listens" in told.get(timeout=PATIENCE)
    with IdleWatcher(settings, lambda: None, fares=told.put):
        while told.get(timeout=PATIENCE):  # what is left of the one before
            pass
