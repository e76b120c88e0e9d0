from __future__ import annotations

import imaplib
import socket
import ssl

import pytest

from poller.errors import ConfigurationError, Transient
from poller.mailbox.inbox import Inbox
from poller.mailbox.reasons import why_dropped, why_no_connection
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


def certificate_error(message):
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] long words")
    error.verify_message = message
    return error


def tls_error(reason):
    error = ssl.SSLError(1, "[SSL] long words")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (certificate_error("it is too old"), ConfigurationError, "not valid for localhost: it is too old."),
        (TimeoutError("timed out"), Transient, "localhost:143 does not answer"),
        (tls_error("NO_SHARED_CIPHER"), Transient, "TLS could not be set up (NO_SHARED_CIPHER)"),
        (tls_error(""), Transient, "TLS could not be set up ([SSL] long words)"),
        (ssl.SSLError("the socket was closed"), Transient, "TLS could not be set up (the socket was closed)"),
        (socket.gaierror(-2, "Name or service not known"), Transient, "the name localhost cannot be resolved now"),
        (ConnectionRefusedError(111, "refused"), Transient, "Nothing listens at localhost:143"),
        (OSError(113, "No route to host"), Transient, "localhost:143: the conversation broke off"),
        (ConnectionResetError(104, "reset"), Transient, "broke off ([Errno 104] reset), while connecting"),
        (imaplib.IMAP4.abort("socket error: EOF"), Transient, "localhost:143: the server closed the connection"),
        (imaplib.IMAP4.error("* BYE full"), Transient, "broke off (* BYE full)"),
        (ValueError("odd"), Transient, "could not be understood (ValueError: odd)"),
    ],
)
def test_an_error_while_connecting_says_what_happened_and_where(imap_settings, error, kind, sentence):
    told = why_no_connection(imap_settings(), error)
    assert type(told) is kind
    assert sentence in str(told)


@pytest.mark.parametrize("error", [Transient("later"), ConfigurationError("misconfigured")])
def test_what_is_a_sentence_already_stays_as_it_is(imap_settings, error):
    assert why_no_connection(imap_settings(), error) is error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TimeoutError("timed out"), "the server did not answer in time"),
        (imaplib.IMAP4.abort("socket error: EOF"), "the server closed the connection"),
        (imaplib.IMAP4.abort("unexpected response"), "the conversation broke off (unexpected response)"),
        (BrokenPipeError(32, "Broken pipe"), "the conversation broke off ([Errno 32] Broken pipe)"),
        (KeyError("UID"), "the server's answer could not be understood (KeyError: 'UID')"),
    ],
)
def test_an_error_in_a_conversation_is_half_a_sentence(error, words):
    assert why_dropped(error) == words
