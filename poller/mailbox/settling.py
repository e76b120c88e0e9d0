r"""Decided mail -> out of the way, by the strongest means that the server offers: a courtesy, never the truth.

MOVE (RFC 6851); COPY, \Deleted and UID EXPUNGE (RFC 4315); a keyword; \Flagged; nothing. Never a plain EXPUNGE or
CLOSE: they remove what other clients have marked.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum

from poller.mailbox import folders
from poller.mailbox.answers import search
from poller.mailbox.client import Client
from poller.mailbox.connection import Connection
from poller.mailbox.errors import CommandRefused
from poller.mailbox.folders import Selected
from poller.mailbox.uids import fold, unfold

_MENDABLE = frozenset({"TRYCREATE", "NONEXISTENT", "EXPUNGEISSUED"})


class Way(IntEnum):
    """How mail was settled, the weaker the higher."""

    MOVED = 0
    COPIED = 1
    KEYWORD = 2
    FLAGGED = 3
    NOTHING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleReport:
    """`way` is the weakest that was taken. `new_uids` maps UIDs to those in the folder, as far as the server told."""

    way: Way
    new_uidvalidity: int | None
    new_uids: dict[int, int]
    alerts: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Settling:
    """One set of mail with one outcome, on its way to `folder`, or staying where it is when that is None."""

    connection: Connection
    selected: Selected
    folder: str | None
    flagged: bool
    keyword: str
    new_uidvalidity: int | None = None
    new_uids: dict[int, int] = field(default_factory=dict)
    alerts: dict[str, None] = field(default_factory=dict)  # each once, in order

    def settle(self, uids: Iterable[int]) -> SettleReport:
        """A UID that is gone from the mailbox counts as settled."""
        ways = [self._settle(folded) for folded in fold(uids)]
        return SettleReport(
            way=max(ways, default=Way.MOVED),
            new_uidvalidity=self.new_uidvalidity,
            new_uids=self.new_uids,
            alerts=tuple(self.alerts),
        )

    def unmark(self, uids: Iterable[int], marks: Iterable[str]) -> tuple[str, ...]:
        """Takes flags and keywords off, as far as they can be there at all -> why some of them stay."""
        flags = [mark for mark in marks if self._may_set("\\*") or self._may_set(mark)]
        for folded in fold(uids) if flags and not self.selected.read_only else ():
            self._remove(folded, flags)
        return tuple(self.alerts)

    def move(self, uids: Iterable[int]) -> tuple[str, ...]:
        """Nothing but a move: what cannot be moved is not marked either -> why some of it stays."""
        if self.selected.read_only:  # Dovecot moves mail even out of a folder that is only examined
            return ("The folder is read-only: mail stays where it is.",)
        for folded in fold(uids):
            self._leaves(folded, self.folder or "")
        return tuple(self.alerts)

    def _settle(self, uids: str) -> Way:
        if self.selected.read_only:
            self._alert("The mailbox is read-only: mail is filed, but stays where it is.")
            return Way.NOTHING
        # Before the move, so that the flag travels with the message.
        flagged = self.flagged and self._store(uids, "\\Flagged")
        if self.folder and self._leaves(uids, self.folder):
            return Way.MOVED if "MOVE" in self.connection.capabilities else Way.COPIED
        if self._keep_keyword(uids):
            return Way.KEYWORD
        return Way.FLAGGED if flagged else Way.NOTHING

    def _leaves(self, uids: str, folder: str) -> bool:
        capabilities = self.connection.capabilities
        if "MOVE" in capabilities:
            return self._transfer("move", uids, folder)
        if "UIDPLUS" in capabilities:
            return self._transfer("copy", uids, folder) and self._expunge(uids)
        # Only a plain EXPUNGE could remove the original of a copy.
        return self._alert("The server offers neither MOVE nor UIDPLUS: mail stays where it is.")

    def _transfer(self, verb: str, uids: str, folder: str) -> bool:
        """MOVE or COPY; a missing folder is created, and what just vanished is left out, once each."""
        mended: set[str] = set()
        while True:
            try:
                doing = f"moving mail to {folder}"
                self._note(self.connection.ask(doing, lambda client: _transfer(client, verb, uids, folder)))
            except CommandRefused as refused:
                if not self._mend(refused, folder, mended):
                    return False
            else:
                return True

    def _mend(self, refused: CommandRefused, folder: str, mended: set[str]) -> bool:
        """Whether it is worth a second attempt."""
        try:
            if refused.code in mended or refused.code not in _MENDABLE:
                raise refused
            mended.add(refused.code)
            if refused.code != "EXPUNGEISSUED":
                folders.create(self.connection, folder)
        except CommandRefused as final:
            return self._alert(f"Mail cannot be moved to {folder}, and stays in the mailbox: {final}")
        return True

    def _expunge(self, uids: str) -> bool:
        if not self._store(uids, "\\Deleted"):
            return False
        try:
            self.connection.ask("removing mail that was copied", lambda client: client.uid_expunge([uids]))
        except CommandRefused as refused:
            return self._alert(f"Mail was copied and marked deleted, but the server does not remove it: {refused}")
        return True

    def _keep_keyword(self, uids: str) -> bool:
        """A forbidden keyword may be answered OK and ignored: it is read back."""
        if not self._may_set("\\*") and not self._may_set(self.keyword):
            return False
        if not self._store(uids, self.keyword):
            return False
        without = search(self.connection, "reading the keyword back", f"UID {uids} UNKEYWORD {self.keyword}")
        return not without or self._alert(f"The server took the keyword {self.keyword} and did not keep it.")

    def _store(self, uids: str, flag: str) -> bool:
        try:
            self.connection.ask(f"setting {flag}", lambda client: client.add_flags([uids], [flag], silent=True))
        except CommandRefused as refused:
            return self._alert(f"The server does not let us set {flag}: {refused}")
        return True

    def _remove(self, uids: str, flags: list[str]) -> None:
        try:
            self.connection.ask("taking marks off", lambda client: client.remove_flags([uids], flags, silent=True))
        except CommandRefused as refused:
            self._alert(f"The server does not let us take marks off: {refused}")

    def _may_set(self, flag: str) -> bool:
        permanent = self.selected.permanent_flags
        return permanent is None or flag.lower().encode("ascii") in permanent

    def _note(self, copied: list[bytes]) -> None:
        """COPYUID lines (RFC 4315, 3): `uidvalidity old-uids new-uids`. A line that cannot be read says nothing."""
        for line in copied:
            with suppress(ValueError):
                uidvalidity, old, new = line.decode("ascii").rstrip("]").split(" ")[:3]
                self.new_uids.update(zip(unfold(old), unfold(new), strict=False))
                self.new_uidvalidity = int(uidvalidity)

    def _alert(self, *sentences: str) -> bool:
        self.alerts.update(dict.fromkeys(sentences))
        return False


def _transfer(client: Client, verb: str, uids: str, folder: str) -> list[bytes]:
    client._imap.response("COPYUID")  # noqa: SLF001 - imaplib's documented way to response codes; IMAPClient has none
    getattr(client, verb)([uids], folder)
    return [line for line in client._imap.response("COPYUID")[1] if line]  # noqa: SLF001
