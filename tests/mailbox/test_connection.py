from __future__ import annotations

from contextlib import ExitStack

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mailbox.connection import Connection
from poller.mailbox.errors import CommandRefused, CommandRejected
from poller.mailbox.inbox import Inbox
from poller.settings import Security
from tests.mailbox.making import LIMIT
from tests.servers.certificates import certificate
from tests.servers.scripted import DRIP, HANG_UP, SELECTED, ScriptedServer


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


@pytest.fixture
def connect():
    """A connection to a server with some answers, and what that server was told."""
    with ExitStack() as stack:

        def connect(**answers):
            server = stack.enter_context(ScriptedServer(answers=answers))
            connection = Connection(server.settings(), stack.enter_context(Deadline()))
            stack.callback(connection.close)
            return connection, server.said

        yield connect


def select(client):
    return client.select_folder("INBOX")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("TAG NO [TRYCREATE] no", "TRYCREATE", r"refused while opening: \[TRYCREATE\] no"),
        ("TAG NO no", None, "refused while opening: no"),
    ],
)
def test_after_a_clean_refusal_the_connection_goes_on(connect, answer, code, words):
    connection, _ = connect(SELECT=[answer, SELECTED])
    with pytest.raises(CommandRefused, match=words) as raised:
        connection.ask("opening", select)
    assert raised.value.code == code
    assert connection.alive
    assert connection.ask("opening", select)[b"UIDVALIDITY"] == 7


@pytest.mark.parametrize(
    ("answer", "error"),
    [("TAG BAD what?", CommandRejected), ("* BYE bye", Transient), (HANG_UP, Transient)],
)
def test_after_anything_else_it_is_dropped_and_asked_nothing_more(connect, answer, error):
    connection, said = connect(SELECT=answer)
    with pytest.raises(error, match=r"while opening; the connection was dropped and is opened again\.$"):
        connection.ask("opening", select)
    before = list(said)
    with pytest.raises(Transient, match="was dropped before opening"):
        connection.ask("opening", select)
    assert not connection.alive
    connection.close()
    assert said == before


def test_an_error_of_our_own_passes_through_and_drops_nothing(connect):
    connection, _ = connect()
    with pytest.raises(ConfigurationError, match="mine"):
        connection.ask("opening", raising(ConfigurationError("mine")))
    assert connection.alive


def raising(error):
    def command(client):
        raise error

    return command


def test_a_connection_is_closed_with_a_logout_that_removes_nothing(connect):
    connection, said = connect()
    connection.ask("opening", select)
    connection.close()
    assert said[-1] == "LOGOUT"
    assert not {"CLOSE", "EXPUNGE"} & set(said)


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
