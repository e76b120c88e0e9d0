"""Whether this machine's clock agrees with those of the servers.

Signatures expire by it, deferred mail comes of age by it, and who holds the lease is told by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from poller.checking.finding import Checked, Finding, bad, good

_TOLERATED = timedelta(minutes=2)
_REMEDY = "timedatectl set-ntp true, here or there: whichever of the two clocks is wrong"


def check_clock(checked: Checked) -> Iterator[Finding]:
    told = {"PostgreSQL's clock": checked.database_clock} if checked.database_clock else {}
    newest = max((one.internal_date for one in checked.mailbox.samples), default=None) if checked.mailbox else None
    if newest and newest - datetime.now(UTC) > _TOLERATED:  # a date in the past says nothing
        told["the newest message in the mailbox"] = newest
    wrong = {who: when for who, when in told.items() if abs(when - checked.now) > _TOLERATED}
    for who, when in wrong.items():
        ahead = (when - checked.now).total_seconds()
        direction = "ahead of" if ahead > 0 else "behind"
        yield bad("clock", f"{who} is {abs(ahead):.0f} s {direction} this machine ({checked.now:%FT%TZ})", _REMEDY)
    if not wrong:
        yield good("clock", f"it is {checked.now:%FT%TZ}, and nothing that was seen contradicts")
