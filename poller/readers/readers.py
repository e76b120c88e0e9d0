"""The worker's side of the readers: messages handed out, looks taken in, and new readers where one was lost."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from select import select
from socket import AF_UNIX, SOCK_SEQPACKET, socket, socketpair
from subprocess import DEVNULL, Popen, TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Self

from poller.filing.first_look import FirstLook, Looking, Unread
from poller.readers.frames import Failed, receive_value, send_unread, send_value
from poller.readers.look import Look

LOOK_SECONDS = 60
"""Without an answer: a message takes a few milliseconds, and none is to take more than two seconds."""

_END_SECONDS = 5
# What a message costs beside its octets, in octets: a short one is a good millisecond, as much as 200 kB.
_FIXED_LOAD = 200_000
# The modules are found where this process finds them: `-m` alone would not find them in a tree that is not installed.
_RUN = (
    "import sys; sys.path[:] = sys.argv[2:]; from poller.readers.serve import serve; "
    "serve([int(number) for number in sys.argv[1].split(',')])"
)
# Nothing else of the environment: there may be secrets in it.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class _Line:
    """To one reader. `waiting` are the looks that it was asked for, the first of which it is at."""

    connection: socket
    is_ready: bool = False
    waiting: deque[Look] = field(default_factory=deque)

    @property
    def load(self) -> int:
        return sum(_FIXED_LOAD + len(look.unread.source) for look in self.waiting)


class Readers:
    """So many of them, while the context lasts; from one thread. Without any, looks are taken here."""

    def __init__(self, looking: Looking, spool: Path, count: int) -> None:
        self._looking = looking
        self._spool = spool
        self._count = count
        self._lines: list[_Line] = []
        self._process: Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(dir=self._spool, prefix="readers-")
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    @property
    def are_ready(self) -> bool:
        """Whether all of them have started, as they do while other work goes on, and none is known to be lost."""
        starting = [line for line in self._lines if not line.is_ready]
        for line in starting:
            if line in self._lines and select([line.connection], [], [], 0)[0]:
                self._receive(line)
        return bool(self._lines) and all(line.is_ready for line in self._lines)

    def begin(self, unread: Unread, path: Path | None) -> Look:
        """Asks for a look. `path` is a file that has the octets, where there is one."""
        look = Look(unread, path, self._wait_for)
        self._hand_out(look)
        return look

    def _hand_out(self, look: Look) -> None:
        """To the one with the least to do."""
        while self._lines:
            line = min(self._lines, key=lambda one: one.load)
            try:
                send_unread(line.connection, look.unread, look.path)
            except OSError:
                self._receive(line)  # what it said before it ended, and in the end that it has
            else:
                line.waiting.append(look)
                return

    def _wait_for(self, look: Look) -> None:
        while not look.is_answered:
            line = next((line for line in self._lines if look in line.waiting), None)
            if line is None:
                look.answer(self._look_here(look.unread))
            else:
                self._receive(line)

    def _look_here(self, unread: Unread) -> FirstLook | None:
        try:
            return self._looking.look(unread)
        except Exception:  # noqa: BLE001 - whatever a bug raises
            _log.exception("a message could not be looked into; it is tried again")
            return None

    def _receive(self, line: _Line) -> None:
        try:
            seen = receive_value(line.connection)
        except (OSError, EOFError):
            self._lost(line)
            return
        if not line.is_ready:
            line.is_ready = True
            return
        if isinstance(seen, Failed) and not seen.later:
            _log.error("a message could not be looked into; it is tried again: %s", seen.why)
            seen = None
        line.waiting.popleft().answer(seen)

    def _lost(self, line: _Line) -> None:
        """The message that its reader was at is given up for now, and everything else is given to new readers."""
        if line.is_ready and line.waiting:
            _log.error("a message ended the process that read it, or took it too long; it is tried again")
            line.waiting.popleft().answer(None)
        left = [look for one in self._lines for look in one.waiting]
        could_start = line.is_ready
        self._end()
        if could_start:
            self._start()
        else:
            _log.warning("the processes that read messages cannot be started: this one reads them")
        for look in left:
            self._hand_out(look)

    def _start(self) -> None:
        pairs = [socketpair(AF_UNIX, SOCK_SEQPACKET) for _ in range(self._count)]
        theirs = [pair[1].fileno() for pair in pairs]
        self._lines = [_Line(connection=pair[0]) for pair in pairs]
        paths = [str(Path(path).resolve()) for path in sys.path]
        try:
            self._process = Popen(  # noqa: S603 - nothing in it is anybody's input
                [sys.executable, "-I", "-X", "utf8", "-c", _RUN, ",".join(map(str, theirs)), *paths],
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                pass_fds=theirs,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                process_group=0,  # what is typed in a terminal is not for it
            )
            for line in self._lines:
                line.connection.settimeout(LOOK_SECONDS)
                send_value(line.connection, (replace(self._looking, expander=None), Path(self._folder.name)))
        except OSError as error:
            _log.warning("the processes that read messages cannot be started (%s): this one reads them", error.strerror)
            self._end()
        finally:
            for _, their in pairs:
                their.close()

    def _end(self) -> None:
        """Who has nothing to do any more ends by himself, and whoever looks into something does so in vain."""
        is_idle = not any(line.waiting for line in self._lines)
        for line in self._lines:
            line.connection.close()
        self._lines = []
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(TimeoutExpired):
            process.wait(_END_SECONDS if is_idle else 0)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(TimeoutExpired):
            process.wait(_END_SECONDS)
