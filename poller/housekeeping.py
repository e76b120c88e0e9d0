"""Once a day: what is not to be kept for ever is dropped, and files that nothing refers to are swept."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from datetime import datetime

from poller.errors import ConfigurationError, Transient
from poller.settings import Settings
from poller.storage import retention
from poller.storage.files import FileStore
from poller.storage.lease import Lease, LeaseTaken
from poller.storage.reconciling import referred
from poller.storage.secrets import notice_key
from poller.wording import clause, many

_DAY = 24 * 60 * 60
_LOOK_SECONDS = 60 * 60
_log = logging.getLogger(__name__)


class Housekeeping:
    """Done between polls, so that no message of this worker is under way meanwhile; other workers' may be."""

    def __init__(self, settings: Settings, store: FileStore, lease: Lease, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._store = store
        self._lease = lease
        self._now = now
        self._not_before = 0.0

    def work(self, *, may_sweep: bool) -> None:
        """Where a day has passed since any worker did so. Trouble is told, and tried again an hour later."""
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + _LOOK_SECONDS
        try:
            is_ours = self._store.belongs_to(hashlib.sha256(b"files" + notice_key()).hexdigest())
            # A clock that was set back must not hold it up for long.
            if not 0 <= time.time() - self._store.swept_at() < _DAY:
                self._retain()
                self._sweep(is_ours=is_ours, may_sweep=may_sweep)
        except LeaseTaken:
            raise
        except (Transient, ConfigurationError, OSError) as error:
            _log.warning("Housekeeping: %s; it is tried again in an hour", clause(error))

    def _retain(self) -> None:
        settings, now = self._settings, self._now()
        if settings.retain_sources:
            dropped = retention.drop_sources(now - settings.retain_sources, self._lease)
            _tell(dropped, "source is", "sources are", "no longer kept (RETAIN_SOURCES)")
        if settings.retain_ledger:
            before = now - settings.retain_ledger
            blanked = retention.blank_messages(before, self._lease)
            _tell(blanked, "message is", "messages are", "no longer described (RETAIN_LEDGER)")
            dropped = retention.blank_notices(before, self._lease)
            _tell(dropped, "notice is", "notices are", "no longer kept (RETAIN_LEDGER)")

    def _sweep(self, *, is_ours: bool, may_sweep: bool) -> None:
        if is_ours and may_sweep:
            swept = self._store.sweep_orphans(referred)
            _tell(swept, "file that nothing referred to was", "files that nothing referred to were", "removed")
        elif not is_ours:
            _log.warning(
                "%s belongs to another database, so nothing is ever removed from it: use another FILES_URL, or remove "
                "the file `owner` in it if that database is no longer used",
                self._store.folder,
            )


def _tell(number: int, one: str, several: str, now: str) -> None:
    if number:
        _log.info("Housekeeping: %s %s", many(number, one, several), now)
