"""The worker's side of the child: started at the first need, asked, and started anew after it failed."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import socket, socketpair
from subprocess import DEVNULL, Popen, TimeoutExpired
from tempfile import TemporaryFile
from threading import Lock
from time import monotonic
from typing import Any, Self
from weakref import finalize

from poller.child.frames import receive, send
from poller.child.limits import CPU_SECONDS

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 10
"""For one request; on a machine that is busy, CPU time is a fraction of it."""

START_SECONDS = 20
"""Until a new child is ready, which takes a tenth of a second."""

LONGEST_REST = 300
"""Seconds without another try after one could not be started, twice as many each time: mail does not wait for it."""

_END_SECONDS = 5
_PIECE = 1 << 20
_MAX_WHY = 300  # characters
# The modules are found where this process finds them: `-m` alone would not find them in a tree that is not installed.
_RUN = "import sys; sys.path[:] = sys.argv[1:]; from poller.child.serve import serve; serve()"
# Nothing else of the environment: there may be secrets in it.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# Else glibc would keep what large files took, out of what the next request may take.
_ADDED = {"MALLOC_MMAP_THRESHOLD_": str(1 << 17)}


class Scratch:
    """A file without a name, in memory where the system has that; closed when nobody refers to it any more."""

    def __init__(self) -> None:
        self.number = _memory_file() if hasattr(os, "memfd_create") else _temporary_file()
        finalize(self, os.close, self.number)

    @property
    def size(self) -> int:
        return os.fstat(self.number).st_size

    @classmethod
    def of(cls, octets: Iterable[bytes]) -> Self:
        """Raises OSError where there is no room for it."""
        scratch = cls()
        with open(scratch.number, "wb", closefd=False) as file:
            file.writelines(octets)
        os.lseek(scratch.number, 0, os.SEEK_SET)
        return scratch

    def chunks(self, start: int, size: int) -> Iterator[bytes]:
        end = start + size
        while start < end and (octets := os.pread(self.number, min(_PIECE, end - start), start)):
            yield octets
            start += len(octets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Of a process that hostile octets may have got the better of: whoever reads it believes nothing."""

    document: dict[str, Any]
    output: Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    process: Popen[bytes]
    connection: socket

    def end(self) -> int | None:
        """-> how it ended, as Popen says it; None when it will not end."""
        self.process.kill()
        self.connection.close()
        try:
            return self.process.wait(_END_SECONDS)
        except TimeoutExpired:
            return None


class _Rest:
    """The time in which no new process is tried, because the last ones could not be started."""

    def __init__(self) -> None:
        self._seconds = 1
        self._until = 0.0
        self._why = ""

    @property
    def why(self) -> str:
        """Empty when it is over, or never began."""
        return self._why if monotonic() < self._until else ""

    def begin(self, why: str) -> str:
        self._seconds = min(2 * self._seconds, LONGEST_REST)
        self._until, self._why = monotonic() + self._seconds, why
        _log.warning("Containers and calendars stay as they are: %s; trying again in %d s", why, self._seconds)
        return why


class Child:
    """One process, one request at a time, from any thread. It ends with the context, and when this process ends."""

    def __init__(self, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._lock = Lock()
        self._running: _Running | None = None
        self._rest = _Rest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """None while there is none."""
        return self._running.process.pid if self._running else None

    def ask(self, task: str, octets: Iterable[bytes], document: dict[str, Any] | None = None) -> Answer | str:
        """One of `serve.TASKS` on the octets -> its answer, or why there is none: half a sentence in English."""
        with self._lock:
            if self._rest.why:
                return self._rest.why
            try:
                running = self._ready()
            except (OSError, EOFError, ValueError) as error:
                self._end()
                return self._rest.begin(f"the process that reads it could not be started ({type(error).__name__})")
            self._rest = _Rest()
            return self._asked(running.connection, {**(document or {}), "task": task}, octets)

    def close(self) -> None:
        """Another request would start it anew."""
        with self._lock:
            self._end()

    def _ready(self) -> _Running:
        if self._running and self._running.process.poll() is not None:
            self._end()
        if self._running is None:
            self._running = _started()
            receive(self._running.connection, until=monotonic() + START_SECONDS)
        return self._running

    def _asked(self, connection: socket, document: dict[str, Any], octets: Iterable[bytes]) -> Answer | str:
        try:
            source, output = Scratch.of(octets), Scratch()
        except OSError as error:
            return f"it could not be handed over to be read ({error.strerror})"
        until = monotonic() + self._answer_seconds
        try:
            send(connection, document, (source.number, output.number), until=until)
            answer = receive(connection, until=until).document
        except TimeoutError:
            self._end()
            return f"it takes more than {self._answer_seconds:g} s"
        except (OSError, EOFError):
            return _why(self._end())
        except ValueError:
            self._end()
            return "the process that reads it gave no answer"
        if "last" in answer:
            self._end()
        if "error" in answer:
            return str(answer["error"])[:_MAX_WHY]
        return Answer(document=answer, output=output)

    def _end(self) -> int | None:
        running, self._running = self._running, None
        return running.end() if running else None


def _started() -> _Running:
    ours, theirs = socketpair()
    paths = [str(Path(path).resolve()) for path in sys.path]
    environment = _ADDED | {name: os.environ[name] for name in _KEPT if name in os.environ}
    with theirs:
        try:
            process = Popen(  # noqa: S603 - nothing in it is anybody's input
                [sys.executable, "-I", "-X", "utf8", "-c", _RUN, *paths],
                stdin=theirs.fileno(),
                stdout=DEVNULL,
                stderr=DEVNULL,
                env=environment,
                process_group=0,  # what is typed in a terminal is not for it
            )
        except BaseException:
            ours.close()
            raise
    return _Running(process=process, connection=ours)


def _why(status: int | None) -> str:
    if status == -signal.SIGPROF:
        return f"it takes more than {CPU_SECONDS:g} s of CPU time"
    return f"the process that reads it ended ({status})"


def _memory_file() -> int:
    return os.memfd_create("mailfiler")


def _temporary_file() -> int:
    with TemporaryFile() as file:
        return os.dup(file.fileno())
