"""Draft -> rows of one activity, or of what a further copy adds to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from models.activity import Activity
from poller.filing.activity import Draft
from poller.filing.reasons import Outcome
from poller.storage.copies import unite
from poller.storage.documents import forwarded_document
from poller.storage.parts import add_participants, attach, link

COPIES_WITHIN = timedelta(days=7)
"""Copies of one delivery may take their time; what comes later was sent again by somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What an organization's activities are: whose, of which type and status, with at most so many participants."""

    organization_id: int
    type_id: int
    status: str
    max_participants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """`note` says what is special about it."""

    activity_id: int
    outcome: Outcome
    note: str | None = None


def file_draft(draft: Draft, kind: Kind, source_sha256: str, now: datetime) -> Filed:
    """Inside a transaction. There is one activity for each organization and identity, whatever the number of copies."""
    activity = Activity.get_or_none(organization=kind.organization_id, identity=draft.message.identity)
    if activity is None:
        collision = _collision(draft, kind)
        activity = _create(draft, kind, source_sha256, now, (*draft.warnings, *collision))
        link(activity, draft.projects)
        add_participants(activity, draft.participants, first_position=0)
        attach(activity, draft.files, now)
        return Filed(activity_id=activity.id, outcome=Outcome.FILED, note=next(iter(collision), None))
    if replay := replay_of(activity, draft):
        Activity.update(replayed=True).where(Activity.id == activity.id).execute()
        return replay
    if unite(activity, draft, kind.max_participants):
        return Filed(activity_id=activity.id, outcome=Outcome.FILED)
    return Filed(activity_id=activity.id, outcome=Outcome.DUPLICATE, note=f"a copy of activity {activity.id}")


def replay_of(activity: Activity, draft: Draft) -> Filed | None:
    """What a copy comes to that was delivered too late to be one."""
    if abs(draft.delivered_at - activity.delivered_at) <= COPIES_WITHIN:
        return None
    note = f"replay: activity {activity.id} is the same message, delivered more than {COPIES_WITHIN.days} days apart"
    return Filed(activity_id=activity.id, outcome=Outcome.DUPLICATE, note=note)


def _collision(draft: Draft, kind: Kind) -> tuple[str, ...]:
    """A sentence where another message has the same Message-ID: both are kept, so that nobody suppresses mail by it."""
    hashed = hash_message_id(draft.message.message_id)
    if hashed is None:
        return ()
    same = (Activity.organization == kind.organization_id) & (Activity.message_id_sha256 == hashed)
    other = Activity.select(Activity.id).where(same).order_by(Activity.id).first()
    return (f"its Message-ID is also that of activity {other.id}, which is another message",) if other else ()


def hash_message_id(message_id: str | None) -> str | None:
    """Message-IDs that differ in the case of their letters alone count as one, as they do in a message's identity."""
    return sha256(message_id.lower().encode("utf-8", "surrogatepass")).hexdigest() if message_id else None


def _create(draft: Draft, kind: Kind, source_sha256: str, now: datetime, warnings: tuple[str, ...]) -> Activity:
    message, authentication = draft.message, draft.authentication
    return Activity.create(
        organization=kind.organization_id,
        identity=message.identity,
        type=kind.type_id,
        status=kind.status,
        date=draft.date,
        date_source=draft.date_source,
        owner=draft.owner.id,
        customer=draft.customer.id if draft.customer else None,
        gate=draft.gate,
        evidence=authentication.evidence,
        spf=authentication.spf,
        dkim=authentication.dkim,
        dmarc=authentication.dmarc,
        domain=authentication.domain,
        selector=authentication.selector,
        unverified=authentication.unverified,
        source_sha256=source_sha256,
        message_id_sha256=hash_message_id(message.message_id),
        delivered_at=draft.delivered_at,
        created_at=now,
        subject=message.subject,
        message_id=message.message_id,
        in_reply_to=list(message.in_reply_to),
        references=list(message.references),
        candidates=[asdict(candidate) for candidate in draft.candidates],
        warnings=list(warnings),
        left_out=[asdict(one) for one in draft.left_out],
        text=message.text,
        quoted_from=message.quoted_from,
        signature_from=message.signature_from,
        forwarded=[forwarded_document(one) for one in message.forwarded],
        html=message.html,
    )
