from __future__ import annotations

import socket
import ssl
import threading
from contextlib import ExitStack

import pytest

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.reaching import connect, why_out_of_reach
from poller.settings import ImapSettings, Security, SmtpSettings
from tests.servers.ports import free_port

SMTP = SmtpSettings(host="smtp.example.com", port=587, security=Security.STARTTLS, username="", password="")
IMAP = ImapSettings(
    host="imap.example.com", port=993, security=Security.TLS, username="anna", password="x", folder="INBOX"
)


def test_the_keys_and_ports_to_check_are_those_of_the_server_at_hand():
    error = ssl.SSLError("the socket was closed")
    assert "check SMTP_SECURITY and SMTP_PORT (tls: usually 465" in str(why_out_of_reach(SMTP, error))
    assert "check IMAP_SECURITY and IMAP_PORT (tls: usually 993" in str(why_out_of_reach(IMAP, error))


@pytest.mark.parametrize("error", [Transient("later"), ConfigurationError("misconfigured")])
def test_what_is_a_sentence_already_stays_as_it_is(error):
    assert why_out_of_reach(SMTP, error) is error


def test_what_is_neither_a_sockets_nor_tls_is_left_to_the_caller():
    assert why_out_of_reach(SMTP, OSError(113, "No route to host")) is None


@pytest.fixture
def silent():
    """A port where nobody answers: its queue is full, so that the system drops who comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        port = listener.getsockname()[1]
        for _ in range(3):
            line = stack.enter_context(socket.socket())
            line.setblocking(False)
            line.connect_ex(("127.0.0.1", port))
        yield port


def test_a_server_that_never_answers_is_waited_for_no_longer_than_said(silent):
    with pytest.raises(TimeoutError):
        connect("127.0.0.1", silent, 0.2, Deadline())


def test_another_thread_ends_the_wait_for_a_server_that_never_answers(silent):
    deadline = Deadline()
    threading.Timer(0.2, deadline.expire).start()
    with pytest.raises(OSError, match=r"reset|aborted"):
        connect("127.0.0.1", silent, 30, deadline)


def test_of_many_addresses_the_first_that_answers_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        usual = socket.getaddrinfo("127.0.0.1", listener.getsockname()[1], type=socket.SOCK_STREAM)
        nobody = socket.getaddrinfo("127.0.0.1", free_port(), type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: nobody + usual)
        with Deadline(60) as deadline, connect("mail.example.com", 25, 5, deadline) as line:
            assert line.getpeername() == listener.getsockname()
            assert line.gettimeout() == 5
        deadline.release()
