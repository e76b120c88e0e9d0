"""Whether the database is there, has the newest schema, and can be written."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

from poller.checking.finding import Checked, Finding, bad, doubtful, good
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage.condition import Schema, is_writable, look_into
from poller.storage.disk import file_system_of

_OF_NETWORKS = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre")


def check_database(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings.database
    where = str(settings.path) if settings.path else "PostgreSQL"
    try:
        found = look_into(settings)
    except (ConfigurationError, Transient) as error:
        said = str(error).removeprefix("database: ")
        yield bad("database", said, _remedy_for_unusable(settings, said))
        return
    checked.database_usable = found.schema is not Schema.OLDER and not found.why_not_writable
    version = f" {found.version}" if found.version else ""
    if found.why_not_writable:
        yield bad("database", f"{where}{version} {found.why_not_writable}", _remedy_for_read_only(settings.path))
    elif found.schema is Schema.MISSING:
        yield good("database", f"{where} is not there yet: the first run makes it")
    elif found.schema is Schema.OLDER:
        yield doubtful(
            "database",
            f"{where} lacks tables of this mailfiler: the next run makes them, or brings them up to date",
            "mailfiler once, after a backup",
        )
    else:
        yield good("database", f"{where}{version} has the newest schema, and can be written")
    if settings.path:
        yield from _on_network(settings.path)
    checked.database_clock = found.clock


def _remedy_for_unusable(settings: DatabaseSettings, said: str) -> str:
    if "newer mailfiler" in said:
        return "install that newer mailfiler again, or restore the backup from before it"
    if not settings.path:
        return "DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME as the server knows them"
    if settings.path.exists() and not os.access(settings.path, os.R_OK):
        return f"run it as the owner of {settings.path}, or chown {getpass.getuser()} {settings.path}"
    return f"restore {settings.path} from a backup, or DATABASE_URL=sqlite:////PATH/{settings.path.name} elsewhere"


def _remedy_for_read_only(path: Path | None) -> str:
    if not path:
        return "DATABASE_URL=postgresql://OWNER:PASSWORD@HOST/NAME of a server that takes writes, as the tables' owner"
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return f"mount it read-write, or DATABASE_URL=sqlite:////PATH/{path.name} elsewhere"
    places = " ".join(str(place) for place in (path, path.parent) if not is_writable(place))
    owner = path.stat().st_uid
    command = f"chmod u+w {places}" if owner == os.geteuid() else f"chown {getpass.getuser()} {places}"
    return f"{command}, or DATABASE_URL=sqlite:////PATH/{path.name} elsewhere"


def _on_network(path: Path) -> Iterator[Finding]:
    """SQLite's write-ahead log needs memory that all of its users share."""
    kind = file_system_of(path)
    if kind.startswith(_OF_NETWORKS):
        yield doubtful(
            "database",
            f"{path} lies in a network file system ({kind}), where SQLite may lose what it wrote",
            f"DATABASE_URL=sqlite:////PATH/{path.name} on a disk of this machine, or postgresql://…",
        )
