"""Frames between the worker and its child: a length of four octets and a JSON document; files go beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from socket import recv_fds, send_fds, socket
from time import monotonic
from typing import Any

MAX_FRAME = 1 << 20
"""Octets of a document; what may be larger goes through a file."""

_MAX_FILES = 2
_LENGTH = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """`files` are descriptors that now belong to whoever received them."""

    document: dict[str, Any]
    files: tuple[int, ...] = ()


def send(
    connection: socket, document: dict[str, Any], files: Sequence[int] = (), *, until: float | None = None
) -> None:
    """Raises OSError; TimeoutError at `until`, on monotonic time."""
    octets = json.dumps(document).encode()
    frame = len(octets).to_bytes(_LENGTH, "big") + octets
    connection.settimeout(_remaining(until))
    sent = send_fds(connection, [frame], list(files)) if files else 0
    # Nothing would be an error once the other side has read all, answered and gone.
    if rest := frame[sent:]:
        connection.sendall(rest)


def receive(connection: socket, *, until: float | None = None) -> Frame:
    """Raises EOFError at the end, TimeoutError at `until`, OSError, and ValueError for what is no frame."""
    connection.settimeout(_remaining(until))
    octets, files, *_ = recv_fds(connection, _LENGTH, _MAX_FILES)
    try:
        document = _document(connection, octets, until)
    except BaseException:
        for file in files:
            os.close(file)
        raise
    return Frame(document=document, files=tuple(files))


def _document(connection: socket, first: bytes, until: float | None) -> dict[str, Any]:
    length = int.from_bytes(first + _exactly(connection, _LENGTH - len(first), until), "big")
    if length > MAX_FRAME:
        raise ValueError("The frame is too long.")
    try:
        document = json.loads(_exactly(connection, length, until))
    except RecursionError as error:
        raise ValueError("The frame is nested too deep.") from error
    if isinstance(document, dict):
        return document
    raise ValueError("The frame holds no object.")


def _exactly(connection: socket, count: int, until: float | None) -> bytes:
    octets = bytearray()
    while len(octets) < count:
        connection.settimeout(_remaining(until))
        piece = connection.recv(count - len(octets))
        if not piece:
            raise EOFError
        octets += piece
    return bytes(octets)


def _remaining(until: float | None) -> float | None:
    if until is None:
        return None
    if (seconds := until - monotonic()) <= 0:
        raise TimeoutError
    return seconds
