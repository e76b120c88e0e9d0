"""The epochs of a mailbox: for how long a UID means the same message, and how far each is worked off."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import peewee

from models.inbound import Delivery
from models.inbound import Epoch as EpochRow
from models.inbound import Mailbox as MailboxRow
from poller.filing.reasons import Outcome
from poller.mail.message import MessageRef
from poller.settings.model import StartPolicy
from poller.storage.composed import Composed, Query
from poller.storage.lease import Lease
from poller.storage.retries import FROM_SOURCE

_GRACE = timedelta(days=7)
_COLUMNS = tuple(EpochRow._meta.fields)  # noqa: SLF001 - documented: the way to a model's columns
_REBUILT = "its mailbox was rebuilt, and what lies in it was looked at anew"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A mailbox as its server shows it now.

    `uidnext_told`: by the server; otherwise it is one more than the highest UID, and shrinks when that message leaves.
    """

    mailbox: str
    uidvalidity: int
    uidnext: int
    uidnext_told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Every UID up to `low_uid` is done with; what lies below `start_uid` never counts.

    Of the UIDs below `first_uidnext` only mail `since` that day counts, if set. `hold_before`: in a mailbox that was
    rebuilt, unknown mail below `first_uidnext` that is older than this is held for the administrator.
    """

    id: int
    mailbox_id: int
    mailbox: str
    uidvalidity: int
    start_uid: int
    low_uid: int
    first_uidnext: int
    since: date | None
    hold_before: datetime | None

    def ref(self, uid: int) -> MessageRef:
        return MessageRef(mailbox=self.mailbox, uidvalidity=self.uidvalidity, uid=uid)


def open_epoch(view: View, policy: StartPolicy, lease: Lease, now: datetime) -> Epoch:
    """The current epoch as it was left, or a new one where UIDs no longer mean the messages that they meant."""
    with lease.transaction():
        mailbox = _mailbox(view.mailbox) or MailboxRow.create(name=view.mailbox).id
        known = _epochs(mailbox)
        why = _why_anew(known[-1], view) if known else None
        if why or not known:
            known.append(_begin(mailbox, known, view, policy, now))
    _tell(view, why)
    return _epoch(view.mailbox, known)


def is_behind(view: View) -> bool:
    """Whether UIDNEXT alone shows that UIDs no longer mean the messages that they meant: worth a second look."""
    known = _epochs(_mailbox(view.mailbox))
    return bool(known) and known[-1].uidvalidity == view.uidvalidity and _why_anew(known[-1], view) is not None


def begin_anew(view: View, policy: StartPolicy, lease: Lease, now: datetime, why: str) -> Epoch:
    """A new epoch although UIDVALIDITY and UIDNEXT show none: a message was found to be another than it was."""
    with lease.transaction():
        mailbox = MailboxRow.get(name=view.mailbox).id
        known = _epochs(mailbox)
        known.append(_begin(mailbox, known, view, policy, now))
    _tell(view, why)
    return _epoch(view.mailbox, known)


def past_epoch(epoch_id: int) -> Epoch:
    """An epoch of which nothing new is held: whether it is the current one does not matter."""
    row = EpochRow.get_by_id(epoch_id)
    return _epoch(row.mailbox.name, [row])


def close_poll(  # noqa: PLR0913 - what a poll came to, by name
    epoch: Epoch,
    lease: Lease,
    *,
    low_uid: int,
    uidnext: int,
    now: datetime,
    reconciled: bool = False,
    ended: bool = True,
) -> None:
    """Records how far a poll came. One that `ended` looked at all below `uidnext`; `reconciled`: not only at what is
    new.
    """
    with lease.transaction():
        _close.run(low_uid, uidnext if ended else None, now if ended else None, now if reconciled else None, epoch.id)


@Composed
def _close(
    low_uid: int, uidnext: int | None, polled_at: datetime | None, reconciled_at: datetime | None, epoch: int
) -> Query:
    """What is None stays as it is."""
    new = {"uidnext": uidnext, "last_poll_at": polled_at, "reconciled_at": reconciled_at}
    kept = {name: peewee.fn.COALESCE(value, getattr(EpochRow, name)) for name, value in new.items()}
    return EpochRow.update(low_uid=low_uid, **kept).where(EpochRow.id == epoch)


def _mailbox(name: str) -> int | None:
    return next((mailbox for (mailbox,) in _mailboxes.rows(name)), None)


def _epochs(mailbox: int | None) -> list[EpochRow]:
    """The newest, which is the current one, comes last."""
    return [EpochRow(**dict(zip(_COLUMNS, row, strict=True))) for row in _epochs_of.rows(mailbox)]


@Composed
def _mailboxes(name: str) -> Query:
    return MailboxRow.select(MailboxRow.id).where(MailboxRow.name == name)


@Composed
def _epochs_of(mailbox: int | None) -> Query:
    columns = [getattr(EpochRow, name) for name in _COLUMNS]
    return EpochRow.select(*columns).where(EpochRow.mailbox == mailbox).order_by(EpochRow.id)


@Composed
def _highest_uid(epoch: int) -> Query:
    return Delivery.select(peewee.fn.MAX(Delivery.uid)).where(Delivery.epoch == epoch)


def _epoch(mailbox: str, known: Sequence[EpochRow]) -> Epoch:
    row = known[-1]
    return Epoch(
        id=row.id,
        mailbox_id=row.mailbox_id,
        mailbox=mailbox,
        uidvalidity=row.uidvalidity,
        start_uid=row.start_uid,
        low_uid=row.low_uid,
        first_uidnext=row.first_uidnext,
        since=row.start_since,
        hold_before=_hold_before(known[:-1]),
    )


def _why_anew(current: EpochRow, view: View) -> str | None:
    if current.uidvalidity != view.uidvalidity:
        return f"UIDVALIDITY was {current.uidvalidity} and is {view.uidvalidity}"
    # A poll that was killed recorded no UIDNEXT, but perhaps messages.
    ((highest,),) = _highest_uid.rows(current.id)
    known = max(current.uidnext, (highest or 0) + 1)
    if view.uidnext_told and view.uidnext < known:
        return f"UIDNEXT was {known} and is {view.uidnext}"
    return None


def _begin(mailbox: int, before: Iterable[EpochRow], view: View, policy: StartPolicy, now: datetime) -> EpochRow:
    """START_POLICY decides about the first epoch; in later ones everything counts."""
    # What was never worked off to its end is no contact yet: after it, START_POLICY still keeps a flood off.
    first = not any(one.last_poll_at for one in before)
    passed_over = first and not policy.everything and policy.since is None
    start_uid = view.uidnext if passed_over else 1
    if start_uid > 1:
        _log.info("%s: START_POLICY=new passes over what was there before, up to UID %d", view.mailbox, start_uid - 1)
    _leave(mailbox, now)
    return EpochRow.create(
        mailbox=mailbox,
        uidvalidity=view.uidvalidity,
        start_uid=start_uid,
        low_uid=start_uid - 1,
        first_uidnext=view.uidnext,
        uidnext=view.uidnext,
        start_since=policy.since if first else None,
        began_at=now,
    )


def _leave(mailbox: int, now: datetime) -> None:
    """What is still open in earlier epochs is closed: nothing can be fetched or settled under those UIDs any more."""
    left = Delivery.epoch << EpochRow.select(EpochRow.id).where(EpochRow.mailbox == mailbox)
    undecided = Delivery.update(
        outcome=Outcome.DEFERRED, detail=f"never decided: {_REBUILT}", decided_at=now, attempts=0
    )
    undecided.where(left, Delivery.settled_at.is_null(), Delivery.outcome.is_null()).execute()
    # What was moved to a folder before has not lost its UID there.
    Delivery.update(settled_at=now).where(left, Delivery.settled_at.is_null(), Delivery.folder.is_null()).execute()
    detail = Delivery.detail.concat(f"; not tried again: {_REBUILT}")
    waiting = Delivery.next_attempt_at.is_null(is_null=False) & (Delivery.outcome << (Outcome.DEFERRED, Outcome.HELD))
    waiting &= ~FROM_SOURCE
    Delivery.update(next_attempt_at=None, attempts=0, detail=detail).where(left, waiting).execute()


def _hold_before(earlier: Sequence[EpochRow]) -> datetime | None:
    """Mail that is older than the last good poll is known; what first contact passed over is still passed over."""
    polls = [one.last_poll_at for one in earlier if one.last_poll_at]
    if not polls:
        return None
    passed_over = [one.began_at for one in earlier if one.start_uid > 1]
    days = [datetime.combine(one.start_since, time(), UTC) for one in earlier if one.start_since]
    return max([max(polls) - _GRACE, *passed_over, *days])


def _tell(view: View, why: str | None) -> None:
    if why:
        _log.warning(
            "%s was rebuilt (%s): everything in it is looked at anew, and what is known stays as it is",
            view.mailbox,
            why,
        )
