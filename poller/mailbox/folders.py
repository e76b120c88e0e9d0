"""Folder names as an administrator writes them -> as the server knows them, created where they are missing."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from poller.errors import ConfigurationError, Transient
from poller.mailbox.answers import search
from poller.mailbox.client import Client
from poller.mailbox.connection import Connection
from poller.mailbox.errors import CommandRefused
from poller.wording import clause

_STATE = ("UIDNEXT", "UIDVALIDITY")
_UNUSABLE = frozenset({b"\\noselect", b"\\nonexistent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """What SELECT told. `permanent_flags` is None if it told nothing of them (then all may be set: RFC 9051, 7.1).

    Where it told no UIDNEXT (`uidnext_told` is False), that is above the messages that are there now, and may shrink.
    """

    uidvalidity: int
    uidnext: int
    uidnext_told: bool
    exists: int
    permanent_flags: frozenset[bytes] | None
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """What STATUS told of a folder."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Where the personal folders are (RFC 2342): a prefix such as `INBOX.`, and what stands between levels."""

    prefix: str
    separator: str

    def server_name(self, folder: str) -> str:
        """`Filed/2026` -> `INBOX.Filed.2026`; INBOX stays INBOX in any case of its letters."""
        if folder.upper() == "INBOX":
            return "INBOX"
        name = folder.replace("/", self.separator)
        return name if name.startswith(self.prefix) else self.prefix + name


def naming(connection: Connection) -> Naming:
    """Asks the server how it names folders."""
    if "NAMESPACE" in connection.capabilities:
        with suppress(CommandRefused):
            personal = connection.ask("asking for its namespace", lambda client: client.namespace().personal)
            if personal:
                prefix, separator = personal[0]
                return Naming(prefix=prefix, separator=separator or "/")
    roots = connection.ask("asking for its separator", lambda client: client.list_folders("", ""))
    separator = next((delimiter for _, delimiter, _ in roots if delimiter), b"/")
    return Naming(prefix="", separator=separator.decode("ascii", "replace"))


def select(connection: Connection, folder: str, *, read_only: bool = False) -> Selected:
    """Opens the folder: the one command that has to tell UIDVALIDITY and UIDNEXT as they are now (RFC 9051, 6.3.2)."""

    def command(client: Client) -> dict[bytes, Any]:
        try:
            return dict(client.select_folder(folder, readonly=read_only))
        except client.ReadOnlyError:
            return dict(client.select_folder(folder, readonly=True))

    try:
        answer = connection.ask(f"opening {folder}", command)
    except CommandRefused as refused:
        raise _not_opened(connection, folder, refused) from refused
    if not answer.get(b"UIDVALIDITY"):
        raise ConfigurationError(
            f"{connection.where}: {folder} has no UIDVALIDITY, so that no message in it can be recognised again. "
            "Use another IMAP_FOLDER or another server.",
        )
    flags = answer.get(b"PERMANENTFLAGS")
    return Selected(
        uidvalidity=answer[b"UIDVALIDITY"],
        uidnext=answer.get(b"UIDNEXT") or _highest(connection) + 1,
        uidnext_told=bool(answer.get(b"UIDNEXT")),
        exists=answer.get(b"EXISTS", 0),
        permanent_flags=None if flags is None else frozenset(flag.strip(b"()").lower() for flag in flags),
        read_only=b"READ-ONLY" in answer,
    )


def without_wrong_uidnext(connection: Connection, selected: Selected) -> Selected:
    """A UIDNEXT that is not above every message says nothing (RFC 9051, 2.3.1.1)."""
    above = _highest(connection) + 1
    return selected if above <= selected.uidnext else replace(selected, uidnext=above, uidnext_told=False)


def refresh(connection: Connection, folder: str, before: Selected) -> Selected:
    """What is there now, on a kept connection.

    Opening the folder again is always right, and makes Dovecot read a Maildir of 20,000 again (0.3 s). NOOP shows the
    open folder what is new; STATUS tells whether it is still the folder that has this name, and ran behind. Its UIDNEXT
    is not taken as ours: it may count mail that a SEARCH here does not find yet, and that would be passed over.
    """
    status = _status(connection, folder)
    connection.ask("asking for new mail", _noop)
    new = [
        uid
        for uid in search(connection, "looking for new mail", f"UID {before.uidnext}:*")
        if uid >= before.uidnext  # `n:*` names the last message even when nothing is new
    ]
    after = replace(before, uidnext=max(new, default=before.uidnext - 1) + 1, exists=before.exists + len(new))
    same = status.get(b"UIDVALIDITY", before.uidvalidity) == before.uidvalidity
    if same and before.uidnext <= status.get(b"UIDNEXT", before.uidnext) <= after.uidnext:
        return after
    return select(connection, folder)


def state(connection: Connection, folder: str) -> FolderState | None:
    """Of a folder that is not open; None where it is missing, or the server does not tell both."""
    status = _status(connection, folder)
    uidvalidity, uidnext = status.get(b"UIDVALIDITY"), status.get(b"UIDNEXT")
    return FolderState(uidvalidity=uidvalidity, uidnext=uidnext) if uidvalidity and uidnext else None


def exists(connection: Connection, folder: str) -> bool:
    """Whether the folder can hold mail."""
    found = connection.ask(f"looking for {folder}", lambda client: client.list_folders("", folder))
    return any(not _UNUSABLE & {flag.lower() for flag in flags} for flags, _, _ in found)


def create(connection: Connection, folder: str) -> None:
    """Creates the folder and subscribes to it, so that people see it in their mail program."""
    try:
        connection.ask(f"creating {folder}", lambda client: client.create_folder(folder))
    except CommandRefused as refused:
        if refused.code != "ALREADYEXISTS":
            raise
    with suppress(CommandRefused):
        connection.ask(f"subscribing to {folder}", lambda client: client.subscribe_folder(folder))


def ensure(connection: Connection, folders: Iterable[str]) -> list[str]:
    """Creates what is missing -> a sentence for each folder that could not be created."""
    alerts = []
    for folder in folders:
        try:
            if not exists(connection, folder):
                create(connection, folder)
        except CommandRefused as refused:
            alerts.append(f"The folder {folder} is missing and cannot be created: {refused}")
    return alerts


def _noop(client: Client) -> None:
    client.noop()
    # imaplib keeps every EXPUNGE and EXISTS until the next SELECT, which may be months away.
    client._imap.untagged_responses.clear()  # noqa: SLF001 - there is no public way to forget them all


def _status(connection: Connection, folder: str) -> dict[bytes, Any]:
    try:
        return dict(connection.ask("asking for its state", lambda client: client.folder_status(folder, _STATE)))
    except CommandRefused:
        return {}


def _highest(connection: Connection) -> int:
    return max(search(connection, "asking for the last message", "UID *"), default=0)


def _not_opened(connection: Connection, folder: str, refused: CommandRefused) -> Exception:
    if refused.code == "NONEXISTENT" or not exists(connection, folder):
        return ConfigurationError(f"IMAP_FOLDER: {connection.where} has no folder {folder}: create it or name another.")
    return Transient(f"{clause(refused)}; it is tried again.")
