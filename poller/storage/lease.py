"""One worker per mailbox at a time, and proof of it in every transaction."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import peewee

from models.base import database
from models.inbound import Lease as LeaseRow
from poller.errors import ConfigurationError, Transient
from poller.settings.model import DatabaseSettings
from poller.storage.database import connected, database_errors


class LeaseTaken(Transient):
    """Another worker has the mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """`fence` grows with every worker; one that lost the lease finds a larger number and must not commit."""

    name: str
    fence: int

    def check(self) -> None:
        """Inside a transaction: raises LeaseTaken when another worker has taken over; until its end none can."""
        # To write the row, be it as it was, locks it in every database; reading it does not.
        mine = LeaseRow.update(fence=self.fence).where(LeaseRow.name == self.name, LeaseRow.fence == self.fence)
        if mine.execute() == 0:
            raise LeaseTaken(f"{self.name}: another worker has taken this mailbox over")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction that is committed only while this worker is the one: every write of a worker is in one."""
        with database_errors(), database.atomic():
            self.check()
            yield


@contextmanager
def lease(mailbox: str, settings: DatabaseSettings) -> Iterator[Lease]:
    """Held while the context lasts, and given back by the operating system or the server when the process dies."""
    with _lock_file(settings.path, mailbox) if settings.path else _advisory_lock(mailbox):
        with connected(), database.atomic():
            LeaseRow.insert(name=mailbox).on_conflict_ignore().execute()
            LeaseRow.update(fence=LeaseRow.fence + 1).where(LeaseRow.name == mailbox).execute()
            fence = LeaseRow.get(LeaseRow.name == mailbox).fence
        yield Lease(name=mailbox, fence=fence)


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
def _advisory_lock(mailbox: str) -> Iterator[None]:
    """A session-level advisory lock on a connection of its own, which lives as long as the lease."""
    connection = peewee.PostgresqlDatabase(database.database, prefer_psycopg3=True, **database.connect_params)
    try:
        with database_errors():
            cursor = connection.execute_sql("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (mailbox,))
            locked = cursor.fetchone()[0]
        if not locked:
            raise LeaseTaken(f"{mailbox}: another worker is running")
        yield
    finally:
        connection.close()
