"""A PostgreSQL URL -> its database, every connection of which is durable, and notices when the other end is gone."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from typing import Any, Final

import peewee

from poller.errors import ConfigurationError
from poller.storage.trouble import database_errors

_NOTICED_SECONDS: Final = 60
"""Until an end of a connection knows that the other one, or the network between, is gone."""

# https://www.postgresql.org/docs/current/libpq-connect.html; what the URL says itself counts more.
_PARAMETERS: Final = {
    "connect_timeout": "10",
    "application_name": "mailfiler",
    "client_encoding": "UTF8",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": f"{_NOTICED_SECONDS * 1000}",
}
_TO_WRITE: Final = {"target_session_attrs": "read-write"}  # after a failover the same host may be a standby
_SESSION: Final = {
    # The server gives up a client that is gone, and with it the lease.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": f"{_NOTICED_SECONDS * 1000}",
    "idle_session_timeout": "0",  # the lease's connection has nothing to say for as long as the worker lives
    "lock_timeout": "30s",
}
_READING: Final = {"default_transaction_read_only": "on"}

# What is committed is moved in the mailbox at once: it must not be lost again by a power failure.
_DURABLE: Final = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
"""


class _Database(peewee.PostgresqlDatabase):
    def _initialize_connection(self, connection: Any) -> None:  # noqa: ANN401 - psycopg may be missing
        connection.execute(_DURABLE)


def postgresql(url: str, *, read_only: bool = False) -> peewee.Database:
    """The database, to which one connection was made as a trial. No message repeats the password."""
    url = f"postgresql:{url.partition(':')[2]}"
    database: peewee.Database = _Database(url, prefer_psycopg3=True, **_parameters(url, read_only=read_only))
    with database_errors(), database.connection_context():
        encoding = database.execute_sql("SHOW server_encoding").fetchone()[0]
    if encoding != "UTF8":
        raise ConfigurationError(f"DATABASE_URL: the database is in {encoding}; make one with ENCODING 'UTF8'")
    return database


def another_connection(database: peewee.Database) -> peewee.Database:
    """A handle of one connection, the same in all threads, apart from those of the threads."""
    return _Database(database.database, prefer_psycopg3=True, thread_safe=False, **database.connect_params)


def _parameters(url: str, *, read_only: bool) -> dict[str, Any]:
    given = _given(url)
    ours = _PARAMETERS if read_only else _PARAMETERS | _TO_WRITE
    options = "".join(f" -c {name}={value}" for name, value in _SESSION.items())
    options += f" {given.get('options', '')}"
    options += "".join(f" -c {name}={value}" for name, value in _READING.items() if read_only)
    missing = {name: value for name, value in ours.items() if name not in given}
    return {"options": options.strip(), **missing}


def _given(url: str) -> dict[str, Any]:
    try:
        from psycopg import ProgrammingError  # noqa: PLC0415 - an extra, which most installations do without
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415
    except ImportError as error:
        raise ConfigurationError("DATABASE_URL: PostgreSQL needs `pip install mailfiler[postgresql]`") from error
    try:
        return dict(conninfo_to_dict(url))
    except ProgrammingError:
        # The driver's own words would repeat a part of the URL, which may be of the password.
        raise ConfigurationError("DATABASE_URL: is not a PostgreSQL URL that the driver understands") from None
