"""Logging in with an access token: to Dovecot, which asks an authorization server whose it is, and to scripts."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.mailbox.errors import LoginExpired
from poller.mailbox.inbox import Inbox
from poller.oauth2 import Tokens, keep_with
from poller.settings import ImapSettings, OAuthSettings, Security
from tests.mailbox.making import said_credentials
from tests.servers.dovecot import DOVECOT, Dovecot, Kind, running
from tests.servers.needs import need
from tests.servers.scripted import HANG_UP, ScriptedServer
from tests.servers.tokens import TokenServer
from tests.workplace import eventually

IR = "IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2"
WITHOUT_IR = "IMAP4rev1 AUTH=XOAUTH2"
CHALLENGE = "+ " + base64.b64encode(b'{"status":"401"}').decode()
BEARER = "IMAP4rev1 AUTH=XOAUTH2 AUTH=OAUTHBEARER"


@pytest.fixture(autouse=True)
def _afresh():
    """Of the tokens of earlier tests none is known any more."""
    keep_with(None)


@pytest.fixture(scope="module")
def of_dovecot() -> Iterator[tuple[TokenServer, Dovecot]]:
    """An authorization server, and a Dovecot that takes its tokens."""
    need(DOVECOT, "dovecot", "dovecot-imapd")
    with TokenServer() as tokens, running(Kind(tokens=tokens.base)) as dovecot:
        yield tokens, dovecot


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer() as tokens:
        yield tokens


def scripted(capabilities: str, *answers: str, **more: str | list[str]) -> ScriptedServer:
    """Says these to the words of AUTHENTICATE; where it wants them by themselves, it asks for them."""
    to_login = list(answers or ["TAG OK in"]) if "SASL-IR" in capabilities else ["+ ", *(answers or ["TAG OK in"])]
    return ScriptedServer(capabilities=capabilities, answers={"AUTHENTICATE": to_login, "UID": "TAG OK .", **more})


def conversation(server: ScriptedServer) -> list[str]:
    """What was said to log in."""
    return server.said[next(n for n, said in enumerate(server.said) if said.startswith("AUTHENTICATE")) :]


def by_token(settings: ImapSettings, tokens: TokenServer, refresh: str = "refresh") -> ImapSettings:
    oauth = OAuthSettings(token_url=tokens.url, client_id="app", client_secret="", refresh_token=refresh, scope="")
    return replace(settings, password="", oauth=oauth)


@pytest.mark.parametrize("only", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS])
def test_dovecot_takes_a_token_by_each_mechanism(of_dovecot, monkeypatch, only, initial, security):
    tokens, dovecot = of_dovecot
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.authority))
    capabilities = ["IMAP4rev1", f"AUTH={only}", *(["SASL-IR"] if initial else [])]
    monkeypatch.setattr(
        "poller.mailbox.client._WatchedClient.capabilities", lambda _: tuple(one.encode() for one in capabilities)
    )
    user = dovecot.user()
    tokens.user = user.name
    with Inbox(by_token(dovecot.settings(user, security), tokens)) as inbox:
        assert inbox.uidnext == 1
    eventually(lambda: f"user=<{user.name}>, method={only}" in dovecot.log())


def test_dovecot_refuses_a_token_of_somebody_else_and_the_reason_is_told(of_dovecot):
    tokens, dovecot = of_dovecot
    tokens.user = "somebody else"
    with pytest.raises(LoginRefused, match=r"AUTHENTICATIONFAILED.*\(invalid_token\)\. Check IMAP_USERNAME and OAUTH2"):
        Inbox(by_token(dovecot.settings(dovecot.user()), tokens))


def test_a_token_that_has_ended_at_the_server_is_replaced_in_the_same_conversation(of_dovecot):
    tokens, dovecot = of_dovecot
    user = dovecot.user()
    tokens.user = user.name
    settings, before = by_token(dovecot.settings(user), tokens), len(tokens.asked)
    for _ in range(2):
        with Inbox(settings) as inbox:
            assert inbox.uidnext == 1
        tokens.end_all()
    assert len(tokens.asked) - before == 2


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (IR, "AUTHENTICATE XOAUTH2 {first}"),
        (WITHOUT_IR, "AUTHENTICATE XOAUTH2\n{first}"),
        (BEARER, "AUTHENTICATE OAUTHBEARER\n{first}"),
    ],
)
def test_the_first_words_come_with_the_command_where_the_server_takes_them_so(tokens, capabilities, said):
    with scripted(capabilities, "TAG OK in") as server, Inbox(by_token(server.settings(), tokens)):
        bearer = "auth=Bearer token-1\1\1"
        first = f"n,a=anna,\1host=localhost\1port={server.port}\1{bearer}" if "BEAR" in said else f"user=anna\1{bearer}"
        encoded = base64.b64encode(first.encode()).decode()
        assert "\n".join(conversation(server)).startswith(said.format(first=encoded) + "\n")


@pytest.mark.parametrize(
    ("capabilities", "acknowledged"), [(IR, ""), (WITHOUT_IR, ""), (BEARER, base64.b64encode(b"\1").decode())]
)
def test_the_reason_of_a_refusal_is_acknowledged_as_the_mechanism_wants_it(tokens, capabilities, acknowledged):
    with (
        scripted(capabilities, CHALLENGE, "TAG NO AUTHENTICATE failed.") as server,
        pytest.raises(LoginRefused, match=r"the user anna: AUTHENTICATE failed\. \(401\)"),
    ):
        Inbox(by_token(server.settings(), tokens))
    assert conversation(server)[-1] == acknowledged


def test_a_token_that_is_new_and_refused_is_tried_once(tokens):
    with scripted(IR, "TAG NO [AUTHENTICATIONFAILED] no") as server:
        for number in (1, 2):
            with pytest.raises(LoginRefused):
                Inbox(by_token(server.settings(), tokens))
            assert len(tokens.asked) == number
        assert len(said_credentials(server)) == 2


def test_a_token_that_is_not_new_and_refused_is_replaced_once(tokens):
    with scripted(IR, "TAG OK in", "TAG NO no", "TAG NO no") as server:
        settings = by_token(server.settings(), tokens)
        Inbox(settings).close()
        with pytest.raises(LoginRefused):
            Inbox(settings)
        assert len(tokens.asked) == 2
        assert len(said_credentials(server)) == 3


def test_tokens_that_others_take_meanwhile_are_tried_twice_and_not_for_ever(tokens, monkeypatch):
    taken = Tokens.access_token
    monkeypatch.setattr(Tokens, "access_token", lambda self: taken(self) and taken(self))
    with scripted(IR, "TAG NO no") as server:
        for number in (2, 4):
            with pytest.raises(LoginRefused):
                Inbox(by_token(server.settings(), tokens))
            assert len(said_credentials(server)) == number
    assert tokens.given == ["token-1", "token-2", "token-3", "token-4"]


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        ("TAG NO [UNAVAILABLE] later", Transient, "lets nobody in now"),
        ("TAG NO User is authenticated but not connected.", Transient, "lets nobody in now"),
        ("TAG NO [AUTHENTICATIONFAILED] AccessTokenExpired", LoginRefused, "AccessTokenExpired"),
        ("TAG BAD what", Transient, "while logging in"),
        (HANG_UP, Transient, "closed the connection"),
        ("* BYE too many connections", Transient, "too many connections"),
    ],
)
@pytest.mark.parametrize("capabilities", [IR, WITHOUT_IR])
def test_a_refused_token_is_told_from_a_server_in_trouble(tokens, capabilities, answer, error, sentence):
    with scripted(capabilities, answer) as server, pytest.raises(Transient, match=sentence) as raised:
        Inbox(by_token(server.settings(), tokens))
    assert isinstance(raised.value, LoginRefused) is (error is LoginRefused)


def test_a_server_that_takes_no_tokens_is_a_mistake_in_the_settings(tokens):
    with (
        scripted("IMAP4rev1 AUTH=PLAIN") as server,
        pytest.raises(ConfigurationError, match=r"offers no login by token \(IMAP4REV1 AUTH=PLAIN\)"),
    ):
        Inbox(by_token(server.settings(), tokens))
    assert not said_credentials(server)


def test_without_a_token_no_connection_is_opened(tokens):
    tokens.status = 503
    with scripted(IR) as server, pytest.raises(Transient, match="gives no access token now: 503"):
        Inbox(by_token(server.settings(), tokens))
    assert not server.said


@pytest.mark.parametrize(
    "answer",
    [
        "* BYE Session invalidated - AccessTokenExpired",
        "* BYE Session expired, please login again.",
        "TAG NO [AUTHENTICATIONFAILED] the token has expired",
        "TAG BAD User is authenticated but AccessTokenExpired",
    ],
)
def test_a_session_that_ends_with_its_token_says_so_and_the_next_has_a_new_one(tokens, answer):
    with scripted(IR, STATUS=[answer, "* STATUS INBOX (UIDNEXT 3 UIDVALIDITY 7 MESSAGES 2)\nTAG OK ."]) as server:
        settings = by_token(server.settings(), tokens)
        with Inbox(settings) as inbox, pytest.raises(LoginExpired, match="dropped and is opened again"):
            inbox.refresh()
        with Inbox(settings) as inbox:
            inbox.refresh()
    assert tokens.given == ["token-1", "token-2"]


def test_to_somebody_with_a_password_the_same_words_mean_trouble():
    script = {"STATUS": "* BYE Session invalidated - AccessTokenExpired"}
    with (
        ScriptedServer(answers=script) as server,
        Inbox(server.settings()) as inbox,
        pytest.raises(Transient) as raised,
    ):
        inbox.refresh()
    assert not isinstance(raised.value, LoginExpired)


def test_no_token_is_logged(tokens, caplog):
    caplog.set_level(logging.DEBUG)
    with scripted(IR, "TAG NO no") as server, pytest.raises(LoginRefused) as raised:
        Inbox(by_token(server.settings(), tokens))
    assert "token-1" not in caplog.text + str(raised.value)
