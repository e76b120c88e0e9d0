"""Whoever stands in between: TLS that proves nothing, or none at all, gets no credentials."""

from __future__ import annotations

import ssl

import pytest

from poller.errors import ConfigurationError, Transient
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.servers.certificates import certificate
from tests.servers.proxy import Edit
from tests.servers.scripted import ScriptedServer


def said_no_credentials(said: str) -> bool:
    return "LOGIN" not in said and "AUTHENTICATE" not in said


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("expired", r"certificate has expired\. Nothing was sent"),
        ("another name", r"Hostname mismatch.*Nothing was sent"),
        ("self-signed", r"self-signed certificate.*SSL_CERT_FILE"),
        ("TLS 1.1", r"TLS could not be set up .*check IMAP_SECURITY"),
    ],
)
def test_f08_tls_that_proves_nothing_gets_no_credentials(tmp_path, monkeypatch, security, fault, words):
    made = certificate(
        tmp_path, "mail.example.org" if fault == "another name" else "localhost", expired=fault == "expired"
    )
    if fault != "self-signed":
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    server = ScriptedServer(
        certificate=made,
        tls_from_start=security is Security.TLS,
        capabilities="IMAP4rev1 STARTTLS",
        newest_tls=ssl.TLSVersion.TLSv1_1 if fault == "TLS 1.1" else None,
    )
    with server, pytest.raises((ConfigurationError, Transient), match=words):
        Inbox(server.settings(security))
    assert said_no_credentials(" ".join(server.said))


def refused(site, monkeypatch, words, *faults):
    """A cycle with STARTTLS and these faults gets nowhere, and says so; without them all is filed."""
    monkeypatch.setenv("SSL_CERT_FILE", str(site.workplace.dovecot.authority))
    site.keys = {"IMAP_SECURITY": "starttls"}
    site.deliver(1)
    site.cycle(None, *faults)
    assert words in site.told[0]
    assert "use IMAP_SECURITY=tls" in site.told[0]
    assert site.subjects() == []
    assert said_no_credentials(site.proxy.said[0].decode("latin-1"))
    site.cycle()
    site.all_filed(1)


def test_f09_without_starttls_nothing_is_said_in_plain_text(site, monkeypatch):
    refused(
        site,
        monkeypatch,
        "does not offer STARTTLS",
        Edit(pattern=rb" STARTTLS", into=b""),
        Edit(said=rb"CAPABILITY", pattern=rb" STARTTLS", into=b""),
    )


@pytest.mark.parametrize(
    "injected",
    [b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n", b"* PREAUTH you are in\r\n", b"A1 OK done\r\n", b"* BYE\r\n", b"x"],
)
def test_f10_words_put_before_tls_into_the_servers_mouth_end_the_attempt(site, monkeypatch, injected):
    refused(
        site,
        monkeypatch,
        "went on in plain text after it was asked for TLS",
        Edit(said=rb"STARTTLS", pattern=rb"\Z", into=injected),
    )


def test_f10_what_was_said_before_the_answer_to_starttls_is_forgotten(site, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(site.workplace.dovecot.authority))
    site.keys = {"IMAP_SECURITY": "starttls"}
    site.deliver(1)
    injected = b'* CAPABILITY EVIL\r\n* SEARCH 66\r\n* NAMESPACE (("EVIL." ".")) NIL NIL\r\n'
    site.cycle(None, Edit(said=rb"STARTTLS", pattern=rb"\A", into=injected))
    assert not (site.workplace.user.maildir / ".EVIL").exists()
    site.all_filed(1)
