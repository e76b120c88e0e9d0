"""A date as a person's mailer writes it above a forwarded message -> the moment, where it names one.

Most such dates have no zone, and no moment is guessed for them; nor is it known whether 3/4/2026 is in March or April.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from poller.mail.fields.identifiers import parse_date

MAX_DATE = 100
"""Characters of a date; the longest has some 60."""

_RFC_5322 = re.compile(
    r"(?:[A-Za-z]{3},?\s+)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{1,2}:\d{2}(?::\d{2})?\s+"
    r"(?:[+-]\d{4}|GMT|UTC?|[ECMP][SD]T)(?:\s*\([^()]*\))?"
)
_MONTHS = (
    "jan jaan janv tammi ene gen sty led",
    "feb fév fev febr veeb helmi lut úno",
    "mar mär mars märts maalis mrt maart",
    "apr avr abr huhti kwi",
    "mai maj may mei mag touko",
    "jun juin juuni kesä giu",
    "jul juil juuli heinä lug",
    "aug août aoû ago elok augusti",
    "sep sept set syys",
    "oct okt out ott loka",
    "nov marras lis",
    "dec déc dez des dic dets joulu",
)
_MONTH_OF = {prefix: number for number, prefixes in enumerate(_MONTHS, 1) for prefix in prefixes.split()}
_ZONE_HOURS = {"utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3}

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
_DOTTED = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})\.?\s+(?:de\s+)?(?P<name>[^\W\d_]{3,12})\.?,?\s+(?:de\s+)?(?P<year>\d{4})")
_MONTH_FIRST = re.compile(r"(?P<name>[^\W\d_]{3,12})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})")
_TIME = re.compile(
    r"(?<!\d)(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:\s?(?P<half>[ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_ZONE = re.compile(r"(?:\b(?:UTC|GMT)\s?)?(?P<sign>[+−-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?!\d)")
_ZONE_NAME = re.compile(r"\b[A-Z]{3,4}\b")


def moment_of(text: str) -> datetime | None:
    """`2. maaliskuuta 2026 klo 10.00.00 UTC+2` -> the time in UTC; None when the text does not tell it beyond doubt."""
    text = " ".join(text[:MAX_DATE].split())
    if _RFC_5322.fullmatch(text):
        return parse_date(text.encode("ascii", "replace"))
    day = next(
        (match for pattern in (_ISO, _DOTTED, _DAY_FIRST, _MONTH_FIRST) if (match := pattern.search(text))), None
    )
    time = _TIME.search(text, day.end()) if day else None
    zone = _zone(text, time.end()) if time else None
    month = _month(day.groupdict()) if day else None
    if not day or not time or zone is None or month is None:
        return None
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + (12 if time["half"].lower() == "p" else 0)
    try:
        moment = datetime(
            int(day["year"]), month, int(day["day"]), hour, int(time["minute"]), int(time["second"] or 0), tzinfo=zone
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(day: dict[str, str | None]) -> int | None:
    if number := day.get("month"):
        return int(number)
    name = (day.get("name") or "").lower()
    lengths = range(len(name), 2, -1)
    return next((_MONTH_OF[name[:length]] for length in lengths if name[:length] in _MONTH_OF), None)


def _zone(text: str, after: int) -> timezone | None:
    """The zone that stands behind the time; only those abbreviations count that mean one zone."""
    if match := _ZONE.search(text, after):
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
        return timezone(offset if match["sign"] == "+" else -offset) if offset < timedelta(hours=15) else None
    for match in _ZONE_NAME.finditer(text, after):
        if (hours := _ZONE_HOURS.get(match[0].lower())) is not None:
            return timezone(timedelta(hours=hours))
    return None
