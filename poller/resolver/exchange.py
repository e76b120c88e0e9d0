"""A question as octets -> the first good answer of several servers, within a time (RFC 1035, 4.2; RFC 7766)."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import Generic, TypeVar

from poller.settings import NameServer

_LARGEST = 65535
_SENDINGS = 6  # in the whole time, so that a lost datagram costs a sixth of it

T = TypeVar("T")


class Unrelated(Exception):  # noqa: N818 - no error: the octets are passed over
    """The octets answer another question, or are forged. The answer may still come."""


class Truncated(Exception):  # noqa: N818 - no error: the answer is there over TCP
    """The answer did not fit into a datagram."""


class Useless(Exception):  # noqa: N818 - no error of ours: another server may know
    """The server has no answer. The text says what it did: "answered SERVFAIL"."""


class NoAnswer(Exception):  # noqa: N818 - a condition that passes
    """No server has an answer, or the time is over. The text says what each of them did."""


Read = Callable[[bytes], T]
"""What the octets of an answer mean. Raises Unrelated, Truncated or Useless."""


def exchange(question: bytes, servers: Iterable[NameServer], read: Read[T], seconds: float) -> T:
    """Asks the servers in turn, and again, until one answers; also a late answer to an earlier datagram counts.

    Raises NoAnswer when no server is left, or after so many seconds.
    """
    with ExitStack() as stack:
        return _Exchange(question, servers, read, seconds, stack).run()


class _Exchange(Generic[T]):
    def __init__(
        self, question: bytes, servers: Iterable[NameServer], read: Read[T], seconds: float, stack: ExitStack
    ) -> None:
        self._question = question
        self._read = read
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._stack = stack
        # Unlike epoll it needs no file descriptor, of which a batch of messages might find none left.
        self._selector = stack.enter_context(selectors.PollSelector())
        self._lines: dict[NameServer, socket.socket] = {}
        self._left = deque(dict.fromkeys(servers))
        self._complaints: list[str] = []

    def run(self) -> T:
        while self._left and self._remaining() > 0:
            server = self._left[0]
            self._left.rotate(-1)
            if not self._send(server):
                continue
            answer = self._listen()
            if answer is not None:
                return answer
        silent = [f"{server.address} did not answer within {self._seconds:.3g} s" for server in self._left]
        raise NoAnswer("; ".join(self._complaints + silent))

    def _send(self, server: NameServer) -> bool:
        try:
            if server not in self._lines:
                self._open(server)
            self._lines[server].send(self._question)
        except OSError as error:
            self._give_up(server, _unreachable(error))
            return False
        return True

    def _open(self, server: NameServer) -> None:
        """Connected, so that the kernel lets nobody else's datagrams in and reports that nobody listens."""
        family, address = _address(server)
        line = self._stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        line.settimeout(0)
        line.connect(address)
        self._lines[server] = line
        self._selector.register(line, selectors.EVENT_READ, server)

    def _listen(self) -> T | None:
        """Waits for any server until it is time to send again, or until a server drops out."""
        servers = len(self._left)
        end = min(self._deadline, time.monotonic() + self._seconds / _SENDINGS)
        while servers == len(self._left) and (rest := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(rest):
                answer = self._receive(key.data)
                if answer is not None:
                    return answer
        return None

    def _receive(self, server: NameServer) -> T | None:
        try:
            return self._read(self._lines[server].recv(_LARGEST))
        except (Unrelated, BlockingIOError):
            return None
        except Truncated:
            return self._over_tcp(server)
        except Useless as why:
            self._give_up(server, str(why))
        except OSError as error:
            self._give_up(server, _unreachable(error))
        return None

    def _over_tcp(self, server: NameServer) -> T | None:
        end = time.monotonic() + self._remaining() / len(self._left)
        try:
            return self._read(_over_tcp(server, self._question, end))
        except (Unrelated, Truncated):
            self._give_up(server, "gave another answer over TCP than was asked for")
        except Useless as why:
            self._give_up(server, str(why))
        except OSError as error:
            self._give_up(server, f"{_unreachable(error)} over TCP")
        return None

    def _give_up(self, server: NameServer, why: str) -> None:
        self._complaints.append(f"{server.address} {why}")
        self._left.remove(server)
        line = self._lines.pop(server, None)
        if line:
            self._selector.unregister(line)

    def _remaining(self) -> float:
        return self._deadline - time.monotonic()


def _over_tcp(server: NameServer, question: bytes, end: float) -> bytes:
    """Raises OSError, at the latest at that time: a server that sends an octet a second does not prolong it."""
    family, address = _address(server)
    with socket.socket(family, socket.SOCK_STREAM) as line:
        _limit(line, end)
        line.connect(address)
        line.sendall(len(question).to_bytes(2) + question)
        length = int.from_bytes(_read_exactly(line, 2, end))
        return _read_exactly(line, length, end)


def _read_exactly(line: socket.socket, length: int, end: float) -> bytes:
    octets = bytearray()
    while len(octets) < length:
        _limit(line, end)
        piece = line.recv(length - len(octets))
        if not piece:
            raise ConnectionError
        octets += piece
    return bytes(octets)


def _limit(line: socket.socket, end: float) -> None:
    rest = end - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    line.settimeout(rest)


def _address(server: NameServer) -> tuple[int, tuple[object, ...]]:
    """Raises OSError, also for what resolv.conf has in place of an address."""
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    try:
        family, _, _, _, address = socket.getaddrinfo(server.address, server.port, flags=numeric)[0]
    except UnicodeError as error:  # it tries to read a host's name in it
        raise socket.gaierror(socket.EAI_NONAME, "it is no address") from error
    return family, address


def _unreachable(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "did not answer"
    return f"cannot be reached: {error.strerror}" if error.strerror else "hung up"
