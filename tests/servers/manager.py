"""What listens where a service manager does: datagrams of sd_notify(3), with who sent them."""

from __future__ import annotations

import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.patience import PATIENCE

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    pid: int
    lines: list[str]


@dataclass(slots=True)
class Manager:
    listening: socket.socket
    address: str
    told: list[Told] = field(default_factory=list)
    """All that was received so far."""

    def next(self) -> list[str]:
        """The lines of the next datagram."""
        octets, ancillary, _, _ = self.listening.recvmsg(8192, socket.CMSG_SPACE(_CREDENTIALS.size))
        (credentials,) = [data for _, kind, data in ancillary if kind == socket.SCM_CREDENTIALS]
        pid, _, _ = _CREDENTIALS.unpack(credentials)
        self.told.append(Told(pid=pid, lines=octets.decode().splitlines()))
        return self.told[-1].lines

    def until(self, condition: Callable[[list[str]], bool]) -> list[str]:
        """The first lines for which it holds."""
        while not condition(lines := self.next()):
            pass
        return lines

    def pending(self) -> list[str]:
        """All lines that have come meanwhile."""
        before = len(self.told)
        self.listening.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.next()
        self.listening.settimeout(PATIENCE)
        return [line for one in self.told[before:] for line in one.lines]


@contextmanager
def listening(*, abstract: bool = False) -> Iterator[Manager]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        name = f"{folder}/notify"  # a short one, which no other test has
        server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        server.settimeout(PATIENCE)
        server.bind(f"\0{name}" if abstract else name)
        yield Manager(server, f"@{name}" if abstract else name)
