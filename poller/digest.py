"""The daily digest: queued when a day (UTC) is over, by whoever looks first."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from poller.filing.digest import Span
from poller.notices.digest import Letter, compose_digest
from poller.notices.message_id import notice_id
from poller.settings import Settings
from poller.storage.database import connected
from poller.storage.digest import REASON, last_digest, read_digest
from poller.storage.outbox import enqueue_for_administrator
from poller.storage.secrets import notice_key


def queue_digest(settings: Settings, now: datetime) -> bool:
    """Puts the digest that is due into the outbox -> whether there was one. A job of its own; raises Transient.

    It tells of everything since the last one up to midnight, so that after a pause one tells of all of it; the first
    one tells of the day before. It comes on quiet days too: that none comes is how one hears of a worker that died.
    """
    if not settings.notices.admin_address:
        return False
    with connected():
        span = _due(last_digest(), now)
        return span is not None and _queue(span, settings, now)


def _due(last: datetime | None, now: datetime) -> Span | None:
    midnight = _midnight(now)
    since = _midnight(last) if last else midnight - timedelta(days=1)
    return Span(since=since, until=midnight) if since < midnight else None


def _queue(span: Span, settings: Settings, now: datetime) -> bool:
    notices = settings.notices
    day = (span.until - timedelta(days=1)).date()
    identity = hashlib.sha256(f"{REASON}:{day}".encode()).hexdigest()
    message_id = notice_id(notice_key(), identity, REASON, notices.admin_address, notices.hostname)
    letter = Letter(
        author=notices.author,
        recipient=notices.admin_address,
        message_id=message_id,
        mailbox=f"{settings.imap.folder} of {settings.imap.username} on {settings.imap.host}",
        now=now,
    )
    return enqueue_for_administrator(
        identity=identity,
        reason=REASON,
        recipient=notices.admin_address,
        message=compose_digest(read_digest(span), letter),
        message_id=message_id,
        now=now,
    )


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
