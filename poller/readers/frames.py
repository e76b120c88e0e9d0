"""Between the worker and its readers: packets with a descriptor each, behind which are the octets or the value."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
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


def send_value(connection: socket, value: object) -> None:
    """Of any size. Raises OSError."""
    number = memory_file()
    try:
        with open(number, "wb", closefd=False) as file:
            pickle.dump(value, file, pickle.HIGHEST_PROTOCOL)
        send_fds(connection, [b"value"], [number])
    finally:
        os.close(number)


def receive_value(connection: socket) -> Any:  # noqa: ANN401 - whatever the other side of our own pair sent
    """Raises EOFError when the other side has ended, TimeoutError, OSError."""
    _, number = _receive(connection)
    with open(number, "rb") as file:  # noqa: PTH123 - it has no path
        file.seek(0)
        return pickle.loads(file.read())  # noqa: S301 - from our own process


def send_unread(connection: socket, unread: Unread, path: Path | None) -> None:
    """The octets by their file where they have one. Raises OSError."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path else _in_memory(unread.source)
    try:
        send_fds(connection, [pickle.dumps((unread.size, unread.oversized))], [number])
    finally:
        os.close(number)


def receive_unread(connection: socket) -> Unread:
    """Raises EOFError when there will be no more. A large source is mapped, and to be closed."""
    packet, number = _receive(connection)
    size, oversized = pickle.loads(packet)  # noqa: S301 - from our own process
    try:
        return Unread(source=_source(number), size=size, oversized=oversized)
    finally:
        os.close(number)


def memory_file() -> int:
    return os.memfd_create("mailfiler")


def _receive(connection: socket) -> tuple[bytes, int]:
    packet, numbers, *_ = recv_fds(connection, _PACKET, 1)
    if not packet:
        raise EOFError
    return packet, numbers[0]


def _in_memory(source: Octets) -> int:
    number = memory_file()
    with open(number, "wb", closefd=False) as file:
        file.write(source)
    return number


def _source(number: int) -> Octets:
    size = os.fstat(number).st_size
    return mmap(number, 0, access=ACCESS_READ) if size > MAPPED else os.pread(number, size, 0)
