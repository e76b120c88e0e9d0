"""What an administrator is told of a span of time: how much came to what, and which messages want a look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from poller.filing.reasons import Outcome

LISTED: Final = (Outcome.QUARANTINED, Outcome.REVIEW, Outcome.HELD, Outcome.DEFERRED, Outcome.REJECTED)
"""Outcomes whose messages are named one by one, what waits for the administrator first."""

MOST_LINES: Final = 100
"""Messages named in one digest, of all outcomes together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `since` up to, not including, `until`: midnights in UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`reason` is a slug, None where everything was filed or where the message is held."""

    outcome: Outcome
    reason: str | None
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Notices in one state of the outbox: pending, sent, failed or, by `rule`, suppressed."""

    state: str
    rule: str | None
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message. `id` is that of `mailfiler messages`, `arrived` its INTERNALDATE."""

    id: int
    uid: int
    arrived: datetime
    author: str | None
    subject: str | None
    recipients: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """`lines` by outcome, the earliest decided first; at most `MOST_LINES` in all."""

    span: Span
    counts: tuple[Count, ...]
    lines: Mapping[Outcome, tuple[Line, ...]]
    notices: tuple[Told, ...]


def total(counts: Iterable[Count], outcome: Outcome) -> int:
    return sum(count.number for count in counts if count.outcome is outcome)


def shares(wanted: Mapping[Outcome, int]) -> dict[Outcome, int]:
    """How many messages each outcome has -> how many of them are named: a flood of one hides no other."""
    left, granted = MOST_LINES, {}
    for position, outcome in enumerate(sorted(wanted, key=wanted.__getitem__)):
        granted[outcome] = min(wanted[outcome], left // (len(wanted) - position))
        left -= granted[outcome]
    return granted
