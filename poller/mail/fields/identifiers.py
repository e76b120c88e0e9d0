"""Date and Message-ID fields -> values (RFC 5322, 3.3 and 3.6.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from poller.mail.fields.words import decoded

MAX_DATE = 200
"""Characters of a date; the longest sensible one, with comments, has some 60."""

MAX_NESTED = 3
"""Comments inside each other, within a date."""

MAX_ID = 998
"""Characters of an identifier: a line (RFC 5322, 2.1.1)."""

MAX_IDS = 1_000
"""Identifiers in References; a thread of a thousand messages."""

_ID = re.compile(r"<([^<>]*+)>")

_MONTHS = {name: at for at, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_USUAL = re.compile(
    rb"[ \t]*(?:[A-Z][a-z][a-z], )?(\d\d?) (" + b"|".join(_MONTHS) + rb") ((?:19|20)\d\d) "
    rb"(\d\d):(\d\d):(\d\d) ([+-])([01]\d)([0-5]\d)(?: \([A-Z]{3,5}\))?[ \t]*"
)
_ZONE = re.compile(r"(?:\s|GMT|UTC)([+-]\d\d):?(\d\d)\b", re.IGNORECASE)
_HALF_DAY = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?)\s?([AP])M\b", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*+\)")
_LEAP_SECOND = re.compile(r"(\d\d:\d\d):60\b")


def parse_date(raw: bytes | None) -> datetime | None:
    """The raw value of Date -> the time in UTC; None when it is absent or no date. An unknown zone counts as UTC.

    Beside what the standard allows, offsets behind GMT or with a colon, halves of a day, and ISO 8601 are read.
    """
    if usual := _usual_date(raw or b""):
        return usual
    text = decoded(raw or b"")[:MAX_DATE]
    for _ in range(MAX_NESTED):
        text = _COMMENT.sub(" ", text) if "(" in text else text
    # A leap second is no second of Python's.
    plain = _LEAP_SECOND.sub(r"\g<1>:59", _ZONE.sub(r" \1\2", _HALF_DAY.sub(_of_whole_day, text)))
    for read, written in ((parsedate_to_datetime, plain), (datetime.fromisoformat, text.strip())):
        try:
            date = read(written)
            return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _usual_date(raw: bytes) -> datetime | None:
    """The form that nearly all mailers write, and that means the same to whatever reads dates."""
    found = _USUAL.fullmatch(raw)
    if not found:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        date = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError:
        return None
    return date - offset if sign == b"+" else date + offset


def _of_whole_day(time: re.Match[str]) -> str:
    hour = int(time[1]) % 12 + (12 if time[3] in "pP" else 0)
    return f"{hour:02}{time[2]}"


def parse_message_id(raw: bytes | None) -> str | None:
    """The raw value of Message-ID -> the identifier without brackets; a malformed one as it is, bounded."""
    text = decoded(raw or b"")
    found = _ID.search(text)
    return _tidy(found[1] if found else text.strip("<>")) or None


def parse_ids(raw: bytes | None) -> tuple[str, ...]:
    """The raw value of References or In-Reply-To -> its identifiers without brackets, in order, each once."""
    text = decoded(raw or b"")
    found = [match[1] for match in _ID.finditer(text)] or [word for word in text.split() if "@" in word]
    return tuple(dict.fromkeys(filter(None, map(_tidy, found))))[:MAX_IDS]


def _tidy(identifier: str) -> str:
    return "".join(identifier.split())[:MAX_ID]
