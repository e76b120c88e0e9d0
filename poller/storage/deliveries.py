"""The deliveries of one epoch: what is decided, due, interrupted or unsettled, and where it lies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import peewee

from models.inbound import Delivery
from poller.filing.reasons import Outcome
from poller.storage.composed import Composed, Query, Values
from poller.storage.epochs import Epoch
from poller.storage.lease import Lease
from poller.storage.retries import FROM_SOURCE
from poller.storage.rows import CHUNK, batched

STAYING: Final = (Outcome.DEFERRED, Outcome.HELD)
"""In the inbox, undecided: nobody is told anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where settled mail lies: in `folder`, or else in the inbox. `uids` by those in the inbox, as the server told."""

    folder: str | None
    uidvalidity: int | None = None
    uids: Mapping[int, int] = field(default_factory=dict)


@Composed
def _decided(epoch: int, first: int, last: int) -> Query:
    here = (Delivery.epoch == epoch) & Delivery.uid.between(first, last)
    return Delivery.select(Delivery.uid).where(here, Delivery.outcome.is_null(is_null=False))


@Composed
def _due(epoch: int, at: datetime, outcomes: Values) -> Query:
    staying = (Delivery.outcome << outcomes) & ~FROM_SOURCE
    return Delivery.select(Delivery.uid).where(Delivery.epoch == epoch, Delivery.next_attempt_at <= at, staying)


def _with_attempts(epoch: int) -> Query:
    return Delivery.select(Delivery.uid, Delivery.attempts).where(Delivery.epoch == epoch, Delivery.attempts > 0)


@Composed
def _begun(epoch: int) -> Query:
    return _with_attempts(epoch).where(Delivery.settled_at.is_null(), Delivery.outcome.is_null())


@Composed
def _begun_again(epoch: int, at: datetime) -> Query:
    return _with_attempts(epoch).where(Delivery.next_attempt_at <= at)


@Composed
def _unsettled(epoch: int) -> Query:
    return Delivery.select(Delivery.uid, Delivery.outcome).where(
        Delivery.epoch == epoch,
        Delivery.settled_at.is_null(),
        Delivery.outcome.is_null(is_null=False),
        Delivery.retried_at.is_null(),  # those may lie anywhere: see `retries.unsettled`
    )


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
        return {uid for (uid,) in _decided.rows(self.epoch.id, min(uids), max(uids))}

    def due(self, at: datetime, outcomes: Sequence[Outcome] = STAYING) -> list[int]:
        """UIDs of deferred or held messages whose time has come by then, ascending."""
        return sorted(uid for (uid,) in _due.rows(self.epoch.id, at, outcomes))

    def interrupted(self, at: datetime) -> dict[int, int]:
        """UIDs, new or due by then, that a worker began with and did not finish, and how often.

        Each is worked on alone, lest one drags others along.
        """
        return dict(_begun.rows(self.epoch.id) + _begun_again.rows(self.epoch.id, at))

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
        return [(uid, Outcome(outcome)) for uid, outcome in _unsettled.rows(self.epoch.id)]

    def settle(self, uids: Collection[int], place: Place, now: datetime) -> None:
        """The messages lie where they belong: in a folder, or marked in the inbox."""
        with self.lease.transaction():
            for chunk in batched(uids):
                uidvalidity = place.uidvalidity if place.uids.keys() & set(chunk) else None
                for distance, these in _by_distance(chunk, place.uids).items():
                    _settle.run(now, place.folder, uidvalidity, distance, self.epoch.id, these)


@Composed
def _settle(
    at: datetime, folder: str | None, uidvalidity: int | None, distance: int | None, epoch: int, uids: Values
) -> Query:
    there = {"folder": folder, "folder_uidvalidity": uidvalidity, "folder_uid": Delivery.uid + distance}
    return Delivery.update(settled_at=at, **there).where(Delivery.epoch == epoch, Delivery.uid << uids)


def _by_distance(uids: Iterable[int], new_uids: Mapping[int, int]) -> Mapping[int | None, list[int]]:
    """UIDs by what the server added to each, which is mostly the same: it numbers what it is given in its order."""
    found: defaultdict[int | None, list[int]] = defaultdict(list)
    for uid in uids:
        found[new_uids[uid] - uid if uid in new_uids else None].append(uid)
    return found
