"""What the service knows of itself -> its row, and back: for `check`, which is another process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import peewee

from models.health import Health


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A sign of life of the service: process `pid`, at `beat_at`. `trouble` has a line for each part in trouble.

    The last sign of one that came to its end in good order has no `pid`: it is 0.
    """

    version: str
    pid: int
    began_at: datetime
    beat_at: datetime
    polled_at: datetime | None
    failures: int
    trouble: str


def record_sign(mailbox: str, sign: Sign) -> None:
    """The newest sign replaces the one before; a service that has not polled yet keeps the last good poll's time."""
    values: dict[peewee.Field, object] = {
        Health.version: sign.version,
        Health.pid: sign.pid,
        Health.began_at: sign.began_at,
        Health.beat_at: sign.beat_at,
        Health.failures: sign.failures,
        Health.trouble: sign.trouble or None,
    }
    if sign.polled_at:
        values[Health.polled_at] = sign.polled_at
    insert = Health.insert({Health.name: mailbox, **values})
    insert.on_conflict(conflict_target=[Health.name], update=values).execute()


def record_end(mailbox: str, at: datetime) -> None:
    """The service has come to its end in good order. To be called as long as no other can have the mailbox."""
    Health.update(pid=0, beat_at=at).where(Health.name == mailbox).execute()


def last_sign(mailbox: str) -> Sign | None:
    """None where no service has ever run."""
    row = Health.get_or_none(Health.name == mailbox)
    if row is None:
        return None
    return Sign(
        version=row.version,
        pid=row.pid,
        began_at=row.began_at,
        beat_at=row.beat_at,
        polled_at=row.polled_at,
        failures=row.failures,
        trouble=row.trouble or "",
    )
