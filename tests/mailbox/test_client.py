from __future__ import annotations

import socket

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mailbox.connection import Connection
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.mailbox.making import said_credentials
from tests.servers.certificates import certificate
from tests.servers.scripted import ScriptedServer


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


def test_octets_after_the_answer_to_starttls_end_the_attempt(tmp_path, monkeypatch):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    script = {"STARTTLS": "TAG OK go on\n* CAPABILITY IMAP4rev1 EVIL\n* PREAUTH you are in"}
    with (
        ScriptedServer(certificate=made, answers=script, capabilities="IMAP4rev1 STARTTLS") as server,
        pytest.raises(ConfigurationError, match="somebody in between"),
    ):
        Inbox(server.settings(Security.STARTTLS))
    assert not said_credentials(server)


def test_a_list_that_was_told_before_tls_is_forgotten(tmp_path, monkeypatch):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    script = {"STARTTLS": '* LIST () "!" ""\nTAG OK go on', 'LIST "" ""': "TAG OK done"}
    with (
        ScriptedServer(certificate=made, answers=script, capabilities="IMAP4rev1 STARTTLS") as server,
        Inbox(server.settings(Security.STARTTLS)) as inbox,
    ):
        inbox.ensure_folders(["Filed/2026"])
    assert any("Filed/2026" in said for said in server.said)


@pytest.mark.parametrize("tls", [True, False])
def test_a_server_that_never_greets_ends_at_the_deadline(tls, imap_settings):
    with socket.create_server(("127.0.0.1", 0)) as silent, Deadline(0.2) as deadline:
        security = Security.TLS if tls else Security.PLAIN
        settings = imap_settings(port=silent.getsockname()[1], security=security)
        with pytest.raises(Transient):
            Connection(settings, deadline)
