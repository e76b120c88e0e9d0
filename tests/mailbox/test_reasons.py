from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.servers.ports import free_port
from tests.servers.scripted import ScriptedServer


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
