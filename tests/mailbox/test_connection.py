from __future__ import annotations

import base64
import socket

import pytest

from poller.errors import ConfigurationError, Transient
from poller.mailbox.connection import Connection
from poller.mailbox.deadline import Deadline
from poller.mailbox.errors import LoginRefused
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.servers.certificates import certificate
from tests.servers.dovecot import Kind
from tests.servers.ports import free_port
from tests.servers.scripted import HANG_UP, ScriptedServer

CREDENTIALS = ("LOGIN", "AUTHENTICATE")


def said_credentials(server):
    return [said for said in server.said if said.startswith(CREDENTIALS)]


@pytest.mark.parametrize("host", ["mail.example.com", "192.0.2.1", "localhost.example.com", "::2", "127.example.com"])
def test_plain_is_refused_for_another_machine_before_anything_is_sent(host, imap_settings):
    with pytest.raises(ConfigurationError, match="IMAP_SECURITY=plain"):
        Inbox(imap_settings(host=host, security=Security.PLAIN))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_plain_is_allowed_on_this_machine(host, imap_settings):
    with ScriptedServer() as server, Inbox(imap_settings(host=host, port=server.port)) as inbox:
        assert inbox.name == f"anna@{host.lower()}/INBOX"


@pytest.mark.parametrize(
    ("name", "expired", "why"),
    [("mail.example.org", False, "Hostname mismatch"), ("localhost", True, "certificate has expired")],
)
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_does_not_verify_ends_the_attempt(tmp_path, monkeypatch, security, name, expired, why):
    made = certificate(tmp_path, name, expired=expired)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with (
        ScriptedServer(
            certificate=made, tls_from_start=security is Security.TLS, capabilities="IMAP4rev1 STARTTLS"
        ) as server,
        pytest.raises(ConfigurationError, match=why),
    ):
        Inbox(server.settings(security))
    assert not said_credentials(server)


def test_a_certificate_of_an_unknown_authority_ends_the_attempt(dovecot):
    with pytest.raises(ConfigurationError, match=r"self-signed certificate.*SSL_CERT_FILE"):
        Inbox(dovecot.settings(dovecot.user(), Security.TLS))


@pytest.mark.parametrize(
    "script",
    [
        {"capabilities": "IMAP4rev1 AUTH=PLAIN"},
        {"capabilities": "IMAP4rev1 STARTTLS", "answers": {"STARTTLS": "TAG NO not today"}},
        {"capabilities": "IMAP4rev1 STARTTLS", "answers": {"STARTTLS": "TAG BAD what?"}},
        {"capabilities": "IMAP4rev1 STARTTLS", "greeting": "* PREAUTH welcome"},
        {"capabilities": "IMAP4rev1 STARTTLS", "greeting": "* BYE not today"},
    ],
)
def test_without_starttls_no_credentials_are_sent(script):
    with ScriptedServer(**script) as server, pytest.raises((ConfigurationError, Transient)):
        Inbox(server.settings(Security.STARTTLS))
    assert not said_credentials(server)


def test_what_was_said_before_tls_is_not_believed_after_it(tmp_path, monkeypatch):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    injected = "* CAPABILITY IMAP4rev1 AUTH=PLAIN LOGINDISABLED EVIL\n* OK [CAPABILITY IMAP4rev1 EVIL] .\nTAG OK go on"
    script = {
        "STARTTLS": injected,
        "CAPABILITY": ["* CAPABILITY IMAP4rev1 STARTTLS\nTAG OK .", "* CAPABILITY IMAP4rev1\nTAG OK ."],
    }
    with ScriptedServer(certificate=made, answers=script) as server, Inbox(server.settings(Security.STARTTLS)) as inbox:
        assert inbox.capabilities == {"IMAP4REV1"}
    assert [said.split()[0] for said in said_credentials(server)] == ["LOGIN"]


def test_octets_after_the_answer_to_starttls_are_never_read_as_answers(tmp_path, monkeypatch):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    script = {"STARTTLS": "TAG OK go on\n* CAPABILITY IMAP4rev1 EVIL\n* PREAUTH you are in"}
    with (
        ScriptedServer(certificate=made, answers=script, capabilities="IMAP4rev1 STARTTLS") as server,
        Inbox(server.settings(Security.STARTTLS)) as inbox,
    ):
        assert "EVIL" not in inbox.capabilities


