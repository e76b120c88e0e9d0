"""Once an hour, everything that lies in the mailbox is held against the ledger, and not only what is new.

It finds what a high-water mark passes over: mail that came to light below it, mail that was moved away and is there
all the same or could only be marked, deferred mail that somebody took away or put back, and UIDs that mean other
messages than they did.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from poller.deadline import Deadline
from poller.mailbox.describing import Described
from poller.mailbox.inbox import Inbox
from poller.mailbox.uids import fold
from poller.settings import Settings, Settle
from poller.sources import forget
from poller.storage.files import FileStore, chunked, sha256_of
from poller.storage.ledger import Ledger, Rebuilt
from poller.storage.stock import Known, Stock

_log = logging.getLogger(__name__)

# UIDs that are compared together: a mailbox of any size needs the same memory.
_COMPARED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktaking:
    """The mailbox is open, and nothing of it has been changed in this poll."""

    settings: Settings
    inbox: Inbox
    deadline: Deadline
    ledger: Ledger
    store: FileStore

    def take(self, listed: Sequence[int], now: datetime, due_by: datetime) -> None:
        """`listed` is every UID that counts, ascending. What comes of it is undecided, due or unsettled afterwards.

        Raises Rebuilt when a UID means another message than it did.
        """
        stock = Stock(epoch=self.ledger.epoch, lease=self.ledger.lease)
        gone = stock.waiting()
        for uids in _chunks(listed):
            self.deadline.renew()
            back = stock.moved_away(uids) if self.settings.settle is Settle.MOVE else []
            self._prove_same(stock.fetched(uids), set(back))
            stock.unsettle([*back, *self._marked(stock, uids)])
            self._tell("was moved away and is there all the same: it is moved again", back)
            self._tell("was deferred, had left and is there again: it is tried again", stock.resume(uids, due_by))
            gone.difference_update(uids)
        # A UID that arrived after the search is in no list, and in no ledger either.
        self.ledger.abandon(gone, now)
        self._tell("was still to be decided about and is gone: it is not tried again", gone)

    def _marked(self, stock: Stock, uids: Sequence[int]) -> list[int]:
        """What could only be marked before, for want of space or of a right, may perhaps be moved now."""
        can_move = not self.inbox.read_only and self.inbox.capabilities & {"MOVE", "UIDPLUS"}
        return stock.marked(uids) if can_move and self.settings.settle is Settle.MOVE else []

    def _prove_same(self, known: Sequence[Known], doubtful: Collection[int]) -> None:
        """INTERNALDATE never changes (RFC 9051, 2.3.3). RFC822.SIZE is a hint: where it changes, the octets tell.

        So they do of the `doubtful`, which would be moved away unread if they were new.
        """
        lying = {one.uid: one for one in self.inbox.describe([one.uid for one in known])}
        there = [(one, lying[one.uid]) for one in known if one.uid in lying]
        for one, now in there:
            if one.internal_date != now.internal_date:
                raise Rebuilt(f"UID {one.uid} has another date than it had")
        resized = next((one.uid for one, now in there if one.size != now.size), None)
        for one, now in there:
            if (one.uid == resized or one.uid in doubtful) and not self._is_same(one, now):
                raise Rebuilt(f"UID {one.uid} is another message than it was")

    def _is_same(self, known: Known, lying: Described) -> bool:
        """Where it cannot be fetched now, nothing is proven against it."""
        fetched = list(self.inbox.fetch([lying], self.store.spool, self.settings.max_message_size))
        try:
            return all(sha256_of(chunked(one.source)) == known.source_sha256 for one in fetched)
        finally:
            forget(fetched)

    def _tell(self, what: str, uids: Iterable[int]) -> None:
        for folded in fold(uids):
            _log.warning("%s: UID %s %s", self.inbox.name, folded, what)


def _chunks(uids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(uids)
    while chunk := list(islice(left, _COMPARED_AT_ONCE)):
        yield chunk
