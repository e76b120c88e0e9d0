"""What a database raises -> "later" (`Transient`) or "misconfigured" (`ConfigurationError`); a bug stays what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import peewee

from poller.errors import ConfigurationError, Transient

_DAMAGED: Final = "is damaged: restore it from a backup"
_LASTING_IN_SQLITE: Final = {
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: "is damaged or no database at all: restore it from a backup",
    sqlite3.SQLITE_READONLY: "cannot be written",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_LASTING_IN_POSTGRESQL: Final = {
    "XX001": _DAMAGED,
    "XX002": "has a damaged index: see REINDEX, or restore it from a backup",
    "42501": "does not let its user do that: make that user its owner",
    "3F000": "has no schema that its user may write to: make that user its owner",
}
_PASSING_IN_POSTGRESQL: Final = {
    "25006": "it can only be read now, as a standby can: ",
    "53100": "its disk is full: ",
}
_PASSING: Final = (peewee.OperationalError, peewee.InterfaceError, sqlite3.OperationalError)

# A connection that is refused has no code: the protocol's is lost in libpq. A server that says it in another language
# is out of reach, with its own words.
_CONNECTING: Final = "connection to server at"
_REFUSED: Final = {
    "password authentication failed": "check the user and the password",
    "no password supplied": "it asks for a password",
    "authentication failed for user": "check the user, and pg_hba.conf on the server",
    "no pg_hba.conf entry": "pg_hba.conf on the server does not let this user in from here",
    "is not permitted to log in": "the user has no LOGIN",
    '" does not exist': "check the names of the user and of the database",
    "permission denied for database": "the user may not connect to this database",
    "unrecognized configuration parameter": "it must be PostgreSQL 14 or newer",
    "server does not support SSL": "it has no TLS, and sslmode asks for it",
    "certificate verify failed": "its certificate is not trusted; see sslrootcert",
    "does not match host name": "its certificate is for another host",
}
# What psycopg says when a transaction is to be rolled back whose connection is gone: not what had happened.
_AFTERWARDS: Final = ("the connection is closed", "the connection is lost")


_RAISED: Final = (peewee.PeeweeException, sqlite3.Error)


@contextmanager
def database_errors() -> Iterator[None]:
    """What the database raises -> `Transient`, or `ConfigurationError` where waiting does not help; a bug stays one."""
    try:
        yield
    except _RAISED as raised:
        error = _first(raised)
        said = (str(error) or type(error).__name__).splitlines()[0].removeprefix("connection failed: ")
        if advice := _lasting(error, said):
            raise ConfigurationError(f"DATABASE_URL: the database {advice} ({said})") from raised
        if not _passes(error):
            raise
        raise Transient(f"database: {_PASSING_IN_POSTGRESQL.get(_sqlstate(error), '')}{said}") from raised


def _first(error: BaseException) -> BaseException:
    """What went wrong first: to undo a transaction that is undone already fails too, and says nothing."""
    while str(error) in _AFTERWARDS or _sqlite_code(error) == sqlite3.SQLITE_ERROR:
        earlier = error.__context__
        while earlier and not isinstance(earlier, _RAISED):
            earlier = earlier.__context__
        if earlier is None:
            break
        error = earlier
    return error


def _lasting(error: BaseException, said: str) -> str:
    """What is wrong and what to do about it, or "" where waiting may help."""
    if (code := _sqlite_code(error)) is not None:
        return _LASTING_IN_SQLITE.get(code, "")
    if state := _sqlstate(error):
        return _LASTING_IN_POSTGRESQL.get(state, "")
    if not said.startswith(_CONNECTING):
        return ""
    return next((f"refuses the connection: {advice}" for words, advice in _REFUSED.items() if words in said), "")


def _passes(error: BaseException) -> bool:
    if _sqlite_code(error) == sqlite3.SQLITE_ERROR:
        return False
    return isinstance(error, _PASSING) or _sqlstate(error) in _PASSING_IN_POSTGRESQL


def _sqlite_code(error: BaseException) -> int | None:
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # above the lowest octet it only says more exactly why


def _sqlstate(error: BaseException) -> str:
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""
