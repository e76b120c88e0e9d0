"""A reader that does as the message it reads tells it to, in a field `X-Reader`; and a worker's patience with it."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from poller.filing import first_look
from poller.readers import serve as place
from poller.readers import spooling
from poller.readers.line import Line

FIELD = b"X-Reader: "
_plain = first_look.read_message


def _full(*_: object, **__: object) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _hang() -> None:
    """Whatever else wakes it up: only the end of the process is an end."""
    while True:
        signal.pause()


def _raise(error: Exception) -> None:
    raise error


_DOES: dict[bytes, Callable[[], object]] = {
    b"is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"exits": lambda: os._exit(0),
    b"hangs": _hang,
    b"hangs, and is soon ended": lambda: (signal.alarm(1), _hang()),
    b"has a bug": lambda: _raise(ZeroDivisionError("a bug")),
    b"has a bug that looks like a disk's": lambda: _raise(FileNotFoundError(errno.ENOENT, "no such thing")),
    b"has no room on the disk": lambda: setattr(spooling.tempfile, "mkstemp", _full),
    b"has no room in memory": lambda: setattr(place, "in_memory", _once(_full, place.in_memory)),
}


def _once(first: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    todo = [first]

    def called(*words: Any) -> Any:
        return (todo.pop() if todo else then)(*words)

    return called


def _read_message(source: Any, **named: Any) -> Any:
    head = bytes(source[:10_000])
    told = head.partition(FIELD)[2].partition(b"\r\n")[0]
    message = _plain(source, **named)
    if told == b"cannot be told":
        return replace(message, subject=lambda: "what cannot be pickled")
    if does := _DOES.get(told):
        does()
    return message


def serve(numbers: Sequence[int]) -> None:
    """What a reader runs."""
    first_look.read_message = _read_message
    place.serve(numbers)


def lose_patience_with_what_hangs(patch: Any) -> None:
    """At once, and with nothing else, however slow the machine: a message that hangs is never answered."""
    receive = Line.receive

    def impatient(line: Line, seconds: float) -> Any:
        at = line.asked[0].unread.source if line.is_ready and line.asked else b""
        return receive(line, 0.01 if FIELD + b"hangs\r\n" in at[:10_000] else seconds)

    patch.setattr(Line, "receive", impatient)
