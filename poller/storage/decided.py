"""What a message came to, and where that stands in its delivery's row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from models.inbound import Delivery
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import Screened
from poller.mail.message import MessageRef
from poller.storage.composed import Composed, Query, Values
from poller.storage.deliveries import STAYING
from poller.storage.evidence import to_evidence
from poller.storage.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """What the ledger has of a message that is to be decided about, for the first time or anew."""

    id: int
    uid: int
    outcome: str | None
    notice: str
    seen_at: datetime
    retried_at: datetime | None

    @property
    def first_attempt_at(self) -> datetime:
        return self.retried_at or self.seen_at


_COLUMNS: Final = tuple(one.name for one in fields(Undecided))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one message came to; `activity_id` for filed and duplicate ones, `next_attempt_at` for deferred ones.

    `id` and `notice` as `messages` shows them; `notices_halted`: what all notices may spend together is spent.
    """

    id: int
    ref: MessageRef
    outcome: Outcome
    reason: Reason | None
    detail: str | None
    activity_id: int | None
    next_attempt_at: datetime | None
    notice: str
    notices_halted: bool


@Composed
def _undecided(epoch: int, uids: Values) -> Query:
    columns = [getattr(Delivery, name) for name in _COLUMNS]
    return Delivery.select(*columns).where(Delivery.epoch == epoch, Delivery.uid << uids)


def undecided(epoch_id: int, uids: Values) -> dict[int, Undecided]:
    """By UID."""
    rows = (Undecided(**dict(zip(_COLUMNS, row, strict=True))) for row in _undecided.rows(epoch_id, uids))
    return {one.uid: one for one in rows}


def described(screened: Screened, organization_id: int | None) -> Row:
    """What an administrator wants to see of a message, filed or not."""
    message = screened.message
    return {
        "organization": organization_id,
        "identity": message.identity,
        "message_id": message.message_id,
        "author": message.author.address if message.author else None,
        "subject": message.subject,
        "recipients": [routed.target.address for routed in screened.route.targets],
    }


def concluded(one: Undecided, judged: Judged, decided: Decided, now: datetime) -> Row:
    """The delivery's one outcome."""
    row: dict[str, object] = {
        "outcome": decided.outcome,
        "reason": decided.reason.slug if decided.reason else None,
        "reasons": [reason.slug for reason in judged.decision.hits],
        "detail": decided.detail,
        "activity": decided.activity_id,
        "next_attempt_at": decided.next_attempt_at,
        "notice": decided.notice,
        "decided_at": now,
    }
    if decided.outcome in STAYING:
        row["settled_at"] = now  # nothing is left to be settled
    elif decided.outcome != one.outcome:
        row["settled_at"] = None
    if judged.evidence:
        row["authentication"] = to_evidence(judged.evidence.authentication)
    if decided.outcome is Outcome.DEFERRED:
        row["attempts"] = 0  # it was gone through to its end
    return row
