"""A reader that does as the message it reads tells it to, in a field `X-Reader`; and a worker's patience with it."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from poller import deciding
from poller.filing import first_look
from poller.readers import readers, serve, spooling
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
    b"has no room in memory": lambda: setattr(serve, "in_memory", _once(_full, serve.in_memory)),
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


def serve_misbehaving(numbers: Sequence[int]) -> None:
    first_look.read_message = _read_message
    serve.serve(numbers)


RUN = readers._RUN.replace(
    "from poller.readers.serve import serve; serve(",
    "from tests.readers.misbehaving import serve_misbehaving; serve_misbehaving(",
)
"""What `readers._RUN` is to be."""


def lose_patience_with_what_hangs(patch: Any) -> None:
    """At once, and with nothing else, however slow the machine: a message that hangs is never answered."""
    receive = Line.receive

    def impatient(line: Line, seconds: float) -> Any:
        at = line.asked[0].unread.source if line.is_ready and line.asked else b""
        return receive(line, 0.01 if FIELD + b"hangs\r\n" in at[:10_000] else seconds)

    patch.setattr(Line, "receive", impatient)


def use_readers(patch: Any) -> None:
    """For whatever there is to read, and not before they are ready; each does as messages tell it."""
    are_ready = readers.Readers.are_ready.fget

    def wait_for_them(group: readers.Readers) -> bool:
        while group._lines and not are_ready(group):
            time.sleep(0.01)
        return are_ready(group)

    patch.setattr(deciding, "MANY", 1)
    patch.setattr(readers, "_RUN", RUN)
    patch.setattr(readers.Readers, "are_ready", property(wait_for_them))
