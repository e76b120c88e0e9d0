"""The worker's side of the readers: messages handed out, looks taken in, and new readers where one was lost."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from socket import socket
from subprocess import DEVNULL, Popen, TimeoutExpired
from tempfile import TemporaryDirectory
from typing import Self

from poller import events
from poller.errors import Transient
from poller.filing.first_look import Looking, Unread
from poller.readers.frames import Failed, send_value
from poller.readers.line import Line
from poller.readers.look import Look

LOOK_SECONDS = 60
"""Without an answer: a message takes a few milliseconds, and none is to take more than two seconds."""

_MOST_LOSSES = 5  # in a row, without an answer between them: then it is not the messages that are to blame
_END_SECONDS = 5
# The modules are found where this process finds them: `-m` alone would not find them in a tree that is not installed.
_RUN = (
    "import sys; sys.path[:] = sys.argv[2:]; from poller.readers.serve import serve; "
    "serve([int(number) for number in sys.argv[1].split(',')])"
)
# Nothing else of the environment: there may be secrets in it.
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")

_log = logging.getLogger(__name__)


class Readers:
    """So many of them, while the context lasts; from one thread. Where they cannot be had, looks are left to others."""

    def __init__(self, looking: Looking, spool: Path, count: int) -> None:
        self._looking = looking
        self._spool = spool
        self._count = count
        self._losses = 0
        self._lines: list[Line] = []
        self._process: Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Raises Transient where the disk has no room for what they decode."""
        try:
            # One that was killed may be about to end still, with a file half written: the next worker sweeps the spool.
            self._folder = TemporaryDirectory(dir=self._spool, prefix="readers-", ignore_cleanup_errors=True)
        except OSError as error:
            raise Transient(f"{self._spool}: nothing can be stored here ({error.strerror}); free some space") from error
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(patience=0 if any(line.looks for line in self._lines) else _END_SECONDS)
        self._folder.cleanup()

    @property
    def are_ready(self) -> bool:
        """Whether all of them have started, as they do while other work goes on, and none is known to be lost."""
        for line in [line for line in self._lines if not line.is_ready]:
            if line in self._lines and line.has_news:
                self._receive(line)
        return bool(self._lines) and all(line.is_ready for line in self._lines)

    def begin(self, name: str, unread: Unread, path: Path | None) -> Look:
        """Asks for a look. `path` is a file that has the octets, where there is one; `name` is for the log."""
        look = Look(name, unread, path, self._wait_for)
        self._hand_out(look)
        return look

    def _hand_out(self, look: Look) -> None:
        """To the one with the least to do."""
        if self._lines:
            min(self._lines, key=lambda line: line.load).ask(look)

    def _wait_for(self, look: Look) -> None:
        """In vain where no reader has it."""
        while line := next((line for line in self._lines if look in line.looks), None):
            self._receive(line)

    def _receive(self, line: Line) -> None:
        try:
            seen = line.receive(LOOK_SECONDS)
        except (OSError, EOFError):
            self._lost(line)
            return
        except Exception:  # noqa: BLE001 - whatever cannot be unpickled
            seen = Failed(why=traceback.format_exc(), later=False)
        if not line.is_ready:
            line.is_ready = True
            return
        self._losses = 0
        look = line.asked.popleft()
        if isinstance(seen, Failed) and not seen.later:
            words = f"{look.name}: could not be looked into; it is tried again: {seen.why}"
            events.said(_log, logging.ERROR, words, "failed")
            seen = None
        look.answer(seen)
        line.push()

    def _lost(self, line: Line) -> None:
        """The message that its reader was at is given up for now, and everything else is given to new readers."""
        self._losses += 1
        if line.is_ready and line.asked:
            look = line.asked.popleft()
            ended = f"{look.name}: ended the process that read it, or took it too long; it is tried again"
            events.said(_log, logging.ERROR, ended, "failed")
            look.answer(None)
        left = [look for one in self._lines for look in one.looks]
        self._end()
        if line.is_ready and self._losses < _MOST_LOSSES:
            self._start()
        else:
            _log.warning("the processes that read messages do not start, or end: this one reads them")
        for look in left:
            self._hand_out(look)

    def _start(self) -> None:
        try:
            with ExitStack() as theirs:
                self._process = self._started([theirs.enter_context(self._new_line()) for _ in range(self._count)])
            for line in self._lines:
                send_value(line.connection, (replace(self._looking, expander=None), Path(self._folder.name)))
        except OSError as error:
            _log.warning("the processes that read messages cannot be started (%s): this one reads them", error.strerror)
            self._end()

    def _new_line(self) -> socket:
        line, theirs = Line.pair()
        self._lines.append(line)
        return theirs

    def _started(self, ends: list[socket]) -> Popen[bytes]:
        paths = [str(Path(path).resolve()) for path in sys.path]
        numbers = [end.fileno() for end in ends]
        return Popen(  # noqa: S603 - nothing in it is anybody's input
            [sys.executable, "-I", "-X", "utf8", "-c", _RUN, ",".join(map(str, numbers)), *paths],
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            pass_fds=numbers,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            process_group=0,  # what is typed in a terminal is not for it
        )

    def _end(self, patience: float = 0) -> None:
        """Who has nothing to do any more ends by himself, and whoever looks into something does so in vain."""
        for line in self._lines:
            line.connection.close()
        self._lines = []
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(TimeoutExpired):
            process.wait(patience)
        if process.returncode == 0:  # it has seen all of them end
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(TimeoutExpired):
            process.wait(_END_SECONDS)
