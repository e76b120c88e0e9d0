"""The database, looked at from outside: whether it is there, how new its tables are, and whether it could be written.

Nothing is written to find out.
"""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path

from models.base import database
from models.schema import MODELS, OutdatedError, table_name
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage.database import reading
from poller.storage.postgresql import postgresql

_RIGHTS = "SELECT has_table_privilege(%s, 'INSERT')"
_PICTURE = "SELECT current_setting('server_version'), clock_timestamp()"
_ANYBODY = 0o222  # to write: whose file has none of these bits is meant to stay as it is, whatever root may


class Schema(Enum):
    MISSING = auto()
    OLDER = auto()
    NEWEST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`why_not_writable` is a predicate for the database, "" where nothing speaks against it.

    `version` and `clock` are those of a PostgreSQL server, "" and None elsewhere.
    """

    schema: Schema
    why_not_writable: str = ""
    version: str = ""
    clock: datetime | None = None


def look_into(settings: DatabaseSettings) -> Condition:
    """Raises Transient, or ConfigurationError, also for a database of a newer mailfiler."""
    if settings.path and settings.path.is_file() and (why := _why_not_writable_file(settings.path)):
        return Condition(schema=Schema.NEWEST, why_not_writable=why)
    try:
        with reading(settings) as is_there:
            return _seen(settings, is_there=is_there)
    except ConfigurationError as error:
        if isinstance(error.__cause__, OutdatedError):
            return Condition(schema=Schema.OLDER)
        raise


def _seen(settings: DatabaseSettings, *, is_there: bool) -> Condition:
    if settings.path:
        return Condition(schema=Schema.NEWEST if is_there else Schema.MISSING)
    version, clock = database.execute_sql(_PICTURE).fetchone()
    return Condition(
        schema=Schema.NEWEST,
        why_not_writable=_why_not_writable_tables() or _why_not_writable_server(settings.url or ""),
        version=version.partition(" ")[0],
        clock=clock.astimezone(UTC),
    )


def _why_not_writable_file(path: Path) -> str:
    """SQLite writes files of its own beside it."""
    for place, what in ((path, "cannot be written"), (path.parent, "lies in a folder that cannot be written")):
        if os.statvfs(place).f_flag & os.ST_RDONLY:
            return "lies in a file system that is mounted read-only"
        if not is_writable(place):
            return f"{what} (mode {stat.S_IMODE(place.stat().st_mode):04o})"
    return ""


def is_writable(place: Path) -> bool:
    """By this user, and not only because root may write everything."""
    return os.access(place, os.W_OK) and bool(place.stat().st_mode & _ANYBODY)


def _why_not_writable_tables() -> str:
    if database.execute_sql("SELECT pg_is_in_recovery()").fetchone()[0]:
        return "is a standby, which cannot be written"
    tables = [table for model in MODELS if not _may_write(table := table_name(model))]
    return f"does not let this user write {', '.join(tables)}" if tables else ""


def _why_not_writable_server(url: str) -> str:
    """A connection as the worker has it, which asks for a session that may write, whatever forbids that."""
    try:
        postgresql(url)
    except Transient as error:
        return f"takes no connection that may write ({error})"
    return ""


def _may_write(table: str) -> bool:
    return bool(database.execute_sql(_RIGHTS, (f'"{table}"',)).fetchone()[0])
