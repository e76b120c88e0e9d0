"""PostgreSQL on loopback, thrown away at the end: a database is a copy of one that is migrated already."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import peewee
import psycopg

from models.schema import MODELS, migrate, table_name
from tests.patience import PATIENCE
from tests.servers.ports import free_port, listens


def _binaries() -> Path | None:
    """The newest that is installed; Debian puts them beside the PATH."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if versions:
        return max(versions, key=lambda path: int(path.parent.name))
    return Path(on_path).resolve().parent if on_path else None


POSTGRESQL = _binaries()

ROLE, PASSWORD = "mailfiler", "hunter2"
"""An ordinary role, who owns its databases, as the README has it."""

_TEMPLATE = "migrated"

# Nothing survives the test, so nothing need reach the disk; each process of tests has a server, so it is small.
_SPEED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "24MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "60",
    "jit": "off",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "lc_messages": "C",
    "timezone": "Asia/Kolkata",
}

_numbers = itertools.count(1)

# PostgreSQL does not run as root.
_OWNER = pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


@dataclass(slots=True, kw_only=True)
class Postgresql:
    """A server, which can be stopped and started again at the same port with the same databases."""

    home: Path
    port: int
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _shared: str = ""

    def start(self, **options: str) -> None:
        """Starts it, with options of `postgresql.conf` besides our own, and waits until it answers."""
        assert POSTGRESQL
        assert self.process is None
        words = [word for name, value in (_SPEED | options).items() for word in ("-c", f"{name}={value}")]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [POSTGRESQL / "postgres", "-D", self.home / "data", "-p", str(self.port), *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                **_as_owner(),
            )
        assert listens(self.port, seconds=PATIENCE), self.log()
        self._ready()

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT: at once, as after a power failure; SIGINT: sessions are ended; SIGTERM: once they have ended."""
        if self.process:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None

    def admin(self, statement: LiteralString | str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """A statement of the superuser's -> its rows."""
        with psycopg.connect(self.superuser(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, template: str = "template0") -> str:
        """A new database, which the role owns -> its URL."""
        name = f"test{next(_numbers)}"
        self.admin(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        return self.url(name)

    def migrated(self) -> str:
        """A new database with the newest tables -> its URL."""
        if not self.admin(f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
            self.admin(f"CREATE DATABASE {_TEMPLATE} OWNER {ROLE} TEMPLATE template0")
            # Not `open_database`, which would bind the models of a test to the template.
            database = peewee.PostgresqlDatabase(self.url(_TEMPLATE), prefer_psycopg3=True)
            with database.connection_context():
                migrate(database)
        return self.create(_TEMPLATE)

    def emptied(self) -> str:
        """The one database with the newest tables and nothing in them -> its URL. It costs a fifth of a new one."""
        if not self._shared:
            self._shared = self.migrated()
        name = self._shared.rpartition("/")[2]
        tables = [f'"{table_name(model)}"' for model in MODELS]
        # Not TRUNCATE, which makes a hundred files anew; without triggers, so in any order.
        self.admin(
            f"""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid();
            LOCK TABLE {", ".join(tables)};
            SET LOCAL session_replication_role = replica;
            {"".join(f"DELETE FROM {table};" for table in tables)}
            SELECT setval(seqrelid, seqstart, FALSE) FROM pg_sequence
            WHERE seqrelid <> 'schema_migration_id_seq'::regclass;
        """,
            name,
        )
        return self._shared

    def drop(self, url: str) -> None:
        """Ends the database and whoever is connected to it."""
        self.admin(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def url(self, database: str, role: str = ROLE, password: str = PASSWORD) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def superuser(self, database: str) -> str:
        return self.url(database, role="postgres", password=self.password)

    def _ready(self) -> None:
        """It listens before it can be asked anything."""
        while True:
            try:
                self.admin("SELECT 1")
            except psycopg.OperationalError as error:
                assert "starting up" in str(error) or "not yet accepting" in str(error), self.log()  # noqa: PT017 - no test
            else:
                return


@contextlib.contextmanager
def running(**options: str) -> Iterator[Postgresql]:
    """Starts a server with no database of ours, and ends it with its folder."""
    # Not in pytest's folder, which only its owner may enter.
    home = Path(tempfile.mkdtemp(prefix="postgresql-"))
    server = Postgresql(home=home, port=free_port())
    try:
        _initialize(home, server.password)
        server.start(**options)
        server.admin(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _initialize(home: Path, superusers: str) -> None:
    """Text in an order that is not SQLite's, as on most servers; passwords are asked for."""
    assert POSTGRESQL
    password = home / "password"
    password.write_text(superusers)
    if os.getuid() == 0:
        for path in (home, password):
            os.chown(path, _OWNER.pw_uid, _OWNER.pw_gid)
    command = [POSTGRESQL / "initdb", "-D", home / "data", "-U", "postgres", f"--pwfile={password}"]
    order = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    done = subprocess.run(
        [*command, "--auth=scram-sha-256", "--no-sync", *order],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        **_as_owner(),
    )
    assert done.returncode == 0, done.stderr


def _as_owner() -> dict[str, Any]:
    if os.getuid():
        return {}
    return {"user": _OWNER.pw_uid, "group": _OWNER.pw_gid, "extra_groups": []}
