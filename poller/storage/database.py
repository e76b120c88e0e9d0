"""DatabaseSettings -> the database with the newest schema, bound to the models; a connection for each job."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

import peewee

from models import base
from models.schema import SchemaError, create, migrate, table_name, verify
from models.secret import Secret
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage.postgresql import postgresql
from poller.storage.trouble import database_errors

__all__ = [
    "connected",
    "database_errors",
    "give_to_owner_of_folder",
    "open_beside",
    "open_database",
    "reading",
    "snapshot",
]

_log = logging.getLogger(__name__)

_LOCK_SECONDS: Final = 30
_PRAGMAS: Final = (("journal_mode", "wal"), ("synchronous", "full"), ("foreign_keys", 1), ("temp_store", "memory"))


def open_database(settings: DatabaseSettings) -> peewee.Database:
    """Settings -> the database with the newest schema. No connection stays open: a job takes its own for its duration.

    A SQLite file that is missing is made, and appears only when it is whole; one that is there is never replaced.
    """
    if settings.path is None:
        database = postgresql(settings.url or "")
    else:
        _make_sure_of(settings.path)
        database = _sqlite(_existing(settings.path))
    _migrate(database)
    base.database.initialize(database)
    return database


def open_beside(settings: DatabaseSettings) -> peewee.Database:
    """A database beside the one that the models are bound to, to write where that is only read. Made if missing."""
    if settings.path:
        is_there = settings.path.exists()
        _make_sure_of(settings.path)
        if not is_there:
            give_to_owner_of_folder(settings.path)
        return _sqlite(_existing(settings.path))
    database = postgresql(settings.url or "")
    if not database.table_exists(table_name(Secret)):
        _migrate(database)
    return database


def give_to_owner_of_folder(path: Path) -> None:
    """What root makes when a command is run by hand, so that it does not lock the service out."""
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)


@contextmanager
def reading(settings: DatabaseSettings) -> Iterator[bool]:
    """A connection that can change nothing -> whether there is a database.

    A SQLite file that is missing counts as an empty database, and stays missing.
    """
    path = settings.path
    is_there = path is None or path.exists()
    database = _sqlite(":memory:", ()) if path and not is_there else _read_only(settings)
    base.database.initialize(database)
    with connected():
        try:
            verify(database) if is_there else create(database)
        except SchemaError as error:
            raise ConfigurationError(f"DATABASE_URL: the database {error}") from error
        yield is_there


def _read_only(settings: DatabaseSettings) -> peewee.Database:
    if settings.path is None:
        return postgresql(settings.url or "", read_only=True)
    _make_sure_of_reading(settings.path)
    # Not mode=ro: SQLite would leave its -wal and -shm behind, which the worker perhaps could not open then.
    return _sqlite(_existing(settings.path), (("query_only", 1),))


@contextmanager
def connected() -> Iterator[None]:
    """A connection of this thread's own for the duration of one job, a part of which uses that of the whole.

    A broken one never outlives it.
    """
    own = base.database.connection_context() if base.database.is_closed() else nullcontext()
    with database_errors(), own:
        yield


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read in it is as it was at one moment, and nobody who writes waits for it."""
    at_once = "DEFERRED" if isinstance(base.database.obj, peewee.SqliteDatabase) else "REPEATABLE READ"
    with base.database.atomic(at_once):
        yield


def _existing(path: Path) -> str:
    """The name of a file that SQLite never makes: one that goes while the service runs is missed, not replaced."""
    return f"{path.absolute().as_uri()}?mode=rw"


def _sqlite(uri: str, pragmas: Sequence[tuple[str, str | int]] = _PRAGMAS) -> peewee.Database:
    return peewee.SqliteDatabase(
        uri,
        uri=True,
        pragmas=pragmas,
        timeout=_LOCK_SECONDS,
        lock_type="IMMEDIATE",  # a transaction that reads before it writes could not wait for the lock any more
        returning_clause=True,  # as PostgreSQL: without it, an insert that was ignored gives back another row's id
    )


def _migrate(database: peewee.Database) -> None:
    try:
        with database_errors(), database.connection_context():
            migrate(database)
    except SchemaError as error:
        raise ConfigurationError(f"DATABASE_URL: the database {error}") from error
    except (ConfigurationError, Transient):
        raise
    except Exception as error:  # whatever a migration meets: all of it was one transaction
        _log.debug("what failed", exc_info=True)
        raise ConfigurationError(
            f"DATABASE_URL: the tables cannot be made or brought up to date, and stay as they are: {error}"
        ) from error


def _make_sure_of(path: Path) -> None:
    """The file is there, and can be written. It is never opened here: closing it would drop SQLite's own locks."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
    except OSError as error:
        raise ConfigurationError(f"DATABASE_URL: {path} cannot be made: {error.strerror} ({error.filename})") from error
    if not path.is_file():
        raise ConfigurationError(f"DATABASE_URL: {path} is not a file")
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigurationError(f"DATABASE_URL: {path} and its folder must be writable")
    _make_sure_of_content(path)


def _make_sure_of_reading(path: Path) -> None:
    if not path.is_file():
        raise ConfigurationError(f"DATABASE_URL: {path} is not a file")
    # To read beside a worker, SQLite has to lock a file of its own in the folder.
    if not os.access(path, os.R_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigurationError(f"DATABASE_URL: {path} cannot be read; be the user that mailfiler runs as")
    _make_sure_of_content(path)


def _make_sure_of_content(path: Path) -> None:
    if path.stat().st_size == 0:
        raise ConfigurationError(
            f"DATABASE_URL: {path} is empty, so it was damaged: restore it from a backup, or remove it to start anew"
        )


def _make(path: Path) -> None:
    _make_sure_of_none_before(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        whole = Path(folder, path.name)
        _migrate(_sqlite(whole.absolute().as_uri()))
        whole.chmod(0o600)  # it will hold everybody's mail
        with suppress(FileExistsError):  # another process was first
            os.link(whole, path)
    _sync_folder(path.parent)


def _make_sure_of_none_before(path: Path) -> None:
    """What a worker leaves beside its database tells of one that is lost; a new one would know nothing of its mail."""
    for suffix, remedy in (
        ("-wal", "restore both"),
        (".lock", f"restore it from a backup, or remove {path.name}.lock to start anew"),
    ):
        # In this order: another process may have made all of them just now.
        if Path(f"{path}{suffix}").exists() and not path.exists():
            raise ConfigurationError(f"DATABASE_URL: {path} is gone, yet {path.name}{suffix} is there: {remedy}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
