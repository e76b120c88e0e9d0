"""What each stage came to -> its event: outcomes, results and numbers, and of people but the id of their message."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from poller import events
from poller.authentication.verdict import Authentication
from poller.filing.decide import Decision
from poller.filing.first_look import FirstLook
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome
from poller.filing.rules import Evidence
from poller.mail.message import Fetched, MessageRef
from poller.storage.decided import Decided
from poller.storage.documents import rfc3339
from poller.storage.ledger import Begun

_log = logging.getLogger(__name__)


def told_as_poll(look: Callable[[], Counter[Outcome]]) -> Counter[Outcome]:
    """A look into the mailbox, from its beginning to its end; of one that fails the log has a line of its own."""
    events.counted("polling")
    began = monotonic()
    try:
        outcomes = look()
    except BaseException:
        events.counted("poll-failed", seconds=monotonic() - began)
        raise
    numbers = {outcome.value: number for outcome, number in outcomes.items()}
    events.happened("poll-ended", seconds=monotonic() - began, outcomes=numbers)
    return outcomes


def tell_fetched(fetched: Fetched, begun: Begun) -> None:
    """Its octets are here, and an attempt at it is counted."""
    events.happened(
        "fetched",
        fetched.ref,
        size=fetched.size,
        oversized=fetched.oversized or None,
        arrived_at=rfc3339(fetched.internal_date),
        attempt=begun.attempts,
    )


def tell_read(ref: MessageRef, look: FirstLook) -> None:
    message, route = look.screened.message, look.screened.route
    events.happened(
        "read",
        ref,
        message_id=message.message_id,
        addresses=len(route.targets),
        attachments=len(message.attachments),
        defects=len(message.defects),
    )


def tell_authenticated(ref: MessageRef, found: Authentication, *, standing: bool) -> None:
    """`standing`: it was proven when the message was judged before."""
    events.happened(
        "authenticated",
        ref,
        evidence=found.evidence.value,
        spf=found.spf.value,
        dkim=found.dkim.value,
        dmarc=found.dmarc.value,
        standing=standing or None,
    )


def tell_matched(ref: MessageRef, evidence: Evidence) -> None:
    match = evidence.match
    events.happened(
        "matched",
        ref,
        gate=match.gate and match.gate.value,
        participants=len(match.participants),
        customer=match.customer is not None,
        projects=len(evidence.destination.projects),
    )


def tell_decided(ref: MessageRef, decision: Decision) -> None:
    """The verdict, before it is stored: what is filed may yet turn out to be a copy."""
    reason = decision.reason and decision.reason.slug
    events.happened("decided", ref, outcome=decision.outcome.value, reason=reason)


def tell_stored(one: Decided, now: datetime, judged: Judged | None = None) -> None:
    """What is in the ledger from now on. Without a judgement, it is mail that its server does not hand out."""
    screened = judged and judged.screened
    events.said(
        _log,
        logging.INFO if judged else logging.WARNING,
        _line_of(one),
        "stored",
        one.ref,
        message_id=screened.message.message_id if screened else None,
        delivery=one.id,
        outcome=one.outcome.value,
        reason=one.reason and one.reason.slug,
        detail=one.detail,
        activity=one.activity_id,
        notice=one.notice if one.notice != "none" else None,
        next_attempt_at=rfc3339(one.next_attempt_at, "seconds") if one.next_attempt_at else None,
        seconds_since_arrival=max(0, (now - judged.fetched.internal_date).total_seconds()) if judged else None,
    )
    if one.notice == "queued":
        events.happened("notice-queued", one.ref, delivery=one.id)


def tell_settled(ref: MessageRef, outcome: Outcome, way: str, folder: str | None, uid: int | None) -> None:
    """It lies in that folder now, under that UID as far as the server told; without one, where it lay."""
    events.happened("settled", ref, outcome=outcome.value, way=way, folder=folder, folder_uid=uid)


def _line_of(one: Decided) -> str:
    """What an administrator reads in the log of one message."""
    activity = f" as activity {one.activity_id}" if one.activity_id else ""
    reason = f" ({one.reason.slug})" if one.reason else ""
    again = f"; it is tried again at {rfc3339(one.next_attempt_at, 'seconds')}" if one.next_attempt_at else ""
    notice = f"; notice {one.notice}" if one.notice != "none" else ""
    return f"{one.ref}: {one.outcome}{activity}{reason}{': ' + one.detail if one.detail else ''}{notice}{again}"
