"""No server, one that is silent, and one that lets nobody in: it is tried again, seldom, then all is filed."""

from __future__ import annotations

import socket
import threading

import pytest

from poller.errors import LoginRefused, Transient
from poller.worker import open_worker
from tests.servers.ports import free_port
from tests.servers.proxy import Instead


def attempt(site, port, words):
    """A cycle towards that port fails with these words; nothing is stored."""
    settings = site.workplace.settings(IMAP_PORT=str(port))
    with open_worker(settings, threading.Event(), lambda *_: None) as worker, pytest.raises(Transient, match=words):
        worker.poll_until_empty()
    assert site.subjects() == []


def test_f01_where_nothing_listens_it_is_told_and_filed_later(site):
    site.deliver(1)
    attempt(site, free_port(), r"Nothing listens at .*check IMAP_HOST and IMAP_PORT")
    site.cycle()
    site.all_filed(1)


def test_f02_a_host_that_swallows_everything_ends_with_the_time_out(site, monkeypatch):
    site.deliver(1)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second, monkeypatch.context() as patched:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for line in (first, second):  # what is beyond the backlog gets no answer to its SYN
            line.setblocking(False)
            line.connect_ex(full.getsockname())
        patched.setattr("poller.mailbox.client.CONNECT_SECONDS", 0.3)
        patched.setattr("socket.getaddrinfo", only_ipv4(socket.getaddrinfo))
        attempt(site, full.getsockname()[1], r"does not answer: check IMAP_HOST, IMAP_PORT and the firewall")
    site.cycle()
    site.all_filed(1)


def only_ipv4(getaddrinfo):
    return lambda host, port, **keys: getaddrinfo(host, port, family=socket.AF_INET, **keys)


@pytest.mark.parametrize("security", ["plain", "tls", "starttls"])
def test_f03_a_server_that_never_greets_ends_with_the_time_out(site, monkeypatch, security):
    site.deliver(1)
    with monkeypatch.context() as patched, socket.create_server(("127.0.0.1", 0)) as silent:
        patched.setattr("poller.mailbox.client.CONNECT_SECONDS", 0.3)
        port = str(silent.getsockname()[1])
        settings = site.workplace.settings(IMAP_PORT=port, IMAP_SECURITY=security)
        with (
            open_worker(settings, threading.Event(), lambda *_: None) as worker,
            pytest.raises(Transient, match=r"does not answer|did not answer"),
        ):
            worker.poll()
    site.cycle()
    site.all_filed(1)


REFUSED = b"TAG NO [AUTHENTICATIONFAILED] wrong"


def test_f28_a_wrong_password_is_told_apart_and_forgotten_when_it_is_right_again(site):
    site.deliver(1)
    with site.worker() as worker:
        site.proxy.set(Instead(said=rb"AUTHENTICATE", answer=REFUSED))
        for _ in range(3):
            with pytest.raises(LoginRefused, match=r"Check IMAP_USERNAME and IMAP_PASSWORD; after three refusals"):
                worker.poll()
        site.cycle(worker)
    assert b"".join(bytes(said) for said in site.proxy.said).count(b"AUTHENTICATE") == 4
    site.all_filed(1)


EXPIRED = [
    b"TAG NO User is authenticated but not connected.",
    b"TAG BAD User is authenticated but not connected.",
    b"TAG NO [UNAVAILABLE] Session invalidated - AccessTokenExpired",
    b"* BYE Session invalidated - AccessTokenExpired",
]
THROTTLED = [
    b"TAG BAD Request is throttled. Suggested Backoff Time: 92412 milliseconds",
    b"TAG NO [THROTTLED] slowly",
    b"TAG NO [LIMIT] too many commands",
    b"* BYE Account exceeded command or bandwidth limits.",
]
COMMANDS = [rb"SELECT", rb"STATUS", rb"UID SEARCH", rb"UID FETCH \S+ \(UID INTERNALDATE", rb"UID FETCH \S+ \(UID BODY"]


@pytest.mark.parametrize("answer", EXPIRED)
def test_f29_a_session_that_expires_is_opened_anew_and_costs_no_message_anything(site, caplog, answer):
    with site.worker() as worker:
        for number, command in enumerate(COMMANDS):
            site.deliver(number)
            site.cycle(worker, Instead(said=command, answer=answer))
            site.cycle(worker)
    assert "left for later" not in caplog.text
    assert len(site.proxy.said) > len(COMMANDS)
    site.all_filed(*range(len(COMMANDS)))


@pytest.mark.parametrize("answer", THROTTLED)
def test_f30_a_provider_that_throttles_is_left_alone_until_the_next_cycle(site, caplog, answer):
    with site.worker() as worker:
        for number, command in enumerate(COMMANDS):
            site.deliver(number)
            before = len(site.proxy.said)
            site.cycle(worker, Instead(said=command, answer=answer))
            assert len(site.proxy.said) <= before + 2, "it came back at once"
            site.cycle(worker)
    assert "left for later" not in caplog.text
    site.all_filed(*range(len(COMMANDS)))
