"""What the ledger has of the UIDs that a mailbox lists: asked once an hour, of everything that lies there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import peewee

from models.inbound import Delivery
from poller.storage.deliveries import STAYING
from poller.storage.epochs import Epoch
from poller.storage.lease import Lease
from poller.storage.retries import FROM_SOURCE
from poller.storage.rows import CHUNK, tuples


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A message as it was when it was fetched. `size` is what its server said then, in octets."""

    uid: int
    internal_date: datetime
    size: int
    source_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The deliveries of an epoch."""

    epoch: Epoch
    lease: Lease

    def fetched(self, uids: Sequence[int]) -> list[Known]:
        """Those of the UIDs, all in one window, whose octets were seen; which are the same for as long as it is one."""
        columns = (Delivery.uid, Delivery.internal_date, Delivery.size, Delivery.source_sha256)
        rows = Delivery.select(*columns).where(self._within(uids), Delivery.source_sha256.is_null(is_null=False))
        wanted = set(uids)
        return [
            Known(uid=uid, internal_date=internal_date, size=size, source_sha256=sha256)
            for uid, internal_date, size, sha256 in tuples(rows)
            if uid in wanted
        ]

    def moved_away(self, uids: Sequence[int]) -> list[int]:
        """Those of the UIDs that are said to lie elsewhere by now."""
        moved = Delivery.settled_at.is_null(is_null=False) & Delivery.folder.is_null(is_null=False)
        return self._those(uids, moved & Delivery.outcome.not_in(STAYING))

    def marked(self, uids: Sequence[int]) -> list[int]:
        """Those of the UIDs that were settled where they lie."""
        here = Delivery.settled_at.is_null(is_null=False) & Delivery.folder.is_null()
        return self._those(uids, here & Delivery.outcome.not_in(STAYING))

    def unsettle(self, uids: Collection[int]) -> None:
        """Mail that lies there all the same is to be settled again."""
        self._update(uids, settled_at=None, folder=None, folder_uidvalidity=None, folder_uid=None)

    def resume(self, uids: Sequence[int], at: datetime) -> list[int]:
        """Deferred mail that had left, and lies there again: it is due then -> which it was."""
        again = self._those(uids, (Delivery.outcome == STAYING[0]) & Delivery.next_attempt_at.is_null())
        self._update(again, next_attempt_at=at)
        return again

    def waiting(self) -> set[int]:
        """UIDs that are to be fetched once more, be they there or not."""
        here = Delivery.epoch == self.epoch.id
        undecided = Delivery.settled_at.is_null() & Delivery.outcome.is_null()
        deferred = Delivery.next_attempt_at.is_null(is_null=False) & (Delivery.outcome << STAYING) & ~FROM_SOURCE
        return {
            uid for one in (undecided, deferred) for (uid,) in tuples(Delivery.select(Delivery.uid).where(here, one))
        }

    def _within(self, uids: Sequence[int]) -> peewee.Expression:
        return (Delivery.epoch == self.epoch.id) & Delivery.uid.between(min(uids), max(uids))

    def _those(self, uids: Sequence[int], condition: peewee.Expression) -> list[int]:
        wanted = set(uids)
        rows = Delivery.select(Delivery.uid).where(self._within(uids), condition).order_by(Delivery.uid)
        return [uid for (uid,) in tuples(rows) if uid in wanted]

    def _update(self, uids: Collection[int], **fields: object) -> None:
        if not uids:
            return
        with self.lease.transaction():
            for chunk in peewee.chunked(uids, CHUNK):
                Delivery.update(**fields).where(Delivery.epoch == self.epoch.id, Delivery.uid << list(chunk)).execute()
