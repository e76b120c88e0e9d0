"""A mailbox, looked at from outside: what the server offers and allows there. Nothing is changed by it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from imapclient import IMAPClient

from poller.deadline import Deadline
from poller.errors import Transient
from poller.mailbox import folders
from poller.mailbox.client import Client
from poller.mailbox.connection import Connection
from poller.mailbox.errors import CommandRefused
from poller.mailbox.folders import Naming
from poller.mailbox.sampling import Sample, newest
from poller.settings import ImapSettings

SAMPLES = 25
"""Messages whose headers are looked at: the newest of all folders together."""

_IDLE_SECONDS = 10
_IMPLIED = {"c": "k", "d": "te"}  # what the letters of RFC 2086 mean in RFC 4314 (2.1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder. `rights` are letters of RFC 4314, None where nobody can tell; of a missing one `k` is to make it."""

    name: str
    exists: bool
    rights: frozenset[str] | None

    def lacks(self, wanted: str) -> str:
        """Those of the letters that are known to be missing, in their order."""
        return "" if self.rights is None else "".join(letter for letter in wanted if letter not in self.rights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`folders` are those that were asked for, in their order; `samples` the newest messages of all, newest first.

    `keywords`: whether messages may be marked with any word; None where nobody can tell, as EXAMINE seldom does.
    `idle` says why nobody can wait for new mail, "" where that works.
    """

    where: str
    inbox: Place
    uidvalidity: int
    messages: int
    capabilities: frozenset[str]
    keywords: bool | None
    folders: tuple[Place, ...]
    idle: str
    samples: tuple[Sample, ...]


def inspect(settings: ImapSettings, wanted: Sequence[str], deadline: Deadline) -> Inspection:
    """Logs in, and opens the folders with EXAMINE (RFC 9051, 6.3.3). Raises Transient or ConfigurationError."""
    connection = Connection(settings, deadline)
    try:
        naming = folders.naming(connection)
        folder = naming.server_name(settings.folder)
        selected = folders.select(connection, folder, read_only=True)
        samples = newest(connection, folder, selected.exists, SAMPLES)
        names = [naming.server_name(name) for name in wanted]
        there = {name for name in names if folders.exists(connection, name)}
        for name in names:
            samples += _in_folder(connection, name) if name in there else []
        idle = _why_no_idle(settings, folder, connection)
        inbox, *places = _with_rights(connection, naming, [folder, *names], {folder, *there})
        return Inspection(
            where=connection.where,
            inbox=inbox,
            uidvalidity=selected.uidvalidity,
            messages=selected.exists,
            capabilities=connection.capabilities,
            keywords=b"\\*" in selected.permanent_flags if selected.permanent_flags else None,
            folders=tuple(places),
            idle=idle,
            samples=tuple(sorted(samples, key=lambda one: one.internal_date, reverse=True)[:SAMPLES]),
        )
    finally:
        connection.close()


def _in_folder(connection: Connection, folder: str) -> list[Sample]:
    """A folder that nobody may read holds nothing to look at: its rights are told of by themselves."""
    with suppress(CommandRefused):
        opened = connection.ask(f"opening {folder}", lambda client: client.select_folder(folder, readonly=True))
        return newest(connection, folder, opened.get(b"EXISTS", 0), SAMPLES)
    return []


def _why_no_idle(settings: ImapSettings, folder: str, beside: Connection) -> str:
    """On a connection of its own beside the first, as the service has it (RFC 2177)."""
    if "IDLE" not in beside.capabilities:
        return "the server does not offer IDLE"
    with Deadline(_IDLE_SECONDS) as deadline:
        try:
            connection = Connection(settings, deadline)
            try:
                connection.ask(f"opening {folder}", lambda client: client.select_folder(folder, readonly=True))
                connection.ask("trying IDLE", _idle)
            finally:
                connection.close()
        except Transient as error:
            return f"the server offers IDLE and does not keep to it: {error}"
    return ""


def _idle(client: Client) -> None:
    client.idle()
    client.idle_done()


def _with_rights(connection: Connection, naming: Naming, names: Sequence[str], there: set[str]) -> list[Place]:
    """Last of all: asked though it is not offered, a server may end the conversation over it (MYRIGHTS: RFC 4314, 3.5).

    Servers with access rights that do not say so are met where capabilities were set by hand.
    """
    rights: dict[str, frozenset[str] | None] = dict.fromkeys(names)
    with suppress(Transient):
        for name in names:
            rights[name] = _rights(connection, name)
            if name not in there and rights[name] is None:
                rights[name] = _rights(connection, _parent(name, naming))
    return [Place(name=name, exists=name in there, rights=rights[name]) for name in names]


def _parent(name: str, naming: Naming) -> str:
    return name.rpartition(naming.separator)[0] if naming.separator else ""


def _rights(connection: Connection, folder: str) -> frozenset[str] | None:
    try:
        letters = connection.ask("asking for its rights", lambda client: _my_rights(client, folder))
    except CommandRefused:
        return None
    if not any(name.startswith("RIGHTS=") for name in connection.capabilities):
        letters.update(*(_IMPLIED.get(letter, "") for letter in letters))
    return frozenset(letters)


def _my_rights(client: Client, folder: str) -> set[str]:
    """MYRIGHTS, which IMAPClient does not have; the answer ends with the letters, whatever the folder's name."""
    kind, answers = client._imap.myrights(client._normalise_folder(folder))  # noqa: SLF001 - see above
    told = b" ".join(part if isinstance(part, bytes) else b"" for part in answers).decode("ascii", "replace")
    if kind != "OK":
        raise IMAPClient.Error(f"myrights failed: {told}")
    return set(told.rpartition(" ")[2])
