"""A database that fails at a chosen statement, in the way its kind does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from unittest.mock import patch

import peewee

from models import base


class Moment(StrEnum):
    BEFORE = "before"
    AFTER = "after"  # it was done, and nobody was told


@dataclass(slots=True)
class Breaking:
    """Counts the statements `of` a kind to the open database.

    `fails_at`: that one, counted from 1 since `restart`, finds the database gone.
    `meets` is called with the beginning of each.
    """

    moment: Moment
    of: str = ""
    fails_at: int = 0
    said: list[str] = field(default_factory=list)
    meets: Callable[[str], None] | None = None
    _busy: bool = False

    def restart(self, fails_at: int) -> None:
        self.said.clear()
        self.fails_at = fails_at

    @property
    def has_failed(self) -> bool:
        return 0 < self.fails_at <= len(self.said)

    def does(self, database: peewee.Database, what: str, do: Callable[[], Any]) -> Any:
        if self._busy:  # how the database is reached is not counted again
            return do()
        if not what.startswith(self.of):
            return do()
        self.said.append(what)
        if self.meets:
            self.meets(what)
        if len(self.said) != self.fails_at:
            return do()
        self._busy = True
        try:
            if self.moment is Moment.AFTER:
                do()
            end_connections(database)
            return do()  # with PostgreSQL's own words, whatever they are
        finally:
            self._busy = False


def end_connections(database: peewee.Database) -> None:
    """Ends all connections to a PostgreSQL database, the lease's too, as its restart would; SQLite's disk fails."""
    if isinstance(database, peewee.PostgresqlDatabase):
        other = peewee.PostgresqlDatabase(database.database, prefer_psycopg3=True)
        sql = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
        with other.connection_context():
            other.execute_sql(f"{sql} AND pid <> pg_backend_pid()")
        return
    with suppress(sqlite3.OperationalError):
        database.connection().execute("ROLLBACK")  # as SQLite does of itself
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    raise peewee.OperationalError(error, "disk I/O error")


@contextmanager
def breaking(moment: Moment = Moment.BEFORE, of: str = "") -> Iterator[Breaking]:
    """Of the database that is open now: every statement that begins, does or ends something in a transaction."""
    database = base.database.obj
    made = Breaking(moment, of)
    execute, begin, commit = database.execute_sql, database.begin, database.commit

    def execute_sql(sql: str, *args: Any, **keys: Any) -> Any:
        return made.does(database, " ".join(sql.split()[:3]), lambda: execute(sql, *args, **keys))

    with (
        patch.object(database, "execute_sql", execute_sql),
        patch.object(database, "begin", lambda *args: made.does(database, "BEGIN", lambda: begin(*args))),
        patch.object(database, "commit", lambda: made.does(database, "COMMIT", commit)),
    ):
        yield made
