"""What the installation made up for itself, or was given, and must not lose: all its processes share it."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Final

import peewee

from models.secret import Secret
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage.database import database_errors, give_to_owner_of_folder, open_beside

_NOTICE_KEY: Final = "notice-key"
_OCTETS: Final = 32
_LOCK_SECONDS: Final = 40
_LOOK_SECONDS: Final = 0.05


@database_errors()
def stored_notice_key() -> bytes | None:
    """The key, where it was made already."""
    found = Secret.get_or_none(name=_NOTICE_KEY)
    return bytes(found.value) if found else None


@database_errors()
def notice_key() -> bytes:
    """The HMAC key of our notices' Message-IDs: 32 random octets, the same for ever."""
    key = stored_notice_key()
    if key is None:
        # Another worker may be doing so just now: the first one's stays.
        made = Secret.insert(name=_NOTICE_KEY, value=secrets.token_bytes(_OCTETS))
        made.on_conflict_ignore().as_rowcount().execute()
        key = bytes(Secret.get(name=_NOTICE_KEY).value)
    return key


class HeldSecret:
    """One secret, which nobody else reads or writes meanwhile. `value` is None where there is none yet."""

    def __init__(self, database: peewee.Database, name: str) -> None:
        self._database = database
        self._name = name
        found = list(Secret.select(Secret.value).where(Secret.name == name).tuples().execute(database))
        self.value: bytes | None = bytes(found[0][0]) if found else None

    def replace(self, value: bytes) -> None:
        """Durable when it returns. Raises Transient or ConfigurationError."""
        with database_errors():
            # As it is: the column would make it what the database that the models are bound to wants.
            made = Secret.insert(name=self._name, value=peewee.Value(value, converter=False))
            made = made.on_conflict(conflict_target=[Secret.name], preserve=[Secret.value])
            made.as_rowcount().execute(self._database)
        self.value = value


@contextmanager
def hold_secret(settings: DatabaseSettings, name: str) -> Iterator[HeldSecret]:
    """On a connection of its own: also where the database is only read otherwise, and in any thread.

    Raises Transient when another process has held it for longer than anything takes.
    """
    with database_errors(), closing(open_beside(settings)) as database, _lock(settings.path, database, name):
        yield HeldSecret(database, name)


def _lock(path: Path | None, database: peewee.Database, name: str) -> AbstractContextManager[None]:
    if path:
        return _lock_file(Path(f"{path}.tokens"))
    # Until the connection ends, for which a killed process suffices; `lock_timeout` bounds the wait.
    database.execute_sql("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (name,))
    return nullcontext()


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    """The file stays: removing it would let two processes lock two files."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        give_to_owner_of_folder(path)
    except OSError as error:
        raise ConfigurationError(f"DATABASE_URL: {path} cannot be opened: {error.strerror}") from error
    try:
        _wait_for(handle, path)
        yield
    finally:
        os.close(handle)


def _wait_for(handle: int, path: Path) -> None:
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise Transient(f"another process has held {path} for {_LOCK_SECONDS} s") from None
            time.sleep(_LOOK_SECONDS)
