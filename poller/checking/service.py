"""How the service fares."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from poller.checking.finding import Checked, Finding, bad, doubtful
from poller.health import DEGRADED_AFTER
from poller.storage.database import reading
from poller.storage.health import Sign, last_sign
from poller.worker import mailbox_name

_SIGN_IS_OLD = timedelta(minutes=5)  # a sign is given every minute, and a database may be locked for a while


def check_service(checked: Checked) -> Iterator[Finding]:
    if not checked.database_usable:
        return
    with reading(checked.settings.database) as is_there:
        sign = last_sign(mailbox_name(checked.settings)) if is_there else None
    if sign is None:
        yield doubtful("service", "has never run", "mailfiler run")
    elif not sign.pid:
        yield doubtful("service", f"ended at {_moment(sign.beat_at)}, as it was told to", "mailfiler run")
    elif abs(checked.now - sign.beat_at) > _SIGN_IS_OLD:
        yield bad(
            "service",
            f"gave its last sign of life at {_moment(sign.beat_at)} (process {sign.pid})",
            "mailfiler run, and look into its log",
        )
    else:
        yield from _state(sign)


def _state(sign: Sign) -> Iterator[Finding]:
    polled = f"its last good poll was at {_moment(sign.polled_at)}" if sign.polled_at else "it has not polled yet"
    since = f"is at work as process {sign.pid} since {_moment(sign.began_at)}; {polled}"
    if sign.failures:
        since += f", and {sign.failures} failed since"
    yield Finding(ok=sign.failures < DEGRADED_AFTER, subject="service", sentence=since)
    for line in sign.trouble.splitlines():
        yield Finding(ok=sign.failures < DEGRADED_AFTER, subject="service", sentence=line, remedy="look into its log")


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
