"""What a message came to, and where that stands in its delivery's row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from models.inbound import Delivery
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome, Reason
from poller.filing.rules import Screened
from poller.mail.message import MessageRef
from poller.storage.deliveries import STAYING
from poller.storage.evidence import to_evidence
from poller.storage.rows import Row

_CHANGED: Final = (
    *("organization", "identity", "message_id", "author", "subject", "recipients", "authentication"),
    *("outcome", "reason", "reasons", "detail", "activity", "notice"),
    *("attempts", "next_attempt_at", "decided_at", "settled_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one message came to; `activity_id` for filed and duplicate ones, `next_attempt_at` for deferred ones.

    `notice` as `messages` shows it; `notices_halted`: what all notices may spend together is spent.
    """

    ref: MessageRef
    outcome: Outcome
    reason: Reason | None
    detail: str | None
    activity_id: int | None
    next_attempt_at: datetime | None
    notice: str
    notices_halted: bool


def describe(delivery: Delivery, screened: Screened, organization_id: int | None) -> None:
    """What an administrator wants to see of a message, filed or not."""
    message = screened.message
    delivery.organization_id = organization_id
    delivery.identity = message.identity
    delivery.message_id = message.message_id
    delivery.author = message.author.address if message.author else None
    delivery.subject = message.subject
    delivery.recipients = [routed.target.address for routed in screened.route.targets]


def put(delivery: Delivery, judged: Judged, decided: Decided, now: datetime) -> None:
    """The delivery's one outcome."""
    if decided.outcome in STAYING:
        delivery.settled_at = now  # nothing is left to be settled
    elif decided.outcome != delivery.outcome:
        delivery.settled_at = None
    delivery.outcome = decided.outcome
    delivery.reason = decided.reason.slug if decided.reason else None
    delivery.reasons = [reason.slug for reason in judged.decision.hits]
    delivery.detail = decided.detail
    delivery.activity_id = decided.activity_id
    delivery.next_attempt_at = decided.next_attempt_at
    delivery.notice = decided.notice
    delivery.decided_at = now
    if judged.evidence:
        delivery.authentication = to_evidence(judged.evidence.authentication)
    if decided.outcome is Outcome.DEFERRED:
        delivery.attempts = 0  # it was gone through to its end


def changed(delivery: Delivery) -> Row:
    """What deciding changes of a row."""
    return {name: delivery.__data__[name] for name in _CHANGED}
