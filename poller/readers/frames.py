"""Between the worker and its readers: packets with a descriptor each, behind which are the octets or the value."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EMFILE
from mmap import ACCESS_READ, mmap
from pathlib import Path
from socket import recv_fds, send_fds, socket
from typing import Any

from poller.filing.first_look import FirstLook, Unread
from poller.mail.message import Octets

MAPPED = 1 << 20
"""Octets of a file that is rather mapped than read."""

_PACKET = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why there is no look: `later` where it is the disk that failed, and not the message."""

    why: str
    later: bool


Seen = FirstLook | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message as it came: its octets are in the file `number`."""

    number: int
    size: int
    oversized: bool

    @contextmanager
    def unread(self) -> Iterator[Unread]:
        """While the context lasts, in which a large source is mapped. Raises OSError where it cannot be read."""
        try:
            source = _source(self.number)
        finally:
            os.close(self.number)
        try:
            yield Unread(source=source, size=self.size, oversized=self.oversized)
        finally:
            if isinstance(source, mmap):
                with suppress(BufferError):  # somebody looks at it still, and it is closed with the last of them
                    source.close()


def send_value(connection: socket, value: object) -> None:
    """Of any size. Raises OSError, and what pickling it raises."""
    send_file(connection, in_memory(value))


def send_file(connection: socket, number: int) -> None:
    """With a value in it; closed in any case. Raises OSError."""
    try:
        send_fds(connection, [b"value"], [number])
    finally:
        os.close(number)


def receive_value(connection: socket) -> Any:  # noqa: ANN401 - whatever the other side of our own pair sent
    """Raises EOFError when the other side has ended, TimeoutError, OSError, and what unpickling raises.

    Failed, where there is a value, and this process may not open another file.
    """
    _, numbers = _receive(connection)
    if not numbers:
        return Failed(why=os.strerror(EMFILE), later=True)
    with open(numbers[0], "rb") as file:  # noqa: PTH123 - it has no path
        file.seek(0)
        return pickle.loads(file.read())  # noqa: S301 - from our own process


def send_unread(connection: socket, unread: Unread, path: Path | None) -> None:
    """The octets by their file where they have one. Raises OSError."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path else _copied(unread.source)
    try:
        send_fds(connection, [pickle.dumps((unread.size, unread.oversized))], [number])
    finally:
        os.close(number)


def receive_asked(connection: socket) -> Asked:
    """Raises EOFError when there will be no more, OSError."""
    packet, numbers = _receive(connection)
    if not numbers:
        raise OSError(EMFILE, os.strerror(EMFILE))
    size, oversized = pickle.loads(packet)  # noqa: S301 - from our own process
    return Asked(number=numbers[0], size=size, oversized=oversized)


def in_memory(value: object) -> int:
    """A file without a name that the value was written to. Raises OSError, and what pickling it raises."""
    number = os.memfd_create("mailfiler")
    try:
        with open(number, "wb", closefd=False) as file:
            pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
    except BaseException:
        os.close(number)
        raise
    return number


def _copied(source: Octets) -> int:
    number = os.memfd_create("mailfiler")
    try:
        with open(number, "wb", closefd=False) as file:
            file.write(source)
    except BaseException:
        os.close(number)
        raise
    return number


def _receive(connection: socket) -> tuple[bytes, list[int]]:
    """The file of a packet is missing where this process has no number left for it."""
    try:
        packet, numbers, *_ = recv_fds(connection, _PACKET, 1)
    except ConnectionResetError:
        # The other side has ended with packets that it had not read, which is told once, and before what it had sent.
        packet, numbers, *_ = recv_fds(connection, _PACKET, 1)
    if not packet:
        raise EOFError
    return packet, numbers


def _source(number: int) -> Octets:
    size = os.fstat(number).st_size
    return mmap(number, 0, access=ACCESS_READ) if size > MAPPED else os.pread(number, size, 0)
