"""The time zones that a calendar defines (RFC 5545, 3.6.5) -> the offset at a moment. In the child.

Rules are not expanded: of a yearly one the onsets of two years are looked at, which are its last or the last before the
moment; of any other, which no time zone has, the first alone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observance:
    """STANDARD or DAYLIGHT: from its onsets on, in the local time before them, the offset is another."""

    start: datetime
    offset_from: timedelta
    offset_to: timedelta
    rule: str = ""
    dates: tuple[datetime, ...] = ()


def offset_at(observances: Iterable[Observance], local: datetime) -> timedelta | None:
    """The offset of a local time without one; None where no observance is known."""
    known = sorted(observances, key=lambda one: one.start)
    onsets = [(onset, one.offset_to) for one in known for onset in _onsets(one, local.year) if onset <= local]
    if onsets:
        return max(onsets, key=lambda onset: onset[0])[1]
    return known[0].offset_from if known else None


def _onsets(one: Observance, year: int) -> Iterator[datetime]:
    yield one.start
    yield from one.dates
    rule = dict(part.split("=", 1) for part in one.rule.upper().split(";") if "=" in part)
    if rule.get("FREQ") != "YEARLY":
        return
    count = rule.get("COUNT", "")[:4]
    last = f"{min(one.start.year + int(count) - 1, 9999):04}1231" if count.isdecimal() else "99991231"
    last = min(rule.get("UNTIL", last)[:8], last)
    ends = int(last[:4]) if last[:4].isdecimal() else year
    for candidate in {min(year, ends) - 1, min(year, ends)}:
        with suppress(ValueError):  # for a rule that is none
            onset = _in_year(rule, one.start, one.start.replace(year=candidate, month=1, day=1))
            if one.start <= onset and f"{onset:%Y%m%d}" <= last:
                yield onset


def _in_year(rule: dict[str, str], start: datetime, onset: datetime) -> datetime:
    """Raises ValueError."""
    onset = onset.replace(month=int(rule.get("BYMONTH", start.month)))
    by_day = _BY_DAY.fullmatch(rule.get("BYDAY", ""))
    if not by_day:
        return onset.replace(day=int(rule.get("BYMONTHDAY", start.day)))
    allowed = {int(day) for day in rule["BYMONTHDAY"].split(",")} if "BYMONTHDAY" in rule else set(range(1, 32))
    first, length = monthrange(onset.year, onset.month)
    weekday = _WEEKDAYS.index(by_day[2])
    days = [day for day in range(1, length + 1) if (first + day - 1) % 7 == weekday and day in allowed]
    ordinal = int(by_day[1] or 1)
    if not abs(ordinal) <= len(days):
        raise ValueError
    return onset.replace(day=days[ordinal - 1 if ordinal > 0 else ordinal])
