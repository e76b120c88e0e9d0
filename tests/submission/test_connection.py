"""Connecting to a server that is down, speaks plain, lies about its name, stalls, or wants nothing to do with us."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.settings import Security
from poller.submission import connection as connections
from poller.submission.connection import Connection, ConnectionLost
from tests.servers.certificates import certificate
from tests.servers.ports import free_port
from tests.servers.smtp import DRIP, HANG_UP, STALL, ScriptedSmtp, notice_settings


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A server that the client trusts."""
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return partial(ScriptedSmtp, certificate=made)


def opened(server, deadline=None, **keys):
    return Connection(server.settings(**keys).smtp, "mail.example.com", deadline or Deadline())


def test_it_introduces_itself_by_the_name_it_is_given():
    with ScriptedSmtp() as server:
        opened(server).close()
    assert server.said == ["EHLO mail.example.com", "QUIT"]


def test_tls_from_the_first_octet(certified):
    with certified(tls_from_start=True) as server:
        opened(server, security=Security.TLS).close()
    assert server.said == ["EHLO mail.example.com", "QUIT"]


def test_starttls_comes_before_everything_but_the_introduction_which_is_repeated(certified):
    with certified(extensions=("STARTTLS", "SIZE")) as server:
        opened(server, security=Security.STARTTLS).close()
    assert server.commands() == ["EHLO", "STARTTLS", "EHLO", "QUIT"]


def test_a_server_without_starttls_gets_nothing():
    with ScriptedSmtp() as server, pytest.raises(ConfigurationError, match="does not offer STARTTLS"):
        opened(server, security=Security.STARTTLS)
    assert server.commands() == ["EHLO"]


@pytest.mark.parametrize("reply", ["454 4.7.0 TLS not available now", "501 5.5.4 no parameters"])
def test_a_server_that_does_not_start_tls_is_never_spoken_to_in_plain(certified, reply):
    with (
        certified(extensions=("STARTTLS",), answers={"STARTTLS": reply}) as server,
        pytest.raises(Transient, match=f"does not encrypt now: {reply}"),
    ):
        opened(server, security=Security.STARTTLS)
    assert server.commands() == ["EHLO", "STARTTLS"]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(("name", "expired"), [("localhost", True), ("elsewhere.example", False)])
def test_a_certificate_that_is_expired_or_anothers_is_refused(tmp_path, monkeypatch, security, name, expired):
    made = certificate(tmp_path, name, expired=expired)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    server = ScriptedSmtp(certificate=made, tls_from_start=security is Security.TLS, extensions=("STARTTLS",))
    with server, pytest.raises(ConfigurationError, match=r"SMTP_HOST: the certificate of localhost:\d+ is not"):
        opened(server, security=security)
    assert not [command for command in server.commands() if command in {"AUTH", "MAIL"}]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    server = ScriptedSmtp(certificate=certificate(tmp_path / "other"), tls_from_start=True)
    with server, pytest.raises(ConfigurationError, match="self-signed"):
        opened(server, security=Security.TLS)


def test_nobody_listens():
    settings = notice_settings(free_port()).smtp
    with pytest.raises(Transient, match=r"Nothing listens at localhost:\d+: check SMTP_HOST and SMTP_PORT"):
        Connection(settings, "mail.example.com", Deadline())


def test_an_unknown_host():
    settings = notice_settings(25, host="mail.invalid").smtp
    with pytest.raises(Transient, match=r"SMTP_HOST: the name mail\.invalid cannot be resolved"):
        Connection(settings, "mail.example.com", Deadline())


def test_tls_to_a_server_that_speaks_plain():
    with ScriptedSmtp() as server, pytest.raises(Transient, match="TLS could not be set up"):
        opened(server, security=Security.TLS)


@pytest.mark.parametrize(
    ("stage", "reply", "why"),
    [
        ("connect", "421 4.3.2 shutting down", "421 4.3.2 shutting down"),
        ("connect", "554 5.7.1 not you", "lets nobody in now: 554 5.7.1 not you"),
        ("connect", "220" + "x" * 9_000, "Line too long"),
        ("connect", "hello", "does not greet as an SMTP server does; it is"),
        ("connect", HANG_UP, "the server closed the connection, while connecting"),
        ("EHLO", "451 4.3.0 later", "lets nobody in now: 451 4.3.0 later, after EHLO"),
        ("EHLO", "550 5.7.1 never", "lets nobody in now: 550 5.7.1 never, after EHLO"),
        ("EHLO", "421 4.7.0 busy", "ended the conversation"),
        ("EHLO", "what?", "could not be understood"),
        ("EHLO", HANG_UP, "the server closed the connection, after EHLO"),
    ],
)
def test_f31_a_server_that_lets_nobody_in_is_tried_later(stage, reply, why):
    with ScriptedSmtp(answers={stage: reply}) as server, pytest.raises(Transient) as later:
        opened(server)
    assert why in str(later.value)


@pytest.mark.parametrize("stage", ["connect", "EHLO"])
def test_a_server_that_stalls_is_given_up(stage, monkeypatch):
    monkeypatch.setattr(connections, "STEP_SECONDS", 0.2)
    with (
        ScriptedSmtp(answers={stage: STALL}) as server,
        pytest.raises(Transient, match=r"(does|did) not answer"),
    ):
        opened(server)


@pytest.mark.parametrize("stage", ["connect", "EHLO"])
def test_a_server_that_drips_is_ended_by_the_deadline(stage):
    with (
        ScriptedSmtp(answers={stage: DRIP}) as server,
        Deadline(0.3) as deadline,
        pytest.raises(Transient, match="the time for this conversation was up"),
    ):
        opened(server, deadline)


def test_another_thread_ends_a_conversation_at_once():
    with ScriptedSmtp(answers={"RSET": STALL}) as server, Deadline() as deadline:
        connection = opened(server, deadline)
        threading.Timer(0.1, deadline.expire).start()
        with pytest.raises(ConnectionLost, match="time for this conversation was up, after RSET"):
            connection.say("RSET")
        connection.drop()


def test_a_message_is_sent_as_it_is_with_its_dots_doubled_on_the_way():
    message = b"Subject: dots\r\n\r\n.\r\n..two\r\nmiddle . dot\r\n.end"
    with ScriptedSmtp() as server:
        connection = opened(server)
        for command in ("MAIL FROM:<>", "RCPT TO:<anna@acme.fi>", "DATA"):
            connection.say(command)
        assert connection.hand_over(message).code == 250
        connection.close()
    assert server.taken[0].message == message + b"\r\n"


def test_the_answer_to_a_message_may_take_longer_than_a_step():
    slow = threading.Event()
    with ScriptedSmtp(after_dot=lambda: slow.wait(0.6)) as server:
        connection = opened(server)
        for command in ("MAIL FROM:<>", "RCPT TO:<anna@acme.fi>", "DATA"):
            connection.say(command)
        connection._set_timeout(0.2)  # as if a step took no longer
        assert connection.hand_over(b"Subject: x\r\n\r\n").code == 250
        assert not connection.owes_answer
        connection.close()
