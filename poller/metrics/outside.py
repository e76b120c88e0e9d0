"""What must be asked of the database and the disks, which may be slow: in a thread, and then seldom."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from poller.errors import ConfigurationError, Transient
from poller.settings import Settings
from poller.storage.database import connected
from poller.storage.disk import folders_of
from poller.storage.tally import Tally, take_tally

SHARE: Final = 100
"""A look that took a second is not repeated for so many seconds: a ledger of any length takes 1 % of a processor."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`tally` is None where the database could not be asked. `free` are octets, by the setting of the folder."""

    tally: Tally | None = None
    free: dict[str, int] = field(default_factory=dict)
    ended_at: float = 0.0
    seconds: float = 0.0


class Outside:
    """`seen` is the newest look."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []
        self._rests_until = 0.0
        self.seen = Look()

    def refresh(self, done: Callable[[], None]) -> None:
        """Calls `done` when the look that is under way now is over: at once where it is too early for another one."""
        with self._lock:
            is_early = not self._waiting and time.monotonic() < self._rests_until
            is_first = not self._waiting
            if not is_early:
                self._waiting.append(done)
        if is_early:
            done()
        elif is_first:
            try:
                threading.Thread(target=self._refresh, name="metrics", daemon=True).start()
            except RuntimeError as error:  # the machine has no thread to spare: the next one who asks tries again
                _log.debug("nothing can be looked at: %s", error)
                self._over()

    def _refresh(self) -> None:
        try:
            self.seen = self._look()
        finally:
            self._over()

    def _over(self) -> None:
        with self._lock:
            self._rests_until = time.monotonic() + SHARE * self.seen.seconds
            told, self._waiting = self._waiting, []
        for done in told:
            done()

    def _look(self) -> Look:
        began = time.monotonic()
        tally = self._tally()
        seconds = time.monotonic() - began
        return Look(tally=tally, free=self._free(), ended_at=time.time(), seconds=seconds)

    def _tally(self) -> Tally | None:
        try:
            with connected():
                return take_tally()
        except (Transient, ConfigurationError) as error:
            _log.debug("the ledger cannot be counted: %s", error)
            return None

    def _free(self) -> dict[str, int]:
        """A folder that cannot be looked at is absent."""
        free = {}
        for key, folder in folders_of(self._settings).items():
            with suppress(OSError):
                disk = os.statvfs(folder)
                free[key] = disk.f_bavail * disk.f_frsize
        return free
