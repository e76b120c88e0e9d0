"""Waiting for mail in a session that ends with its access token, as all do at Gmail and Microsoft 365."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from poller.mailbox.idle import IdleWatcher
from poller.oauth2 import keep_with, tokens_for
from poller.settings import ImapSettings, OAuthSettings
from tests.patience import PATIENCE
from tests.servers.dovecot import DOVECOT, Kind, running
from tests.servers.needs import need
from tests.servers.proxy import Instead, Proxy
from tests.servers.scripted import HANG_UP, SELECTED, ScriptedServer
from tests.servers.tokens import TokenServer
from tests.workplace import eventually

EXPIRED = "* BYE Session invalidated - AccessTokenExpired"


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    keep_with(None)
    with TokenServer() as tokens:
        yield tokens


def by_token(settings: ImapSettings, tokens: TokenServer) -> ImapSettings:
    oauth = OAuthSettings(token_url=tokens.url, client_id="app", client_secret="", refresh_token="refresh", scope="")
    return replace(settings, password="", oauth=oauth)


def idling(*answers: str, login: str | list[str] = "TAG OK in") -> ScriptedServer:
    script = {"AUTHENTICATE": login, "EXAMINE": SELECTED, "IDLE": list(answers)}
    return ScriptedServer(capabilities="IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2", answers=script)


@pytest.mark.parametrize(
    "end", [EXPIRED, f"+ idling\n{EXPIRED}\n{HANG_UP}", "* BYE Session expired, please login again."]
)
def test_it_is_opened_again_at_once_with_a_new_token_and_mail_may_have_come_meanwhile(tokens, caplog, end):
    caplog.set_level(logging.INFO)
    arrived, troubles = threading.Semaphore(0), []
    with (
        idling(end, "+ idling") as server,
        IdleWatcher(by_token(server.settings(), tokens), arrived.release, fares=troubles.append),
    ):
        for _ in range(2):
            assert arrived.acquire(timeout=PATIENCE)
    assert tokens.given == ["token-1", "token-2"]
    assert set(troubles) == {""}
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_a_token_that_others_had_used_before_may_end_as_soon_as_the_one_before_did(tokens):
    """Two ends within a minute: what the other one had used was old, and only the next came for this session."""
    arrived, troubles = threading.Semaphore(0), []
    with idling(EXPIRED, EXPIRED, "+ idling") as server:
        settings = by_token(server.settings(), tokens)
        tokens_for(settings.oauth).access_token()
        with IdleWatcher(settings, arrived.release, fares=troubles.append):
            for _ in range(3):
                assert arrived.acquire(timeout=PATIENCE)
    assert tokens.given == ["token-1", "token-2", "token-3"]
    assert set(troubles) == {""}


def test_dovecot_that_takes_tokens_alone_is_idled_at_again_after_two_ends(tokens):
    need(DOVECOT, "dovecot", "dovecot-imapd")
    arrived, troubles = threading.Semaphore(0), []
    with running(Kind(tokens=tokens.base)) as dovecot, Proxy(target=dovecot.port) as proxy:
        user = dovecot.user()
        tokens.user = user.name
        settings = by_token(proxy.settings(dovecot.settings(user)), tokens)
        tokens_for(settings.oauth).access_token()
        proxy.set(Instead(said=b"IDLE", answer=EXPIRED.encode(), times=2))
        with IdleWatcher(settings, arrived.release, fares=troubles.append):
            for _ in range(3):
                assert arrived.acquire(timeout=PATIENCE)
            eventually(lambda: proxy.heard[-1].endswith(b"+ idling\r\n"))
            user.deliver(b"Subject: x\r\n\r\n")
            assert arrived.acquire(timeout=PATIENCE)
    assert tokens.given == ["token-1", "token-2", "token-3"]
    assert set(troubles) == {""}


def test_where_new_tokens_end_at_once_too_it_backs_off(tokens, caplog):
    told = threading.Event()
    with (
        idling(EXPIRED) as server,
        IdleWatcher(by_token(server.settings(), tokens), lambda: None, fares=lambda why: why and told.set()) as watcher,
    ):
        assert told.wait(PATIENCE)
        watcher._thread.join(0.3)
    assert tokens.given == ["token-1", "token-2"]
    assert "Waiting for new mail was interrupted" in caplog.text


def test_a_provider_that_refuses_is_asked_seldom_and_nothing_ends(tokens, caplog):
    tokens.rotates, tokens.good = True, set()
    told = threading.Event()
    with (
        idling("+ idling") as server,
        IdleWatcher(by_token(server.settings(), tokens), lambda: None, fares=lambda why: why and told.set()) as watcher,
    ):
        assert told.wait(PATIENCE)
        watcher._thread.join(0.3)
        assert watcher.alive
    assert len(tokens.asked) == 1
    assert "invalid_grant" in caplog.text
