"""A mailbox, looked at from outside: what the server offers and allows there. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from poller.deadline import Deadline
from poller.mailbox import folders
from poller.mailbox.connection import Connection
from poller.mailbox.errors import CommandRefused
from poller.settings import ImapSettings

_TO_SETTLE = frozenset("te")  # to mark as deleted, and to expunge (RFC 4314, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`missing` are the folders, of those asked for, that are not there. `read_only` is None where nobody can tell."""

    where: str
    folder: str
    uidvalidity: int
    messages: int
    capabilities: frozenset[str]
    read_only: bool | None
    missing: tuple[str, ...]


def inspect(settings: ImapSettings, wanted: Iterable[str], deadline: Deadline) -> Inspection:
    """Logs in, and opens the folder with EXAMINE (RFC 9051, 6.3.3). Raises Transient or ConfigurationError."""
    connection = Connection(settings, deadline)
    try:
        naming = folders.naming(connection)
        folder = naming.server_name(settings.folder)
        selected = folders.select(connection, folder, read_only=True)
        return Inspection(
            where=connection.where,
            folder=folder,
            uidvalidity=selected.uidvalidity,
            messages=selected.exists,
            capabilities=connection.capabilities,
            read_only=_is_read_only(connection, folder),
            missing=tuple(name for name in wanted if not folders.exists(connection, naming.server_name(name))),
        )
    finally:
        connection.close()


def _is_read_only(connection: Connection, folder: str) -> bool | None:
    """EXAMINE would say so of any folder: the rights tell (MYRIGHTS: RFC 4314, 3.5)."""
    if "ACL" in connection.capabilities:
        with suppress(CommandRefused):
            rights = connection.ask("asking for its rights", lambda client: client.my_rights(folder))
            return not set(rights.decode("ascii", "replace")) >= _TO_SETTLE
    return None