def test_capabilities_are_those_after_the_login():
    script = {"CAPABILITY": ["* CAPABILITY IMAP4rev1 EARLY\nTAG OK .", "* CAPABILITY IMAP4rev1 LATE\nTAG OK ."]}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert inbox.capabilities == {"IMAP4REV1", "LATE"}
    script = {"LOGIN": "* CAPABILITY IMAP4rev1 TOLD\nTAG OK ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert inbox.capabilities == {"IMAP4REV1", "TOLD"}
    script = {"LOGIN": "TAG OK [CAPABILITY IMAP4rev1 TOLD] ."}
    with ScriptedServer(answers=script) as server, Inbox(server.settings()) as inbox:
        assert inbox.capabilities == {"IMAP4REV1", "TOLD"}


@pytest.mark.parametrize(
    ("answer", "error", "sentence"),
    [
        ("TAG NO [AUTHENTICATIONFAILED] wrong", LoginRefused, "refused the user anna: .AUTHENTICATIONFAILED. wrong"),
        ("TAG NO wrong", LoginRefused, "Check IMAP_USERNAME and IMAP_PASSWORD"),
        ("TAG NO [EXPIRED] change it", LoginRefused, "change it"),
        ("TAG NO [UNAVAILABLE] database down", Transient, "lets nobody in now"),
        ("TAG NO [INUSE] too many", Transient, "lets nobody in now"),
        ("TAG BAD what", Transient, "while logging in"),
        ("* BYE too many connections", Transient, "too many connections"),
        (HANG_UP, Transient, "closed the connection"),
    ],
)
@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 AUTH=PLAIN"])
def test_a_refused_login_is_told_from_a_server_in_trouble(answer, error, sentence, capabilities):
    with (
        ScriptedServer(capabilities=capabilities, answers={"LOGIN|AUTHENTICATE": answer}) as server,
        pytest.raises(Transient, match=sentence) as raised,
    ):
        Inbox(server.settings())
    assert type(raised.value) is error or (error is Transient and not isinstance(raised.value, LoginRefused))


def test_where_no_passwords_are_taken_the_setting_is_wrong():
    with (
        ScriptedServer(capabilities="IMAP4rev1 LOGINDISABLED STARTTLS") as server,
        pytest.raises(ConfigurationError, match="takes no passwords"),
    ):
        Inbox(server.settings())
    assert not said_credentials(server)


def test_a_password_may_hold_any_character(dovecot_of):
    dovecot = dovecot_of(Kind(password='pä"ss\\wörd€'))
    with Inbox(dovecot.settings(dovecot.user())) as inbox:
        assert inbox.uidnext == 1


@pytest.mark.parametrize(("username", "password"), [("anna", "pässword"), ("ännä", "x"), ("anna\r\nA1 LOGOUT", "x")])
def test_login_alone_cannot_carry_everything(username, password):
    with ScriptedServer() as server, pytest.raises(ConfigurationError, match="printable ASCII"):
        Inbox(server.settings(username=username, password=password))
    assert not said_credentials(server)


def test_login_quotes_name_and_password():
    with ScriptedServer() as server, Inbox(server.settings(username='an "na', password='a\\b "c')):
        assert said_credentials(server) == ['LOGIN "an \\"na" "a\\\\b \\"c"']


def test_nobody_listens(imap_settings):
    port = free_port()
    with pytest.raises(Transient, match=f"Nothing listens at localhost:{port}"):
        Inbox(imap_settings(port=port))


def test_an_unknown_host(imap_settings):
    with pytest.raises(Transient, match=r"mail\.invalid cannot be resolved"):
        Inbox(imap_settings(host="mail.invalid", security=Security.TLS))


def test_tls_to_a_server_that_speaks_plain():
    with ScriptedServer() as server, pytest.raises(Transient, match="TLS could not be set up"):
        Inbox(server.settings(Security.TLS))


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_never_greets_ends_at_the_deadline(tls, imap_settings):
    with socket.create_server(("127.0.0.1", 0)) as silent, Deadline(0.2) as deadline:
        security = Security.TLS if tls else Security.PLAIN
        settings = imap_settings(port=silent.getsockname()[1], security=security)
        with pytest.raises(Transient):
            Connection(settings, deadline)


def test_the_error_of_a_login_does_not_hold_the_password():
    with (
        ScriptedServer(capabilities="IMAP4rev1 AUTH=PLAIN", answers={"AUTHENTICATE": "TAG NO no"}) as server,
        pytest.raises(LoginRefused) as raised,
    ):
        Inbox(server.settings(password="hunter2hunter2"))
    assert "hunter2" not in str(raised.value)
    assert base64.b64encode(b"hunter2").decode() not in str(raised.value)
