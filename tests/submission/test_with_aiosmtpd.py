"""The same with a server that somebody else wrote: STARTTLS first, a login, then notices."""

from __future__ import annotations

import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from poller.errors import LoginRefused
from poller.settings import Security
from poller.submission import Accepted, Later, Refused, Transport
from tests.servers.certificates import certificate
from tests.servers.ports import free_port
from tests.servers.smtp import notice_settings

NOTICE = b"Subject: Not filed\r\n\r\n.\r\nNo such project.\r\n"


class Handler:
    def __init__(self):
        self.taken = []

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if address.startswith("unknown"):
            return "550 5.1.1 no such user"
        if address.startswith("greylisted"):
            return "451 4.7.1 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - as above
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def authenticate(_server, _session, _envelope, _mechanism, data):
    return AuthResult(success=(data.login, data.password) == ("änna".encode(), b"geheim"), handled=False)


@pytest.fixture
def server(tmp_path, monkeypatch):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    controller = Controller(
        Handler(),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    yield controller
    controller.stop()


def transport_to(server, password="geheim"):
    return Transport(notice_settings(server.port, security=Security.STARTTLS, username="änna", password=password))


def test_notices_go_over_one_encrypted_connection_and_each_answer_is_understood(server):
    transport = transport_to(server)
    outcomes = []
    for recipient in ("anna@acme.fi", "unknown@acme.fi", "greylisted@acme.fi", "bertil@acme.fi"):
        transport.make_ready()
        outcomes.append(type(transport.send(recipient, NOTICE)))
    transport.close()
    assert outcomes == [Accepted, Refused, Later, Accepted]
    assert server.handler.taken == [("<>", ["anna@acme.fi"], NOTICE), ("<>", ["bertil@acme.fi"], NOTICE)]


def test_a_wrong_password_is_refused(server):
    with pytest.raises(LoginRefused, match="535"):
        transport_to(server, password="guess").make_ready()
    assert not server.handler.taken
