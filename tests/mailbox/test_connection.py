from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.mailbox.deadline import Deadline
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.mailbox.making import (
    LIMIT,
)
from tests.servers.certificates import certificate
from tests.servers.scripted import DRIP, HANG_UP, ScriptedServer


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


@pytest.mark.parametrize("security", [Security.PLAIN, Security.TLS])
def test_a_server_that_drips_ends_at_the_deadline(tmp_path, monkeypatch, described, security):
    made = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
    with (
        ScriptedServer(
            answers={"UID FETCH": DRIP}, certificate=made, tls_from_start=security is Security.TLS
        ) as server,
        Deadline() as deadline,
        Inbox(server.settings(security), deadline) as inbox,
    ):
        deadline.arm(0.3)
        with pytest.raises(Transient, match="time for this conversation was up"):
            list(inbox.fetch([described(1, 1000)], tmp_path, LIMIT))
        assert not inbox.alive


@pytest.mark.parametrize(
    "answer", [HANG_UP, "* BYE shutting down", "* 1 FETCH (UID 1 BODY[] {1000}\nabc" + HANG_UP, "!", ""]
)
@pytest.mark.parametrize(
    "command",
    ["CAPABILITY", "LOGIN", "LIST", "SELECT", "STATUS", "NOOP", "UID SEARCH", "UID FETCH", "UID STORE", "UID MOVE"],
)
def test_a_conversation_that_breaks_off_anywhere_ends_with_a_sentence(tmp_path, described, command, answer):
    script = {
        "STATUS": "* STATUS INBOX ()\nTAG OK .",
        "UID SEARCH": "TAG OK .",
        "UID STORE": "TAG OK .",
        command: answer,
    }
    with ScriptedServer(answers=script, capabilities="IMAP4rev1 MOVE") as server:
        with pytest.raises(Transient, match=r"localhost:\d+: .*, while .*ing.*") as raised:
            poll(server, tmp_path, described)
        assert "\n" not in str(raised.value)


def poll(server, spool, described):
    with Inbox(server.settings()) as inbox:
        inbox.refresh()
        list(inbox.fetch([described(1, 1000)], spool, LIMIT))
        inbox.settle([1], folder="Filed", flagged=True, keyword="$MailfilerFiled")
