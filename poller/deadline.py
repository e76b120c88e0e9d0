"""A time by which a conversation ends, whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self


class Deadline:
    """Shuts a connection down from outside: when its time is up, or when another thread calls `expire`.

    When it has passed, it ends every further connection at once, until it is armed or renewed. A step that takes too
    long (`within`) ends only the connection that it was taken on; `step_passed` tells of the last step.

    A socket's own time-out counts from octet to octet, so that a server that sends one octet a second never exceeds it.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.passed = False
        self.step_passed = False
        self.moved_at = time.monotonic()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._line: socket.socket | None = None
        if seconds is not None:
            self.arm(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disarm()

    def arm(self, seconds: float) -> None:
        """The connection may live for so many seconds from now on."""
        self.renew()
        self._timer = _started(seconds, self.expire)

    def renew(self) -> None:
        """Connections may be opened again, and live as long as they will."""
        self.disarm()
        self.passed = False
        self.moved_at = time.monotonic()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """One step of the conversation, which may take so long and no longer."""
        self.step_passed = False
        self.moved_at = time.monotonic()
        timer = _started(seconds, self._end_step)
        try:
            yield
        finally:
            timer.cancel()

    def disarm(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def watch(self, line: socket.socket) -> None:
        """The connection that ends with the deadline: a second handle on it stays valid when TLS wraps the first."""
        with self._lock:
            self._forget()
            self._line = line.dup()
        if self.passed:
            self.expire()

    def release(self) -> None:
        """The connection is closed: there is nothing to watch any more."""
        with self._lock:
            self._forget()

    def expire(self) -> None:
        """Whoever waits for the server wakes up at once, with an end of file."""
        self.passed = True
        self._shut_down()

    def _end_step(self) -> None:
        self.step_passed = True
        self._shut_down()

    def _shut_down(self) -> None:
        with self._lock, suppress(OSError):
            if self._line:
                self._line.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._line:
            self._line.close()
        self._line = None


def _started(seconds: float, work: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()
    return timer
