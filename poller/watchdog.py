"""Ends what goes on without a step for too long: cuts its connections, then starts the process anew, then ends it.

All of it on monotonic time, which a clock that is set does not move. A kill at any moment is harmless, and a message
at which the worker hangs counts it as a death, so that it is quarantined after three.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn, Self

from poller.logs import log_briefly
from poller.notifying import Heart

SILENCE_SECONDS = 30 * 60
"""Without a step. The longest one that is no hang is an exchange with a server, which has a time of its own."""

ABORT_SECONDS = 60
"""From the shutdown of the connections until the process starts anew."""

HELD_SECONDS = 60
"""In which no thread of Python's ran: a library holds its lock, and nothing but the end of the process helps."""

GRACE_SECONDS = 10
"""After a stop, what is under way may finish; then its connections are shut down."""

_LOOK_SECONDS = 1
_EX_TEMPFAIL = 75

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Watched:
    name: str
    moved_at: Callable[[], float]
    abort: Callable[[], None]
    began_at: float = field(default_factory=time.monotonic)
    aborted_at: float | None = None

    def silent(self, now: float) -> float:
        """Seconds since its last step."""
        return now - max(self.began_at, self.moved_at())


class Watchdog:
    """A thread that looks once a second while the context lasts, and after `stop` hurries what is under way.

    As long as nothing hangs, it tells the service manager that the service lives.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._over = threading.Event()
        self._stopped_at: float | None = None
        self._watched: list[_Watched] = []
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def watching(self, name: str, moved_at: Callable[[], float], abort: Callable[[], None]) -> Iterator[None]:
        """What is done in the context: when its last step began, on monotonic time, and what ends it from outside."""
        watched = _Watched(name=name, moved_at=moved_at, abort=abort)
        self._watched.append(watched)
        try:
            yield
        finally:
            self._watched.remove(watched)

    def _run(self) -> None:
        heart = Heart()
        look_seconds = min(_LOOK_SECONDS, heart.look_seconds)
        with _unless_held() as alive:
            self._look(alive, heart)
            while not self._over.wait(look_seconds):
                self._look(alive, heart)

    def _look(self, alive: Callable[[], None], heart: Heart) -> None:
        alive()
        now = time.monotonic()
        if self._stop.is_set():
            self._look_at_end(now)
            return
        all_watched = tuple(self._watched)
        for watched in all_watched:
            self._look_at(watched, now)
        if all(watched.aborted_at is None for watched in all_watched):
            heart.beat(now)

    def _look_at_end(self, now: float) -> None:
        self._stopped_at = self._stopped_at or now
        if self._stopped_at <= now - GRACE_SECONDS:
            for watched in tuple(self._watched):
                watched.abort()

    def _look_at(self, watched: _Watched, now: float) -> None:
        if watched.silent(now) < SILENCE_SECONDS:
            watched.aborted_at = None
        elif watched.aborted_at is None:
            watched.aborted_at = now
            watched.abort()
            log_briefly(_log, logging.ERROR, f"{watched.name}: no step for {watched.silent(now):.0f} s: cut short")
        elif watched.aborted_at <= now - ABORT_SECONDS:
            log_briefly(_log, logging.CRITICAL, f"{watched.name}: hangs, and cannot be cut short: starting anew")
            start_anew()


def start_anew() -> NoReturn:
    """The same command in the same process: whoever started it, and waits for it, is none the wiser.

    The operating system closes all files but the standard ones, and so gives the lease back (PEP 446).
    """
    faulthandler.cancel_dump_traceback_later()
    faulthandler.dump_traceback(file=_standard_error())
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - as it was started itself
    finally:  # the program may have been removed meanwhile
        os._exit(_EX_TEMPFAIL)


@contextmanager
def _unless_held() -> Iterator[Callable[[], None]]:
    """To be called again and again: else a thread that is not Python's tells where the process stands, and ends it."""
    words = _standard_error()
    try:
        yield lambda: faulthandler.dump_traceback_later(HELD_SECONDS, exit=True, file=words)
    finally:
        faulthandler.cancel_dump_traceback_later()
        os.close(words)


def _standard_error() -> int:
    """A descriptor of the caller's. Where a process began without it, its number may be that of any file."""
    return os.open(os.devnull, os.O_WRONLY) if sys.__stderr__ is None else os.dup(2)
