"""Filed mail that the database has lost -> back in the inbox, where the worker files it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from poller.differences import Difference, Kind
from poller.errors import ConfigurationError
from poller.mailbox.inbox import Inbox
from poller.settings import Settings

_MOVED_AT_ONCE = 500
_REMEDIED = (Kind.UNKNOWN_IN_FOLDER, Kind.FILE_LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What was moved, and why the rest, if there is any, was not."""

    remedied: frozenset[Difference]
    number: int
    alerts: tuple[str, ...]


def take_back(settings: Settings, differences: Iterable[Difference]) -> TakenBack:
    """Mail in the folder of filed mail that the ledger does not know, or of which files were lost.

    It is filed as new where the database knows nothing of it, and else as a copy, with which its files are stored
    again. Refused mail stays where it is: its sender may have been answered. Raises Transient when the mailbox is out
    of reach; what was moved until then stays moved.
    """
    wanted = [one for one in differences if one.kind in _REMEDIED and one.uid]
    with Inbox(settings.imap) as inbox:
        inbox_folder, filed = settings.imap.folder, settings.folders.filed
        if not {"MOVE", "UIDPLUS"} & inbox.capabilities:
            raise ConfigurationError("--take-back: the server offers neither MOVE nor UIDPLUS; move the mail by hand")
        if not inbox.turn_to(filed):
            return TakenBack(remedied=frozenset(), number=0, alerts=())
        here = [one for one in wanted if (one.mailbox, one.uidvalidity) == (inbox.name, inbox.uidvalidity)]
        uids = iter(sorted({one.uid for one in here if one.uid}))
        alerts: dict[str, None] = {}
        while chunk := list(islice(uids, _MOVED_AT_ONCE)):
            alerts |= dict.fromkeys(inbox.move(chunk, inbox_folder))
        left = set(inbox.search(1, inbox.uidnext - 1)) & {one.uid for one in here}
    remedied = frozenset(one for one in here if one.uid not in left)
    return TakenBack(remedied=remedied, number=len({one.uid for one in remedied}), alerts=tuple(alerts))
