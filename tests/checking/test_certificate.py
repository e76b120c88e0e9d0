"""Certificates that are not valid, and what to do about each."""

from __future__ import annotations

import pytest

from poller.checking.port import advice_for
from poller.settings import Security
from tests.checking.test_port import smtp_at
from tests.servers.certificates import certificate
from tests.servers.scripted import ScriptedServer
from tests.servers.smtp import ScriptedSmtp


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("kind", ["IMAP", "SMTP"])
def test_a_certificate_for_another_name(tmp_path, monkeypatch, kind, security):
    made = certificate(tmp_path, "mail.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    server = {"IMAP": ScriptedServer, "SMTP": ScriptedSmtp}[kind]
    with server(certificate=made, tls_from_start=security is Security.TLS) as running:
        settings = running.settings(security) if kind == "IMAP" else smtp_at(running, security)
        advice = advice_for(settings)
    assert (advice.found, advice.remedy) == ("it is for mail.example.com", f"{kind}_HOST=mail.example.com")


def test_a_certificate_of_an_unknown_authority_for_another_name(tmp_path):
    trust = "SSL_CERT_FILE=/path/of/its/authority.pem in the environment, if you trust it"
    with ScriptedServer(certificate=certificate(tmp_path, "mail.example.com"), tls_from_start=True) as imap:
        advice = advice_for(imap.settings(Security.TLS))
    assert advice.found == "its authority is unknown to this machine, and it is for mail.example.com"
    assert advice.remedy == f"IMAP_HOST=mail.example.com, and {trust}"
    with ScriptedServer(certificate=certificate(tmp_path), tls_from_start=True) as imap:
        advice = advice_for(imap.settings(Security.TLS))
    assert (advice.found, advice.remedy) == ("its authority is unknown to this machine", trust)


def test_a_certificate_that_has_expired(tmp_path, monkeypatch):
    made = certificate(tmp_path, expired=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with ScriptedServer(certificate=made, tls_from_start=True) as imap:
        assert advice_for(imap.settings(Security.TLS)).remedy == "renew the server's certificate: it has expired"
