"""A time by which a conversation ends, whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
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
        self._timer: _Alarm | None = None
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
        self._timer = _alarms.set(seconds, self.expire)

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
        timer = _alarms.set(seconds, self._end_step)
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


class _Alarms:
    """Work that is done when its time comes, unless it is called off: in one thread, for most steps are over sooner
    than a thread of their own has started.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._set: dict[_Alarm, float] = {}
        self._sleeps_until = inf
        self._thread: threading.Thread | None = None

    def set(self, seconds: float, work: Callable[[], None]) -> _Alarm:
        alarm, at = _Alarm(work, self), time.monotonic() + seconds
        with self._changed:
            self._set[alarm] = at
            if not self._thread or not self._thread.is_alive():  # or it stayed behind in the process that forked
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif at < self._sleeps_until:  # seldom: it sleeps until an alarm of before, called off or not
                self._changed.notify()
        return alarm

    def call_off(self, alarm: _Alarm) -> None:
        with self._changed:
            self._set.pop(alarm, None)

    def _run(self) -> None:
        while True:
            for alarm in self._due():
                alarm.work()

    def _due(self) -> list[_Alarm]:
        """Waits until there are any."""
        with self._changed:
            while not (due := [alarm for alarm, at in self._set.items() if at <= time.monotonic()]):
                self._sleeps_until = min(self._set.values(), default=inf)
                self._changed.wait(None if self._sleeps_until == inf else self._sleeps_until - time.monotonic())
            for alarm in due:
                del self._set[alarm]
            return due


@dataclass(frozen=True, slots=True, eq=False)
class _Alarm:
    work: Callable[[], None]
    alarms: _Alarms

    def cancel(self) -> None:
        self.alarms.call_off(self)


_alarms = _Alarms()
