"""The outbox: pending -> sending -> sent | failed, so that each notice is sent once, whatever happens to the worker.

`sending` means that the message may have arrived. A row found in that state when nobody sends it any more is sent once
more, the same octets with the same Message-ID, and never a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from models.base import database
from models.inbound import Delivery
from models.notice import Notice
from poller.mail.fields.words import one_line
from poller.storage.composed import Composed, Query
from poller.storage.database import database_errors
from poller.storage.lease import Lease
from poller.storage.rows import tuples

MAX_ATTEMPTS: Final = 5
MAX_AGE: Final = timedelta(days=2)
_PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
_ORPHANED: Final = timedelta(hours=1)  # longer than any dialogue: a worker of another mailbox that is gone for good
_OPEN: Final = Notice.next_attempt_at.is_null(is_null=False) & (Notice.state << ("pending", "sending"))
_MAX_ERROR: Final = 1_000  # characters of what a server answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A notice that is being sent. `attempts` counts this one; `repeated`: it may have arrived before.

    `delivery` is the id of the message that it is about, None of mail to the administrator.
    """

    id: int
    delivery: int | None
    recipient: str
    message: bytes
    message_id: str
    reason: str
    address: str
    created_at: datetime
    attempts: int
    repeated: bool


@database_errors()
def due(lease: Lease, now: datetime) -> list[int]:
    """Ids of what is to be sent now, in the order of their time: what is pending, and what a crash left behind.

    Asked while nothing is being sent under this lease. Notices of a worker for another mailbox are left to it.
    """
    return [row_id for (row_id,) in _due.rows(lease.name, now - _ORPHANED, now)]


@Composed
def _due(sender: str, orphaned_before: datetime, now: datetime) -> Query:
    ready = _ready(sender, orphaned_before, now)
    return Notice.select(Notice.id).where(*ready).order_by(Notice.next_attempt_at, Notice.id)


@database_errors()
def expire(now: datetime) -> int:
    """What could not be sent for two days fails -> the number of those, be there a server to send them to or not."""
    old = _old.rows(now - _ORPHANED, now - MAX_AGE)
    for row_id, attempts, error in old:
        row = Notice(id=row_id, attempts=attempts)
        with database.atomic():
            _end(row, "failed", f"expired: {error or 'it could not be sent for two days'}", now)
    return len(old)


@Composed
def _old(orphaned_before: datetime, created_before: datetime) -> Query:
    idle = (Notice.state == "pending") | (Notice.updated_at < orphaned_before)
    rows = Notice.select(Notice.id, Notice.attempts, Notice.error)
    return rows.where(_OPEN, idle, Notice.created_at < created_before)


@database_errors()
def begin(notice_id: int, lease: Lease, now: datetime) -> Queued | None:
    """Committed before the dialogue begins. None: it is not to be sent any more, or somebody else is at it.

    Raises LeaseTaken when another worker took over.
    """
    with database.atomic():
        lease.check()
        row = Notice.get_or_none(Notice.id == notice_id, *_ready(lease.name, now - _ORPHANED, now))
        if row is None:
            return None
        found = _queued(row)
        if row.state == "sending" and row.repeated:
            _end(row, "failed", _may_have_arrived(row.error or "the worker ended while it was being sent"), now)
            return None
        begun = replace(found, attempts=found.attempts + 1, repeated=row.repeated or row.state == "sending")
        fields = {"attempts": begun.attempts, "repeated": begun.repeated, "sender": lease.name}
        return begun if _update(found, now, state="sending", next_attempt_at=now, **fields) else None


@database_errors()
def sent(queued: Queued, now: datetime) -> None:
    """The server has taken it."""
    with database.atomic():
        _end(queued, "sent", None, now)


@database_errors()
def failed(queued: Queued, why: str, now: datetime) -> None:
    """For good: the server refused it for good, and nobody is told but the administrator."""
    with database.atomic():
        _end(queued, "failed", why, now)


@database_errors()
def later(queued: Queued, why: str, now: datetime, *, reached: bool = True) -> None:
    """It certainly did not arrive. An attempt at which no server was `reached` does not count, but its age does."""
    attempts = queued.attempts if reached else queued.attempts - 1
    pause = _pause_after(attempts) if reached else _pause_at(now - queued.created_at)
    with database.atomic():
        if attempts >= MAX_ATTEMPTS or now + pause > queued.created_at + MAX_AGE:
            _end(queued, "failed", f"expired: {why}", now)
        else:
            _wait(queued, why, now, pause, state="pending", attempts=attempts)


