from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.oauth2 import Tokens
from poller.settings import OAuthSettings
from poller.submission.connection import Connection, ConnectionLost
from poller.submission.login import log_in
from tests.servers.smtp import HANG_UP, ScriptedSmtp
from tests.servers.tokens import TokenServer


def try_to_log_in(server, username="anna", password="geheim"):
    settings = server.settings(username=username, password=password).smtp
    connection = Connection(settings, "mail.example.com", Deadline())
    try:
        log_in(connection, settings)
    finally:
        connection.close()


@pytest.mark.parametrize(("username", "password"), [("anna", "geheim"), ("änna@acme.fi", "pässwörd €")])
def test_plain_carries_any_letter(username, password):
    with ScriptedSmtp(extensions=("AUTH CRAM-MD5 PLAIN LOGIN",)) as server:
        try_to_log_in(server, username, password)
    (said,) = [line for line in server.said if line.startswith("AUTH")]
    assert base64.b64decode(said.removeprefix("AUTH PLAIN ")).decode() == f"\0{username}\0{password}"


def test_login_is_for_servers_that_know_nothing_better():
    with ScriptedSmtp(extensions=("AUTH=LOGIN",), answers={"AUTH": "334 VXNlcm5hbWU6"}) as server:
        try_to_log_in(server)
    assert server.said == ["EHLO mail.example.com", "AUTH LOGIN", "anna", "geheim", "QUIT"]


def test_without_a_user_name_nobody_logs_in():
    with ScriptedSmtp(extensions=("AUTH PLAIN",)) as server:
        try_to_log_in(server, username="")
    assert server.commands() == ["EHLO", "QUIT"]


@pytest.mark.parametrize(
    ("extensions", "offer"), [(("SIZE",), "no AUTH"), (("AUTH CRAM-MD5 XOAUTH2",), "AUTH CRAM-MD5")]
)
def test_a_server_that_takes_no_password_is_a_mistake_in_the_settings(extensions, offer):
    with (
        ScriptedSmtp(extensions=extensions) as server,
        pytest.raises(ConfigurationError, match=f"offers no login by password .{offer}.*check SMTP_SECURITY"),
    ):
        try_to_log_in(server)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_f31_a_refused_password_is_tried_once_and_told_without_it(mechanism):
    answers = {"AUTH PLAIN": "535 5.7.8 wrong", "AUTH LOGIN": "334 VXNlcm5hbWU6", "password": "535 5.7.8 wrong"}
    with (
        ScriptedSmtp(extensions=(f"AUTH {mechanism}",), answers=answers) as server,
        pytest.raises(LoginRefused, match=r"the user anna: 535 5\.7\.8 wrong\. Check SMTP_USERNAME") as refused,
    ):
        try_to_log_in(server)
    assert server.commands().count("AUTH") == 1
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("reply", ["454 4.7.0 temporary", "432 4.7.12 later"])
def test_f31_a_login_that_fails_for_now_is_tried_later(reply):
    with (
        ScriptedSmtp(extensions=("AUTH PLAIN",), answers={"AUTH": reply}) as server,
        pytest.raises(Transient, match="lets nobody in now") as later,
    ):
        try_to_log_in(server)
    assert not isinstance(later.value, LoginRefused)


@pytest.mark.parametrize("answers", [{"AUTH": HANG_UP}, {"AUTH": "334 VXNlcm5hbWU6", "password": HANG_UP}])
def test_a_connection_lost_while_logging_in_tells_no_secret(answers):
    with (
        ScriptedSmtp(extensions=("AUTH LOGIN",), answers=answers) as server,
        pytest.raises(ConnectionLost, match="closed the connection, after AUTH") as lost,
    ):
        try_to_log_in(server)
    assert base64.b64encode(b"geheim").decode() not in str(lost.value)


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        ("AUTH XOAUTH2 PLAIN", "user=anna\1auth=Bearer token-1\1\1"),
        ("AUTH XOAUTH2 OAUTHBEARER", "n,a=anna,\1host={host}\1port={port}\1auth=Bearer token-1\1\1"),
    ],
)
def test_a_token_is_the_login_where_there_is_no_password(offered, said):
    with TokenServer() as tokens, ScriptedSmtp(extensions=(offered,)) as server:
        settings = with_tokens(server, tokens)
        log_in_with(settings)
    (line,) = [line for line in server.said if line.startswith("AUTH")]
    expected = said.format(host=settings.host, port=settings.port)
    assert base64.b64decode(line.split()[2]).decode() == expected


def test_a_token_that_is_refused_is_not_used_again():
    with TokenServer() as tokens, ScriptedSmtp(extensions=("AUTH XOAUTH2",), answers={"AUTH": "535 no"}) as server:
        settings = with_tokens(server, tokens)
        source = Tokens(settings.oauth)
        for _ in range(2):
            with pytest.raises(LoginRefused):
                log_in_with(settings, source)
    assert len(tokens.asked) == 2


@pytest.mark.parametrize(("offered", "acknowledged"), [("AUTH XOAUTH2", ""), ("AUTH OAUTHBEARER", "\1")])
def test_the_reason_of_a_refusal_is_acknowledged_as_the_mechanism_wants_it(offered, acknowledged):
    challenge = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
    answers = {"AUTH": f"334 {challenge}", "password": "535 5.7.8 not accepted"}
    with (
        TokenServer() as tokens,
        ScriptedSmtp(extensions=(offered,), answers=answers) as server,
        pytest.raises(LoginRefused, match=r"535 5\.7\.8 not accepted \(400\)\. Check SMTP_USERNAME and OAUTH2_SCOPE"),
    ):
        log_in_with(with_tokens(server, tokens))
    assert server.said[2] == acknowledged


def test_a_long_token_waits_until_it_is_asked_for():
    """RFC 4954, 4: a command is at most 512 octets long."""
    with TokenServer() as tokens, ScriptedSmtp(extensions=("AUTH XOAUTH2",), answers={"AUTH": "334 "}) as server:
        tokens.answer = b'{"access_token": "%s"}' % (b"x" * 2000)
        log_in_with(with_tokens(server, tokens))
    assert server.said[1] == "AUTH XOAUTH2"
    assert server.said[2].count("x") > 1900


def test_a_token_that_is_not_new_and_refused_is_replaced_once():
    answers = {"AUTH": ["235 welcome", "535 no", "235 welcome"]}
    with TokenServer() as tokens, ScriptedSmtp(extensions=("AUTH XOAUTH2",), answers=answers) as server:
        settings = with_tokens(server, tokens)
        source = Tokens(settings.oauth)
        for _ in range(2):
            log_in_with(settings, source)
    assert tokens.given == ["token-1", "token-2"]


def test_a_server_without_tokens_is_a_mistake_in_the_settings():
    with (
        TokenServer() as tokens,
        ScriptedSmtp(extensions=("AUTH PLAIN",)) as server,
        pytest.raises(ConfigurationError, match="offers no login by token"),
    ):
        log_in_with(with_tokens(server, tokens))


def with_tokens(server, tokens):
    oauth = OAuthSettings(token_url=tokens.url, client_id="app", client_secret="", refresh_token="r", scope="")
    return replace(server.settings(username="anna", password="").smtp, oauth=oauth)


def log_in_with(settings, source=None):
    connection = Connection(settings, "mail.example.com", Deadline())
    try:
        log_in(connection, settings, source or Tokens(settings.oauth))
    finally:
        connection.close()
