"""Two pages on loopback, and clients of every kind."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, closing

import pytest

from poller.metrics import client, server
from poller.metrics.server import MOST, serving
from poller.settings import MetricsSettings
from tests.metrics.watching import asked, is_open
from tests.servers.ports import free_port
from tests.workplace import eventually

GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def said(port: int, octets: bytes, *, shut: bool = False) -> bytes:
    """What comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(octets)
        if shut:
            line.shutdown(socket.SHUT_WR)
        return read(line)


def read(line: socket.socket) -> bytes:
    found = b""
    while octets := line.recv(65536):
        found += octets
    return found


def rest(line: socket.socket) -> bytes:
    """What still comes before the server ends or cuts the connection."""
    try:
        return read(line)
    except ConnectionResetError:
        return b""


def goes_on(line: socket.socket) -> bool:
    """Whether the server takes another octet."""
    line.settimeout(0.05)
    try:
        line.sendall(b"X")
        return line.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/metrics", 200, "a 1\n"),
        ("GET", "/metrics?name[]=a", 200, "a 1\n"),
        ("GET", "/healthz", 503, "{}\n"),
        ("HEAD", "/metrics", 200, ""),
        ("HEAD", "/healthz", 503, ""),
        ("HEAD", "/nowhere", 404, ""),
        ("GET", "http://localhost:9464/metrics?a", 200, "a 1\n"),
        ("GET", "HTTP://[::1]/healthz", 503, "{}\n"),
        ("GET", "http://localhost", 404, "404 Not Found\n"),
        ("GET", "/x/http://localhost/metrics", 404, "404 Not Found\n"),
        ("GET", "/", 404, "404 Not Found\n"),
        ("GET", "/metrics/", 404, "404 Not Found\n"),
        ("GET", "/METRICS", 404, "404 Not Found\n"),
        ("GET", "/../metrics", 404, "404 Not Found\n"),
        ("POST", "/nowhere", 404, "404 Not Found\n"),
        ("POST", "/metrics", 405, "405 Method Not Allowed\n"),
        ("DELETE", "/healthz", 405, "405 Method Not Allowed\n"),
        ("get", "/metrics", 405, "405 Method Not Allowed\n"),
    ],
)
def test_each_request_has_its_answer(port, method, path, status, body):
    assert asked(port, path, method) == (status, body)


def test_what_may_be_asked_is_told_with_405(port):
    assert b"\r\nAllow: GET, HEAD\r\n" in said(port, GET.replace(b"GET", b"PUT"))


def test_of_what_head_asks_for_the_length_is_told(port):
    answer = said(port, GET.replace(b"GET", b"HEAD"))
    assert b"\r\nContent-Length: 4\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "octets",
    [b"\r\n\r\n", b"GET\r\n\r\n", b"GET /metrics\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"a b SIP/2.0\r\n\r\n"],
    ids=["nothing", "a word", "HTTP 0.9", "TLS", "SIP"],
)
def test_what_is_no_request_is_refused(port, octets):
    assert said(port, octets).startswith(b"HTTP/1.1 400 ")


def test_a_request_without_an_end_is_refused_before_it_fills_the_memory(port):
    assert said(port, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * (64 << 10)).startswith(b"HTTP/1.1 431 ")


def test_one_connection_has_one_answer_whatever_is_asked_for_behind_it(port):
    answer = said(port, GET.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n") * 3)
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"\r\nConnection: close\r\n" in answer


def test_a_client_that_only_asks_and_shuts_its_half_is_answered(port):
    assert said(port, GET, shut=True).endswith(b"\r\n\r\na 1\n")


def test_a_client_that_goes_away_in_the_middle_is_no_trouble(port, health):
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(GET[:10])
    assert asked(port, "/metrics") == (200, "a 1\n")
    assert health.part("metrics").failures == 0


def test_slow_clients_hold_up_nobody_and_are_cut_when_there_are_too_many(port):
    with ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30)) for _ in range(2 * MOST)
        ]
        for line in lines[MOST:]:
            line.sendall(b"G")
        assert asked(port, "/metrics") == (200, "a 1\n")
        # All that were there before the newest ones.
        assert [rest(line) for line in lines[:MOST]] == [b""] * MOST


def test_who_takes_too_long_is_cut(port, monkeypatch):
    monkeypatch.setattr(client, "SECONDS", 0.2)
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        line.sendall(GET[:-2])
        assert rest(line) == b""


def test_an_octet_at_a_time_is_too_slow_too(port, monkeypatch):
    """What counts is the whole of a request, not the time between two octets."""
    monkeypatch.setattr(client, "SECONDS", 0.5)
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        eventually(lambda: not goes_on(line))


def test_a_database_that_hangs_holds_up_neither_the_metrics_for_long_nor_anybody_else(port, answers, monkeypatch):
    monkeypatch.setattr(client, "LOOK_SECONDS", 0.2)
    answers.hangs = True
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        line.sendall(GET)
        eventually(lambda: answers.asked == 1)
        assert asked(port, "/healthz")[0] == 503
        assert read(line).endswith(b"a 1\n")


def test_a_bug_in_an_answer_costs_one_connection(port, answers, monkeypatch, caplog):
    monkeypatch.setattr(answers, "metrics", lambda: 1 / 0)
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        line.sendall(GET)
        assert b"500" in read(line).partition(b"\r\n")[0]
    assert asked(port, "/healthz")[0] == 503
    assert "ZeroDivisionError" in caplog.text


def test_on_ipv6_too(answers, health):
    number = free_port()
    with serving(MetricsSettings(address="::1", port=number), answers, health):
        eventually(lambda: health.part("metrics").well_at is not None)
        assert asked(number, "/metrics", host="::1") == (200, "a 1\n")
        assert not is_open(number)


def test_a_port_in_use_is_told_once_and_had_as_soon_as_it_is_free(answers, health, monkeypatch, caplog):
    monkeypatch.setattr(server, "AGAIN_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        with serving(MetricsSettings(address="127.0.0.1", port=number), answers, health):
            eventually(lambda: health.part("metrics").failures >= 2)
            assert f"METRICS_LISTEN: 127.0.0.1:{number} cannot be had: Address already in use" in health.trouble()
            other.close()
            eventually(lambda: health.part("metrics").failures == 0)
            assert asked(number, "/metrics") == (200, "a 1\n")
    (line,) = [record.message for record in caplog.records if "it is tried again every" in record.message]
    assert line.startswith(f"METRICS_LISTEN: 127.0.0.1:{number} cannot be had: Address already in use; mail is filed")


def test_the_end_waits_for_no_client(answers, health):
    number = free_port()
    with ExitStack() as stack:
        with serving(MetricsSettings(address="127.0.0.1", port=number), answers, health):
            eventually(lambda: is_open(number))
            stack.enter_context(socket.create_connection(("127.0.0.1", number))).sendall(b"GET")
            asked(number, "/healthz")  # it came after that one, which has been let in then
            began = time.monotonic()
        assert time.monotonic() - began < client.SECONDS / 2
        assert not is_open(number)