@database_errors()
def unclear(queued: Queued, why: str, now: datetime) -> None:
    """The connection was lost after the final dot: it may have arrived. Sent once more, then given up."""
    with database.atomic():
        if queued.repeated:
            _end(queued, "failed", _may_have_arrived(why), now)
        else:
            _wait(queued, why, now, _pause_after(queued.attempts))


@database_errors()
def enqueue_for_administrator(
    *, identity: str, reason: str, recipient: str, message: bytes, message_id: str, now: datetime
) -> bool:
    """Mail that is no notice of a refusal, such as the digest -> whether it is new. It counts in no budget."""
    row = Notice.insert(
        identity=identity,
        reason=reason,
        address=recipient,
        address_sha256=Notice.hash_address(recipient),
        recipient=recipient,
        message=message,
        message_id=message_id,
        state="pending",
        next_attempt_at=now,
        created_at=now,
        updated_at=now,
    )
    return bool(row.on_conflict_ignore().as_rowcount().execute())


def notice_of(states: Iterable[str]) -> str:
    """States of a delivery's outbox rows, "suppressed:RULE" among them -> its one: what is on its way comes first."""
    found = list(states)
    if "pending" in found or "sending" in found:
        return "queued"
    return next((state for state in ("sent", "failed") if state in found), next(iter(found), "none"))


def states_of(delivery_id: int) -> list[str]:
    """Of a delivery's outbox rows, with the rule where they are suppressed."""
    rows = Notice.select(Notice.state, Notice.rule).where(Notice.delivery == delivery_id).order_by(Notice.id)
    return [f"{state}:{rule}" if rule else state for state, rule in tuples(rows)]


def _ready(sender: str, orphaned_before: datetime, now: datetime) -> tuple[Query, ...]:
    """The conditions of what is pending, or was left behind by a crash of this worker or of one that is gone."""
    left_behind = (Notice.sender == sender) | (Notice.updated_at < orphaned_before)
    return _OPEN, Notice.next_attempt_at <= now, (Notice.state == "pending") | left_behind


def _queued(row: Notice) -> Queued:
    return Queued(
        id=row.id,
        delivery=row.delivery_id,
        recipient=row.recipient or "",
        message=bytes(row.message or b""),
        message_id=row.message_id or "",
        reason=row.reason,
        address=row.address,
        created_at=row.created_at,
        attempts=row.attempts,
        repeated=row.repeated,
    )


def _may_have_arrived(why: str) -> str:
    return f"it may have arrived, and is not sent a third time: {why}"


def _pause_after(attempts: int) -> timedelta:
    return _PAUSES[min(attempts, len(_PAUSES)) - 1]


def _pause_at(age: timedelta) -> timedelta:
    """The pause of a notice that was tried at every moment it was due until this age."""
    passed = timedelta()
    for pause in _PAUSES:
        passed += pause
        if age < passed:
            return pause
    return _PAUSES[-1]


def _wait(queued: Queued, why: str, now: datetime, pause: timedelta, **fields: object) -> None:
    _update(queued, now, next_attempt_at=now + pause, error=_clean(why), **fields)


def _end(queued: Queued | Notice, state: str, why: str | None, now: datetime) -> None:
    """The row's last state; what `messages` shows follows."""
    error = _clean(why) if why else None
    if not _update(queued, now, state=state, next_attempt_at=None, error=error):
        return
    (delivery_id,) = next(tuples(Notice.select(Notice.delivery).where(Notice.id == queued.id)))
    if delivery_id is None:
        return
    Delivery.update(notice=notice_of(states_of(delivery_id))).where(Delivery.id == delivery_id).execute()


def _update(queued: Queued | Notice, now: datetime, **fields: Any) -> bool:  # noqa: ANN401 - values of columns
    """Only a row that nobody else has begun since."""
    mine = (Notice.id == queued.id) & (Notice.attempts == queued.attempts)
    update = Notice.update(updated_at=now, **fields)
    return bool(update.where(mine, _OPEN).execute())


def _clean(why: str) -> str:
    return one_line(why)[:_MAX_ERROR]
