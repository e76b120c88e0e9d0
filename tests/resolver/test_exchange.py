from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from poller.resolver.exchange import NoAnswer, Truncated, Unrelated, Useless, exchange
from poller.settings import NameServer
from tests.servers.dns import DnsServer, Trouble
from tests.servers.ports import free_port

QUESTION = bytes.fromhex("1234 0100 0001 0000 0000 0000 04") + b"acme\x02fi\0\0\x10\0\x01"
SERVFAIL, REFUSED = 2, 5


def read(octets: bytes) -> bytes:
    """What the client does, in short."""
    if octets[:2] != QUESTION[:2]:
        raise Unrelated
    if octets[2] & 2:
        raise Truncated
    if octets[3] & 15 in {SERVFAIL, REFUSED}:
        raise Useless(f"answered {octets[3] & 15}")
    return octets


@pytest.fixture
def other() -> Iterator[DnsServer]:
    with DnsServer() as other:
        yield other


def test_a_lost_datagram_is_sent_again(server: DnsServer) -> None:
    server.troubles = {"*": [Trouble.DROP, Trouble.DROP, Trouble.NONE]}
    start = time.monotonic()
    assert exchange(QUESTION, [server.address], read, 3)
    assert time.monotonic() - start > 0.9
    assert len(server.asked) == 3


def test_a_late_answer_to_the_first_datagram_counts(server: DnsServer) -> None:
    server.troubles = {"*": [Trouble.NONE, Trouble.DROP]}
    server.delays = {"*": 0.8}
    assert exchange(QUESTION, [server.address], read, 3)


@pytest.mark.parametrize("trouble", [Trouble.SERVFAIL, Trouble.REFUSED])
def test_the_next_server_is_asked_at_once_when_one_has_no_answer(
    server: DnsServer, other: DnsServer, trouble: Trouble
) -> None:
    server.troubles = {"*": trouble}
    start = time.monotonic()
    assert exchange(QUESTION, [server.address, other.address], read, 60)
    assert time.monotonic() - start < 5


def test_the_next_server_is_asked_when_one_is_silent(server: DnsServer, other: DnsServer) -> None:
    server.troubles = {"*": Trouble.DROP}
    assert exchange(QUESTION, [server.address, other.address], read, 3)


def test_what_each_server_did_is_told(server: DnsServer, other: DnsServer) -> None:
    server.troubles = {"*": Trouble.SERVFAIL}
    other.troubles = {"*": Trouble.DROP}
    nowhere = NameServer(address="not.an.address", port=53)
    start = time.monotonic()
    with pytest.raises(
        NoAnswer, match=r"^127.0.0.1 answered 2; not.an.address cannot be reached: .*; 127.0.0.1 did not"
    ):
        exchange(QUESTION, [server.address, nowhere, other.address], read, 0.3)
    assert 0.3 <= time.monotonic() - start < 10


@pytest.mark.parametrize("address", ["192.0..2", "\ufffd", "1" * 64])
def test_what_is_no_address_cannot_be_reached(server: DnsServer, address: str) -> None:
    nowhere = NameServer(address=address, port=53)
    with pytest.raises(NoAnswer, match=r"cannot be reached: it is no address$"):
        exchange(QUESTION, [nowhere], read, 5)
    assert exchange(QUESTION, [nowhere, server.address], read, 5)


def test_without_time_nobody_is_asked(server: DnsServer) -> None:
    with pytest.raises(NoAnswer):
        exchange(QUESTION, [server.address], read, 0)
    assert server.asked == []


def test_a_truncated_answer_is_fetched_over_tcp(server: DnsServer) -> None:
    server.troubles = {"*": Trouble.TRUNCATE}
    assert exchange(QUESTION, [server.address], read, 5)
    assert server.asked_over_tcp == ["acme.fi TXT"]


TRUNCATED = bytes.fromhex("1234 8200 0000 0000 0000 0000")


class TcpAnswers:
    """Truncates over UDP, and says something odd over TCP, an octet at a time if it is to drip."""

    def __init__(self, said: bytes, *, drips: bool = False) -> None:
        self.said = said
        self.drips = drips
        self.stop = threading.Event()

    def __enter__(self) -> NameServer:
        self.tcp = socket.create_server(("127.0.0.1", free_port()))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.tcp.getsockname())
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return NameServer(address="127.0.0.1", port=self.tcp.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()
        self.tcp.close()
        self.udp.close()

    def serve(self) -> None:
        self.udp.sendto(TRUNCATED, self.udp.recvfrom(65535)[1])
        line, _ = self.tcp.accept()
        with line:
            line.recv(65535)
            for octet in self.said:
                line.sendall(bytes([octet]))
                if self.drips and self.stop.wait(0.05):
                    return


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "127.0.0.1 hung up over TCP"),
        (b"\x00\x20abc", "127.0.0.1 hung up over TCP"),
        (b"\x00\x0c" + TRUNCATED, "127.0.0.1 gave another answer over TCP than was asked for"),
        (b"\x00\x0c\x99" + TRUNCATED[1:], "127.0.0.1 gave another answer over TCP than was asked for"),
        (b"\x00\x0c\x12\x34\x80\x02" + bytes(8), "127.0.0.1 answered 2"),
    ],
)
def test_an_odd_answer_over_tcp_is_none(said: bytes, why: str) -> None:
    with TcpAnswers(said) as server, pytest.raises(NoAnswer, match=f"^{why}$"):
        exchange(QUESTION, [server], read, 5)


def test_a_server_that_drips_over_tcp_does_not_prolong_the_time() -> None:
    start = time.monotonic()
    with TcpAnswers(b"\xff\xff" + bytes(1000), drips=True) as server, pytest.raises(NoAnswer, match=r"over TCP$"):
        exchange(QUESTION, [server], read, 0.5)
    assert time.monotonic() - start < 10
