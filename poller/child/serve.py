"""What the child process runs: request after request until the worker closes the connection, or has ended."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from socket import socket
from typing import Any

from poller.child.calendars import read_calendars
from poller.child.frames import Frame, receive, send
from poller.child.limits import limit_process, limited_cpu
from poller.child.output import Output
from poller.child.unpacking import unpack

TASKS: Mapping[str, Callable[[bytes, dict[str, Any], Output], dict[str, Any]]] = {
    "calendars": read_calendars,
    "tnef": unpack,
}
"""Name -> what becomes of a file's octets and a request's document: an answer's document, and what it writes."""


def serve() -> None:
    """On standard input, which is a socket. Nothing is logged: what a library says is about hostile octets."""
    logging.disable()
    limit_process()
    with socket(fileno=0) as connection, suppress(EOFError, OSError):
        send(connection, {"ready": True})
        answer: dict[str, Any] = {}
        while "last" not in answer:
            answer = _answer(receive(connection))
            send(connection, answer)


def _answer(request: Frame) -> dict[str, Any]:
    source, output = request.files
    try:
        with limited_cpu():
            octets = _whole(source)
            return TASKS[request.document["task"]](octets, request.document, Output(output))
    except MemoryError:
        return {"error": "it takes too much memory", "last": True}  # who knows what is left of it
    except Exception as error:  # noqa: BLE001 - whatever a library raises about hostile octets
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    finally:
        os.close(source)
        os.close(output)


def _whole(file: int) -> bytes:
    with open(file, "rb", closefd=False) as opened:
        return opened.read()
