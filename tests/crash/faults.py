"""What happens at a point: the process ends, the line breaks, the database fails, the disk is full."""

from __future__ import annotations

import errno
import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import peewee
import psycopg

from tests.crash.seams import Moment


class Kind(StrEnum):
    NONE = "none"
    KILL = "kill"
    NETWORK = "network"
    DATABASE = "database"
    DISK = "disk"

    def concerns(self, point: str) -> bool:
        """Whether it can happen at such a point."""
        where = point.partition(" ")[0]
        match self:
            case Kind.KILL:
                return True
            case Kind.NETWORK:
                return where in {"imap", "smtp"}
            case Kind.DATABASE:
                return where == "sql"
            case Kind.DISK:
                # What is read, ended or removed needs no space.
                free = ("sql SELECT", "sql ROLLBACK", "sql CONNECT", "file unlink")
                return where in {"file", "sql"} and not point.startswith(free)
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`kind` at the named point, in each of the first `times` rounds of a life."""

    kind: Kind = Kind.NONE
    point: str = ""
    moment: Moment = Moment.BEFORE
    times: int = 1

    def __str__(self) -> str:
        return f"{self.kind} {self.moment} {self.point}" if self.point else "nothing"


NOTHING = Fault()


def strike(kind: Kind, about: object, end: Callable[[], None]) -> None:
    """Does it; `end` ends this process."""
    match kind:
        case Kind.KILL:
            end()
        case Kind.NETWORK if isinstance(about, socket.socket):
            with suppress(OSError):
                about.shutdown(socket.SHUT_RDWR)
        case Kind.DATABASE if isinstance(about, peewee.PostgresqlDatabase) and not about.is_closed():
            _terminate(about)  # whatever is said next fails, whoever says it
        case Kind.DATABASE:
            raise peewee.OperationalError("the server closed the connection unexpectedly")
        case Kind.DISK if about is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case Kind.DISK:
            raise _full(about)


def _terminate(database: peewee.PostgresqlDatabase) -> None:
    """As a restarted server does it."""
    mine = database.connection().info.backend_pid
    url = database.database
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (mine,))


def _full(database: object) -> peewee.OperationalError:
    if isinstance(database, peewee.SqliteDatabase):
        cause: Exception = sqlite3.OperationalError("database or disk is full")
        cause.sqlite_errorcode = sqlite3.SQLITE_FULL  # type: ignore[attr-defined]
        cause.sqlite_errorname = "SQLITE_FULL"  # type: ignore[attr-defined]
    else:
        cause = psycopg.errors.DiskFull("could not extend file: No space left on device")
    error = peewee.OperationalError(str(cause))
    error.orig = cause
    return error
