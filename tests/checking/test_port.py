"""What answers at a port, and the line to set."""

from __future__ import annotations

from dataclasses import replace
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest

from poller.checking.port import advice_for
from poller.settings import Security
from tests.servers.certificates import certificate
from tests.servers.ports import free_port
from tests.servers.scripted import ScriptedServer
from tests.servers.smtp import ScriptedSmtp

WITHOUT_STARTTLS = {"STARTTLS": "TAG BAD what?"}


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A certificate of localhost that this machine trusts."""
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    return made


def smtp_at(server, security):
    return server.settings(security=security).smtp


def test_tls_where_starttls_was_expected(trusted):
    with ScriptedServer(certificate=trusted, tls_from_start=True) as imap:
        advice = advice_for(imap.settings(Security.STARTTLS))
    assert (advice.found, advice.remedy) == ("TLS answers there", "IMAP_SECURITY=tls")


def test_starttls_where_tls_was_expected(trusted):
    with ScriptedServer(certificate=trusted) as imap:
        assert advice_for(imap.settings(Security.TLS)).remedy == "IMAP_SECURITY=starttls"
    with ScriptedSmtp(certificate=trusted) as smtp:
        assert advice_for(smtp_at(smtp, Security.TLS)).remedy == "SMTP_SECURITY=starttls"


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_server_on_this_machine_without_any_tls(security):
    with ScriptedServer(answers=WITHOUT_STARTTLS) as imap:
        assert advice_for(imap.settings(security)).remedy == "IMAP_SECURITY=plain"
    with ScriptedSmtp(answers={"STARTTLS": "502 5.5.1 no"}) as smtp:
        assert advice_for(smtp_at(smtp, security)).remedy == "SMTP_SECURITY=plain"


def test_another_protocol():
    with ScriptedSmtp() as smtp, ScriptedServer() as imap:
        wrong = advice_for(replace(imap.settings(), port=smtp.port))
        assert (wrong.found, wrong.remedy) == ("an SMTP server answers there", "IMAP_PORT=993")
        wrong = advice_for(replace(smtp_at(smtp, Security.PLAIN), port=imap.port))
        assert (wrong.found, wrong.remedy) == ("an IMAP server answers there", "SMTP_PORT=587")
    with ScriptedServer(greeting="SSH-2.0-OpenSSH_9.2") as other:
        assert advice_for(other.settings()).found == "something that says 'SSH-2.0-OpenSSH_9.2\\r\\n' answers there"


USUAL_IMAP = "IMAP_PORT=…, usually 993 with IMAP_SECURITY=tls, 143 with IMAP_SECURITY=starttls"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "it answers, but not as a server with TLS does"),
        (b"", "it accepts connections and says nothing"),
    ],
    ids=["of the web", "one that hangs up"],
)
def test_a_server_that_waits_for_the_client_and_is_none_for_mail(answer, found):
    class Other(BaseRequestHandler):
        def handle(self):
            self.request.recv(4096)
            self.request.sendall(answer)

    with ThreadingTCPServer(("127.0.0.1", 0), Other) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with ScriptedServer() as imap:
            advice = advice_for(replace(imap.settings(Security.TLS), port=server.server_address[1]))
        server.shutdown()
        thread.join()
    assert (advice.found, advice.remedy) == (found, USUAL_IMAP)


def test_nobody_and_nowhere():
    with ScriptedServer() as imap:
        settings = imap.settings()
    assert advice_for(replace(settings, port=free_port())).remedy.startswith("IMAP_PORT=")
    nowhere = advice_for(replace(settings, host="nowhere.invalid"))
    assert nowhere.remedy == "IMAP_HOST=… with a name that this machine's DNS knows"


def test_a_refusal_in_the_greeting():
    with ScriptedServer(greeting="* BYE too many of you") as imap:
        assert advice_for(imap.settings()).remedy == "have the server let this machine in, or IMAP_HOST=…"


def test_what_is_well_by_now_has_passed(trusted):
    with ScriptedServer(certificate=trusted) as imap:
        for security in (Security.PLAIN, Security.STARTTLS):
            assert advice_for(imap.settings(security)).remedy == "mailfiler check, later, and the server's own log"
