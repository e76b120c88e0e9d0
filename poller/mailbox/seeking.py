"""Mail that arrives from now on, looked for by a word in it, in several folders. Nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mail.message import Fetched
from poller.mailbox import folders
from poller.mailbox.answers import search
from poller.mailbox.connection import Connection
from poller.mailbox.describing import describe
from poller.mailbox.errors import CommandRefused
from poller.mailbox.fetching import Fetcher
from poller.settings import ImapSettings

# Where what a person sends lies too, whether it was delivered or not (RFC 6154).
_NOT_DELIVERED = frozenset({b"\\noselect", b"\\all", b"\\sent", b"\\drafts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """A message that has the word, and the folder that it lay in."""

    folder: str
    fetched: Fetched


class Seeker:
    """Knows from its first moment how far the UIDs of each folder went: what is above them is new.

    A folder that is missing then is looked into once it is there. All are opened with EXAMINE (RFC 9051, 6.3.3).
    """

    def __init__(self, settings: ImapSettings, others: Iterable[str], deadline: Deadline) -> None:
        self._connection = Connection(settings, deadline)
        try:
            naming = folders.naming(self._connection)
            names = [naming.server_name(name) for name in (settings.folder, *others)]
            states = {name: folders.state(self._connection, name) for name in names}
        except BaseException:
            self._connection.drop()
            raise
        self._inbox = names[0]
        self._low = {name: state.uidnext if state else 1 for name, state in states.items()}
        self._seen: set[tuple[str, int]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._connection.close()

    def new_with(self, word: str, spool: Path, max_size: int) -> Iterator[Sighted]:
        """Every such message once for each folder it is seen in. `word`: letters and digits alone.

        Raises Transient, or ConfigurationError where the inbox cannot be opened.
        """
        for folder, low in self._low.items():
            with nullcontext() if folder == self._inbox else suppress(ConfigurationError):
                uidvalidity = folders.select(self._connection, folder, read_only=True).uidvalidity
                fetcher = Fetcher(
                    connection=self._connection, mailbox=folder, uidvalidity=uidvalidity, spool=spool, max_size=max_size
                )
                for fetched in fetcher.fetch(list(describe(self._connection, self._unseen(folder, low, word)))):
                    self._seen.add((folder, fetched.ref.uid))
                    yield Sighted(folder=folder, fetched=fetched)

    def _unseen(self, folder: str, low: int, word: str) -> list[int]:
        # A server that has its words in an index may be behind with it, and never is with the subject.
        uids = search(self._connection, "looking for mail", f'UID {low}:* OR SUBJECT "{word}" TEXT "{word}"')
        # `n:*` names the last message even when nothing is new.
        return [uid for uid in uids if uid >= low and (folder, uid) not in self._seen]

    def elsewhere(self, word: str) -> list[str]:
        """The names of further folders, such as Junk, where a message has the word in its subject."""
        listed = self._connection.ask("listing the folders", lambda client: client.list_folders())
        names = [str(name) for flags, _, name in listed if not _NOT_DELIVERED & {flag.lower() for flag in flags}]
        return [name for name in names if name not in self._low and self._has(name, word)]

    def _has(self, folder: str, word: str) -> bool:
        with suppress(CommandRefused, ConfigurationError, Transient):  # a folder that cannot be opened holds no answer
            folders.select(self._connection, folder, read_only=True)
            return bool(search(self._connection, "looking for mail", f'SUBJECT "{word}"'))
        return False
