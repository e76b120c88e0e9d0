"""One worker per mailbox at a time, and proof of it in every transaction."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.base import database
from models.inbound import Lease as LeaseRow
from poller.errors import ConfigurationError, Transient
from poller.settings.model import DatabaseSettings
from poller.storage.composed import Composed, Query
from poller.storage.database import connected, database_errors
from poller.storage.postgresql import another_connection

_log = logging.getLogger(__name__)


class LeaseTaken(Transient):
    """Another worker has the mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """`fence` grows with every worker; one that lost the lease finds a larger number and must not commit."""

    name: str
    fence: int
    lock: _AdvisoryLock | None = field(default=None, compare=False, repr=False)

    def renew(self) -> None:
        """Before a poll: the mailbox is this worker's, or is so again where the connection with its lock was lost.

        Raises LeaseTaken when another worker was faster.
        """
        if self.lock:
            self.lock.renew()
        with connected():
            found = list(_fence.rows(self.name))
        if found != [(self.fence,)]:
            raise self._taken

    def check(self) -> None:
        """Inside a transaction: raises LeaseTaken when another worker has taken over; until its end none can."""
        if _mine.run(self.fence, self.name, self.fence) == 0:
            raise self._taken

    @property
    def _taken(self) -> LeaseTaken:
        return LeaseTaken(f"{self.name}: another worker has taken this mailbox over")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction that is committed only while this worker is the one: every write of a worker is in one."""
        with database_errors(), database.atomic():
            self.check()
            yield


@Composed
def _fence(name: str) -> Query:
    return LeaseRow.select(LeaseRow.fence).where(LeaseRow.name == name)


@Composed
def _mine(fence: int, name: str, same_fence: int) -> Query:
    # To write the row, be it as it was, locks it in every database; reading it does not.
    return LeaseRow.update(fence=fence).where(LeaseRow.name == name, LeaseRow.fence == same_fence)


@contextmanager
def lease(mailbox: str, settings: DatabaseSettings) -> Iterator[Lease]:
    """Held while the context lasts, and given back by the operating system or the server when the process dies."""
    with _lock_file(settings.path, mailbox) if settings.path else _advisory_lock(mailbox) as lock:
        with connected(), database.atomic():
            LeaseRow.insert(name=mailbox).on_conflict_ignore().execute()
            LeaseRow.update(fence=LeaseRow.fence + 1).where(LeaseRow.name == mailbox).execute()
            fence = LeaseRow.get(LeaseRow.name == mailbox).fence
        yield Lease(name=mailbox, fence=fence, lock=lock)


@contextmanager
def _lock_file(database_path: Path, mailbox: str) -> Iterator[None]:
    """A lock file beside the SQLite database. The file stays: removing it would let two workers lock two files."""
    path = f"{database_path}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigurationError(f"DATABASE_URL: {path} cannot be opened: {error.strerror}") from error
    try:
        _lock(handle, mailbox)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, mailbox: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LeaseTaken(f"{mailbox}: another worker is running") from None


@contextmanager
def _advisory_lock(mailbox: str) -> Iterator[_AdvisoryLock]:
    lock = _AdvisoryLock(mailbox)
    try:
        lock.take()
        yield lock
    finally:
        lock.release()


class _AdvisoryLock:
    """A session-level advisory lock on a connection of its own: the server ends it with the connection.

    What then keeps a second worker from writing is the fence alone.
    """

    def __init__(self, mailbox: str) -> None:
        self._mailbox = mailbox
        self._connection = another_connection(database.obj)

    def take(self) -> None:
        with database_errors():
            cursor = self._connection.execute_sql(
                "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (self._mailbox,)
            )
            locked = cursor.fetchone()[0]
        if not locked:
            raise LeaseTaken(f"{self._mailbox}: another worker is running")

    def renew(self) -> None:
        """Raises LeaseTaken when another worker took it after the connection was lost."""
        try:
            with database_errors():
                self._connection.execute_sql("SELECT 1")
        except Transient as error:
            _log.warning("the lock of %s was lost, and is taken again: %s", self._mailbox, error)
            self.release()
            self.take()

    def release(self) -> None:
        self._connection.close()
