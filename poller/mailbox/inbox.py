"""One mailbox folder over one connection: what a poll does with a mail server, in seven verbs."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mail.message import Fetched
from poller.mailbox import answers, describing, folders
from poller.mailbox.connection import Connection
from poller.mailbox.describing import Described
from poller.mailbox.errors import ServerUnavailable, Stumbled
from poller.mailbox.fetching import Fetcher
from poller.mailbox.folders import FolderState, Selected
from poller.mailbox.settling import SettleReport, Settling
from poller.settings import ImapSettings

WINDOW = 50_000
"""UIDs asked for in one SEARCH. A line of more than 1,000,000 octets, about 90,000 UIDs, breaks imaplib."""

_MOST_STUMBLES = 5  # in a row: then it is not the messages that are to blame
_log = logging.getLogger(__name__)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Inbox:
    """A selected folder: `name`, `uidvalidity` and a UID name a message for ever; `uidnext` is above every UID so far.

    Any error but a clean refusal drops the connection (`alive` is False then): open another Inbox. With `examine`
    nothing in the folder can be changed, not even by being looked at (RFC 9051, 6.3.3).
    """

    def __init__(self, settings: ImapSettings, deadline: Deadline | None = None, *, examine: bool = False) -> None:
        self._settings = settings
        self._examine = examine
        self._deadline = deadline or Deadline()
        self._selected: Selected
        self._told: set[str] = set()
        self._stumbled: list[int] = []
        self._open()
        self.name = _name(settings, self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        return self._connection.alive

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers after login, in upper case."""
        return self._connection.capabilities

    @property
    def read_only(self) -> bool:
        """Whether nothing can be settled, because nothing in the folder may be changed."""
        return self._selected.read_only

    @property
    def uidvalidity(self) -> int:
        return self._selected.uidvalidity

    @property
    def uidnext(self) -> int:
        return self._selected.uidnext

    @property
    def uidnext_told(self) -> bool:
        """Whether the server said so: otherwise `uidnext` is above the messages that are there now, and may shrink."""
        return self._selected.uidnext_told

    def close(self) -> None:
        self._connection.close()

    def refresh(self) -> None:
        """What is new on a kept connection, at a cost that does not depend on what is there."""
        self._selected = folders.refresh(self._connection, self._folder, self._selected)

    def doubt_uidnext(self) -> None:
        """Where there is mail at or above the UIDNEXT that the server told, it was wrong, and counts as untold."""
        self._selected = folders.without_wrong_uidnext(self._connection, self._selected)

    def search(self, low: int, high: int, since: date | None = None) -> list[int]:
        """The UIDs from `low` to `high` that exist, ascending; with `since` only mail of that day (UTC) or later."""
        # No more UIDs can come back than there are messages, however far apart they lie.
        width = WINDOW if self._selected.exists > WINDOW else max(high - low + 1, 1)
        found: list[int] = []
        for start in range(low, high + 1, width):
            end = min(start + width - 1, high)
            uids = answers.search(self._connection, "looking for new mail", f"UID {start}:{end}{_since(since)}")
            # An answer may name more: `n:*` always names the last message.
            found.extend(uid for uid in uids if start <= uid <= end)
        return found if since is None else self._received_since(found, since)

    def search_marked(self, low: int, high: int, keyword: str) -> list[int]:
        """Those of the UIDs from `low` to `high` that have the keyword."""
        if low > high:
            return []
        marked = answers.search(self._connection, "looking for marked mail", f"UID {low}:{high} KEYWORD {keyword}")
        return [uid for uid in marked if low <= uid <= high]

    def describe(self, uids: Iterable[int]) -> list[Described]:
        """UIDs -> their date and size, ascending; a UID that is gone, or that the server stumbles at, is absent."""
        wanted = sorted(uids)
        try:
            return self._described(wanted)
        except Transient as error:
            if not self._may_be_to_blame(error):
                raise
            self._reopen()
        return self._narrowed(wanted)

    def fetch(self, batch: Sequence[Described], spool: Path, max_size: int) -> Iterator[Fetched]:
        """Described messages -> their octets; what cannot be had now is absent. Files in `spool` are the caller's."""
        fetched = set()
        try:
            for message in self._fetcher(spool, max_size).fetch(batch):
                fetched.add(message.ref.uid)
                yield message
        except Transient as error:
            if not self._may_be_to_blame(error):
                raise
            self._reopen()
            yield from self._one_by_one([message for message in batch if message.uid not in fetched], spool, max_size)

    def settle(self, uids: Iterable[int], *, folder: str | None, flagged: bool, keyword: str) -> SettleReport:
        """Moves mail to `folder`, or marks it where it is when that is None. A UID that is gone counts as settled.

        What goes wrong each time is told once.
        """
        report = Settling(
            connection=self._connection,
            selected=self._selected,
            folder=self._naming.server_name(folder) if folder else None,
            flagged=flagged,
            keyword=keyword,
        ).settle(uids)
        alerts = tuple(alert for alert in report.alerts if alert not in self._told)
        self._told.update(alerts)
        return replace(report, alerts=alerts)

    def unmark(self, uids: Iterable[int], marks: Iterable[str]) -> tuple[str, ...]:
        """Takes flags and keywords off mail -> sentences that say why some of them stay."""
        settling = Settling(
            connection=self._connection, selected=self._selected, folder=None, flagged=False, keyword=""
        )
        return settling.unmark(uids, marks)

    def turn_to(self, folder: str) -> bool:
        """Looks at another folder from now on, as it was opened -> whether there is one of that name."""
        name = self._naming.server_name(folder)
        if not folders.exists(self._connection, name):
            return False
        self._selected = folders.select(self._connection, name, read_only=self._examine)
        self._folder, self._settings = name, replace(self._settings, folder=folder)
        self.name = _name(self._settings, name)
        return True

    def move(self, uids: Iterable[int], folder: str) -> tuple[str, ...]:
        """Moves mail to another folder, unmarked -> sentences that say why some of it stays where it is."""
        return Settling(
            connection=self._connection,
            selected=self._selected,
            folder=self._naming.server_name(folder),
            flagged=False,
            keyword="",
        ).move(uids)

    def state_of(self, folder: str) -> FolderState | None:
        """How far another folder's UIDs go, without opening it; None where the server does not tell."""
        return folders.state(self._connection, self._naming.server_name(folder))

    def ensure_folders(self, names: Iterable[str]) -> list[str]:
        """Creates the folders that are missing -> a sentence for each that could not be created."""
        wanted = {self._naming.server_name(name): name for name in names}
        if self._folder in wanted:
            raise ConfigurationError(
                f"FOLDER_…: {wanted[self._folder]} is the folder that mail arrives in: what is moved would arrive again"
            )
        return folders.ensure(self._connection, wanted)

    def _open(self) -> None:
        self._connection = Connection(self._settings, self._deadline)
        try:
            self._naming = folders.naming(self._connection)
            self._folder = self._naming.server_name(self._settings.folder)
            self._selected = folders.select(self._connection, self._folder, read_only=self._examine)
        except BaseException:
            self._connection.drop()
            raise

    def _may_be_to_blame(self, error: Transient) -> bool:
        """Whether the server rejected a command or went away, perhaps because of one message; nobody here ended it."""
        return not self.alive and not self._deadline.passed and not isinstance(error, ServerUnavailable)

    def _reopen(self) -> None:
        before = self._selected
        self.close()
        self._open()
        if self.uidvalidity != before.uidvalidity or (self.uidnext_told and self.uidnext < before.uidnext):
            self.close()
            raise Transient(f"{self.name} was replaced (its UIDs changed) while it was read; it is read again.")

    def _described(self, uids: Sequence[int]) -> list[Described]:
        found = list(describing.describe(self._connection, uids))
        self._stumbled.clear()
        return found

    def _narrowed(self, uids: Sequence[int]) -> list[Described]:
        """After a break: in halves, until a message at which the server stumbles again stands alone."""
        half = len(uids) // 2
        found: list[Described] = []
        for part in filter(None, (uids[:half], uids[half:])):
            try:
                found += self._described(part)
            except Transient as error:
                if not self._may_be_to_blame(error):
                    raise
                if len(part) == 1:
                    self._stumble(part[0], error)
                else:
                    self._reopen()
                    found += self._narrowed(part)
        return found

    def _one_by_one(self, batch: Sequence[Described], spool: Path, max_size: int) -> Iterator[Fetched]:
        """After a break: a message at which the server stumbles is left for later, and holds up no other."""
        for message in batch:
            try:
                yield from self._fetcher(spool, max_size).fetch([message])
                self._stumbled.clear()
            except Transient as error:
                if not self._may_be_to_blame(error):
                    raise
                self._stumble(message.uid, error)

    def _stumble(self, uid: int, error: Transient) -> None:
        """Goes on after a message that the server went away at. Raises Stumbled at several in a row."""
        self._stumbled.append(uid)
        if len(self._stumbled) == _MOST_STUMBLES:
            uids = tuple(self._stumbled)
            self._stumbled.clear()
            raise Stumbled(str(error), uids) from error
        self._reopen()
        _log.warning("%s: UID %d cannot be fetched, and is left for later: %s", self.name, uid, error)

    def _fetcher(self, spool: Path, max_size: int) -> Fetcher:
        return Fetcher(
            connection=self._connection,
            mailbox=self.name,
            uidvalidity=self.uidvalidity,
            spool=spool,
            max_size=max_size,
        )

    def _received_since(self, uids: list[int], since: date) -> list[int]:
        first = datetime(since.year, since.month, since.day, tzinfo=UTC)
        return [message.uid for message in self.describe(uids) if message.internal_date >= first]


def _name(settings: ImapSettings, folder: str) -> str:
    return f"{settings.username}@{settings.host.lower()}/{folder}"


def _since(day: date | None) -> str:
    """SINCE compares dates as they are written, in whatever zone: the day before is asked for too."""
    if day is None:
        return ""
    eve = day - timedelta(days=1)
    return f" SINCE {eve.day}-{_MONTHS[eve.month - 1]}-{eve.year:04d}"
