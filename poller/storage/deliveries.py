"""The deliveries of one epoch: what is decided, due, interrupted or unsettled, and where it lies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import peewee

from models.inbound import Delivery
from poller.filing.reasons import Outcome
from poller.storage.epochs import Epoch
from poller.storage.lease import Lease
from poller.storage.retries import FROM_SOURCE
from poller.storage.rows import CHUNK, tuples

STAYING: Final = (Outcome.DEFERRED, Outcome.HELD)
"""In the inbox, undecided: nobody is told anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where settled mail lies: in `folder`, or else in the inbox. `uids` by those in the inbox, as the server told."""

    folder: str | None
    uidvalidity: int | None = None
    uids: Mapping[int, int] = field(default_factory=dict)


class Deliveries:
    """Read by whoever asks, written by the worker that holds the lease."""

    def __init__(self, epoch: Epoch, lease: Lease) -> None:
        self.epoch = epoch
        self.lease = lease
        self._here = Delivery.epoch == epoch.id

    def decided(self, uids: Sequence[int]) -> set[int]:
        """Those of the UIDs, all in one window, that have an outcome."""
        if not uids:
            return set()
        has_outcome = Delivery.outcome.is_null(is_null=False)
        rows = Delivery.select(Delivery.uid).where(self._here, Delivery.uid.between(min(uids), max(uids)), has_outcome)
        return {uid for (uid,) in tuples(rows)}

    def due(self, at: datetime, outcomes: Sequence[Outcome] = STAYING) -> list[int]:
        """UIDs of deferred or held messages whose time has come by then, ascending."""
        staying = (Delivery.outcome << outcomes) & ~FROM_SOURCE
        rows = Delivery.select(Delivery.uid).where(self._here, Delivery.next_attempt_at <= at, staying)
        return sorted(uid for (uid,) in tuples(rows))

    def interrupted(self, at: datetime) -> dict[int, int]:
        """UIDs, new or due by then, that a worker began with and did not finish, and how often.

        Each is worked on alone, lest one drags others along.
        """
        new = Delivery.settled_at.is_null() & Delivery.outcome.is_null()
        found = Delivery.select(Delivery.uid, Delivery.attempts).where(self._here, Delivery.attempts > 0)
        return {uid: n for waiting in (new, Delivery.next_attempt_at <= at) for uid, n in tuples(found.where(waiting))}

    def abandon(self, uids: Collection[int], now: datetime) -> None:
        """Messages that left the mailbox are not tried again: deferred and held ones keep their outcome."""
        again = {"next_attempt_at": None, "attempts": 0}
        detail = Delivery.detail.concat("; it has left the mailbox since, and is not tried again")
        never = {"outcome": Outcome.DEFERRED, "detail": "it left the mailbox before it was decided about"}
        with self.lease.transaction():
            for chunk in peewee.chunked(uids, CHUNK):
                these = self._here & (Delivery.uid << list(chunk))
                Delivery.update(detail=detail, **again).where(these, Delivery.outcome << STAYING).execute()
                undecided = Delivery.update(decided_at=now, settled_at=now, **never, **again)
                undecided.where(these, Delivery.outcome.is_null()).execute()

    def unsettled(self) -> list[tuple[int, Outcome]]:
        """UIDs that have an outcome and still lie in the inbox, as far as is known."""
        rows = Delivery.select(Delivery.uid, Delivery.outcome).where(
            self._here,
            Delivery.settled_at.is_null(),
            Delivery.outcome.is_null(is_null=False),
            Delivery.retried_at.is_null(),  # those may lie anywhere: see `retries.unsettled`
        )
        return [(uid, Outcome(outcome)) for uid, outcome in tuples(rows)]

    def settle(self, uids: Collection[int], place: Place, now: datetime) -> None:
        """The messages lie where they belong: in a folder, or marked in the inbox."""
        with self.lease.transaction():
            for chunk in peewee.chunked(uids, CHUNK):
                there = {uid: place.uids[uid] for uid in chunk if uid in place.uids}
                update = Delivery.update(
                    settled_at=now,
                    folder=place.folder,
                    folder_uidvalidity=place.uidvalidity if there else None,
                    folder_uid=peewee.Case(Delivery.uid, list(there.items()), None) if there else None,
                )
                update.where(self._here, Delivery.uid << list(chunk)).execute()
