"""The epochs of a mailbox: how far each UIDVALIDITY is worked off (RFC 9051, 2.3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.inbound import Epoch as EpochRow
from models.inbound import Mailbox as MailboxRow
from poller.settings.model import StartPolicy

_GRACE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Every UID up to `low_uid` is done with. Of those below `first_uidnext` only mail `since` that day counts, if set.

    `hold_before`: in a mailbox that was rebuilt, unknown mail older than this is held for the administrator.
    """

    id: int
    mailbox_id: int
    mailbox: str
    uidvalidity: int
    low_uid: int
    first_uidnext: int
    since: date | None
    hold_before: datetime | None


def open_epoch(mailbox: str, uidvalidity: int, uidnext: int, policy: StartPolicy) -> Epoch:
    """The epoch as it was left, or a new one: START_POLICY decides about the first, everything counts in later ones."""
    mailbox_row = MailboxRow.get_or_none(name=mailbox) or MailboxRow.create(name=mailbox)
    known = list(EpochRow.select().where(EpochRow.mailbox == mailbox_row))
    row = next((one for one in known if one.uidvalidity == uidvalidity), None)
    if row is None:
        # What was never worked off to its end is no contact yet: after it, START_POLICY still keeps a flood off.
        first = not any(one.last_poll_at for one in known)
        row = _begin(mailbox_row, uidvalidity, uidnext, policy, first=first)
    others = [one.last_poll_at for one in known if one.id != row.id and one.last_poll_at]
    return Epoch(
        id=row.id,
        mailbox_id=mailbox_row.id,
        mailbox=mailbox,
        uidvalidity=uidvalidity,
        low_uid=row.low_uid,
        first_uidnext=row.first_uidnext,
        since=row.start_since,
        hold_before=max(others) - _GRACE if others else None,
    )


def _begin(mailbox: MailboxRow, uidvalidity: int, uidnext: int, policy: StartPolicy, *, first: bool) -> EpochRow:
    passed_over = first and not policy.everything and policy.since is None
    return EpochRow.create(
        mailbox=mailbox,
        uidvalidity=uidvalidity,
        low_uid=uidnext - 1 if passed_over else 0,
        first_uidnext=uidnext,
        uidnext=uidnext,
        start_since=policy.since if first else None,
    )


def close_poll(epoch: Epoch, *, low_uid: int, uidnext: int, now: datetime) -> None:
    """Records a poll that went through to its end."""
    row = EpochRow.update(low_uid=low_uid, uidnext=uidnext, last_poll_at=now)
    row.where(EpochRow.id == epoch.id).execute()
