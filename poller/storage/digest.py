"""A span of time -> what the administrator is told of it. It costs what came in then, however long the ledger is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import peewee

from models.inbound import Delivery
from models.notice import Notice
from poller.filing.digest import LISTED, Count, Digest, Line, Span, Told, shares, total
from poller.filing.reasons import Outcome, Reason
from poller.storage.composed import Composed, Query
from poller.storage.database import database_errors
from poller.storage.rows import tuples

_OVER = ("sent", "failed", "suppressed")
_UNDER_WAY = ("pending", "sending")
_OF_MAIL = Notice.delivery.is_null(is_null=False)  # the others are digests themselves
_ORDER = {outcome: number for number, outcome in enumerate(Outcome)}
_REASONS = {reason.slug: number for number, reason in enumerate(Reason)}


REASON: Final = "digest"
"""The reason of a digest's row in the outbox."""


@database_errors()
def last_digest() -> datetime | None:
    """When the latest one was queued."""
    return next((moment for (moment,) in _last.rows()), None)


@Composed
def _last() -> Query:
    rows = Notice.select(Notice.created_at).where(Notice.delivery.is_null(), Notice.reason == REASON)
    return rows.order_by(Notice.id.desc()).limit(1)


@database_errors()
def read_digest(span: Span) -> Digest:
    """Each message counts once, by what it came to last; what is deferred for days counts every day."""
    counts = _counts(span)
    wanted = shares({outcome: total(counts, outcome) for outcome in LISTED})
    lines = {outcome: _lines(span, outcome, wanted[outcome]) for outcome in LISTED if wanted[outcome]}
    return Digest(span=span, counts=counts, lines=lines, notices=(*_told(span), *_waiting()))


def _counts(span: Span) -> tuple[Count, ...]:
    number = peewee.fn.COUNT(Delivery.id)
    query = Delivery.select(Delivery.outcome, Delivery.reason, number)
    # Every outcome by name: the index that has the moments is ordered by outcome first.
    query = query.where(Delivery.outcome << list(Outcome), *_within(Delivery.decided_at, span))
    rows = tuples(query.group_by(Delivery.outcome, Delivery.reason))
    counts = [Count(outcome=Outcome(outcome), reason=reason, number=number) for outcome, reason, number in rows]
    return tuple(sorted(counts, key=lambda one: (_ORDER[one.outcome], _REASONS.get(one.reason or "", -1))))


def _lines(span: Span, outcome: Outcome, most: int) -> tuple[Line, ...]:
    query = Delivery.select().where(Delivery.outcome == outcome, *_within(Delivery.decided_at, span))
    return tuple(
        Line(
            id=row.id,
            uid=row.uid,
            arrived=row.internal_date,
            author=row.author,
            subject=row.subject,
            recipients=tuple(row.recipients),
            why=row.detail or row.reason or "",
        )
        for row in query.order_by(Delivery.decided_at, Delivery.id).limit(most)
    )


def _told(span: Span) -> tuple[Told, ...]:
    """What was sent, given up or suppressed then."""
    query = Notice.select(Notice.state, Notice.rule, peewee.fn.COUNT(Notice.id))
    query = query.where(
        Notice.state << _OVER, *_within(Notice.updated_at, span), Notice.delivery.is_null(is_null=False)
    )
    rows = tuples(query.group_by(Notice.state, Notice.rule))
    told = [Told(state=state, rule=rule, number=number) for state, rule, number in rows]
    return tuple(sorted(told, key=lambda one: (_OVER.index(one.state), -one.number, one.rule or "")))


def _waiting() -> tuple[Told, ...]:
    number = Notice.select().where(_OF_MAIL, Notice.state << _UNDER_WAY).count()
    return (Told(state="pending", rule=None, number=number),) if number else ()


def _within(moment: Any, span: Span) -> tuple[Any, Any]:  # noqa: ANN401 - peewee's fields have no useful types
    return moment >= span.since, moment < span.until
