"""Mail that the server lists and does not hand out: it waits like deferred mail, so that it pins nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.inbound import Delivery
from poller.filing.deferral import may_wait, next_attempt
from poller.filing.reasons import Outcome, Reason
from poller.storage.decided import Decided
from poller.storage.deliveries import STAYING
from poller.storage.epochs import Epoch
from poller.storage.lease import Lease
from poller.storage.rows import insert_all

_SHORTEST_PAUSE: Final = timedelta(minutes=1)
MAX_AGE: Final = timedelta(days=3)
_DETAIL: Final = "the server lists this message, and does not hand it out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A message that the server lists and does not hand out; its date and size as far as it told them."""

    uid: int
    internal_date: datetime | None = None
    size: int = 0


def withhold(
    withheld: Iterable[Withheld], epoch: Epoch, lease: Lease, now: datetime, *, final: bool = True
) -> list[Decided]:
    """Defers each of them, or quarantines it when it has waited long enough and the decision may be `final`."""
    by_uid = {one.uid: one for one in withheld}
    if not by_uid:
        return []
    with lease.transaction():
        insert_all(Delivery, (_row(one, epoch, now) for one in by_uid.values()), once=True)
        rows = Delivery.select().where(Delivery.epoch == epoch.id, Delivery.uid << list(by_uid))
        waiting = [row for row in rows.order_by(Delivery.uid) if row.outcome is None or row.outcome in STAYING]
        return [_decide(row, epoch, now, final=final) for row in waiting]


def _row(one: Withheld, epoch: Epoch, now: datetime) -> dict[str, object]:
    """Until it can be fetched, the moment at which it was first seen stands for a date that the server did not tell."""
    return {
        "epoch": epoch.id,
        "uid": one.uid,
        "internal_date": one.internal_date or now,
        "size": one.size,
        "seen_at": now,
    }


def _decide(row: Delivery, epoch: Epoch, now: datetime, *, final: bool) -> Decided:
    first_attempt = row.retried_at or row.seen_at
    waits = may_wait(first_attempt, now, MAX_AGE) or not final
    row.outcome = Outcome.DEFERRED if waits else Reason.UNREADABLE.outcome
    row.reason = Reason.UNREADABLE.slug
    row.reasons = [Reason.UNREADABLE.slug]
    row.detail = _DETAIL
    row.next_attempt_at = max(next_attempt(first_attempt, now, MAX_AGE), now + _SHORTEST_PAUSE) if waits else None
    row.decided_at = now
    row.settled_at = now if waits else None
    row.save()
    return Decided(
        id=row.id,
        ref=epoch.ref(row.uid),
        outcome=Outcome(row.outcome),
        reason=Reason.UNREADABLE,
        detail=row.detail,
        activity_id=None,
        next_attempt_at=row.next_attempt_at,
        notice=row.notice,
        notices_halted=False,
    )
