"""Calendars among the attachments, such as invitations, -> who is to be where and when, by whoever can read them.

Who a message is does not depend on it, and the calendars stay files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import Protocol

from poller.mail.fields.parameters import Parameters
from poller.mail.fields.words import one_line
from poller.mail.message import Attachment, Event, Mailbox
from poller.mail.texts.body import Body

MAX_CALENDARS = 5
"""Calendars of one message that are read; an invitation is there twice at most, as a rendering and as a file."""

MAX_OCTETS = 5_000_000
"""Of all calendars together. Those with pictures or documents inside them reach some megabytes."""

_TYPES = ("text/calendar", "application/ics", "application/calendar", "text/ics")
_NAME = re.compile(r"\.(?:ics|ical|icalendar)$", re.IGNORECASE)
_BEGIN = re.compile(rb"begin\s*:\s*v(?:calendar|event)", re.IGNORECASE)
_METHOD = re.compile(r"[A-Za-z-]{1,30}")
_UNDECLARED = Parameters(value="", named={})
_TITLES = {"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Reply", "COUNTER": "Another time is proposed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarFile:
    """`charset` is what the message says that it is in, perhaps empty."""

    size: int
    charset: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """`description` is that of the first event. `cut`: not all events or attendees are there."""

    events: tuple[Event, ...]
    description: str
    cut: bool


class CalendarReader(Protocol):
    """They may be hostile: whoever does this bounds the time and memory, and what the events say, and cleans it."""

    def calendars(self, files: Sequence[CalendarFile]) -> tuple[Calendar, ...] | str:
        """-> what is in each of them, in their order; or why they cannot be read, as half a sentence."""


def events_of(
    files: Iterable[Attachment], declared: Mapping[str, Parameters], body: Body, reader: CalendarReader | None
) -> tuple[Event, ...]:
    """Attachments, and by their SHA-256 the types as written, -> the events in those that are calendars.

    What cannot be read is a defect of `body`; a message without text gets what the events say as its text. An
    invitation that is there twice, as a rendering and as a file, is read once.
    """
    found = {file.sha256: file for file in files if _is_calendar(file)}
    if reader is None or not (chosen := _chosen(found.values(), body)):
        return ()
    types = [declared.get(file.sha256, _UNDECLARED) for file in chosen]
    read = reader.calendars([_as_calendar(file, one) for file, one in zip(chosen, types, strict=True)])
    if isinstance(read, str):
        body.defects += [f"{file.name} is not read as a calendar: {one_line(read)}." for file in chosen]
        return ()
    for file, one in zip(chosen, read, strict=True):
        body.defects += [f"Of {file.name} not all events or attendees were read."] if one.cut else []
        body.defects += [] if one.cut or one.events else [f"{file.name} has no event that can be read."]
    events = chain.from_iterable(_with_method(one.events, said) for one, said in zip(read, types, strict=True))
    distinct = tuple(dict.fromkeys(events))
    if distinct and not body.text:
        description = next(one.description for one in read if one.events)
        body.text = "\n\n".join(filter(None, (*map(event_in_words, distinct), description)))
    return distinct


def event_in_words(event: Event) -> str:
    """A few lines, for a message that has no text of its own."""
    title = f"{_TITLES.get(event.method, 'Event')}: {event.summary or '(without a subject)'}"
    recurs = f", recurring ({event.recurrence})" if event.recurrence else ""
    attendees = (
        person_in_words(one.mailbox) + (f" ({one.response.lower()})" if one.response else "") for one in event.attendees
    )
    facts = {
        "When": (when_in_words(event.start, event.end, event.zone) or "unknown") + recurs,
        "Where": event.location,
        "Organizer": person_in_words(event.organizer) if event.organizer else "",
        "Attendees": ", ".join(attendees),
        "Status": event.status.lower(),
    }
    return "\n".join((title, *(f"{name}: {fact}" for name, fact in facts.items() if fact)))


def person_in_words(person: Mailbox) -> str:
    return f"{person.name} <{person.address}>" if person.name and person.address else person.name or person.address


def when_in_words(start: str, end: str, zone: str) -> str:
    """`2026-03-02 10:00 to 11:00 +02:00`, or `2026-03-02 to 2026-03-03` of whole days; empty without a start."""
    if "T" not in start:
        last = str(date.fromisoformat(end) - timedelta(days=1)) if end > start > "" else start
        return start if last == start else f"{start} to {last}"
    first, until = _Moment.of(start, zone), _Moment.of(end or start, zone)
    if until == first:
        return str(first)
    if (until.day, until.place) == (first.day, first.place):
        return f"{first.day} {first.time} to {until.time} {until.place}".rstrip()
    return f"{first} to {until}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    day: str
    time: str
    place: str

    @classmethod
    def of(cls, written: str, zone: str) -> _Moment:
        day, _, rest = written.partition("T")
        return cls(day=day, time=rest[:5], place=rest[8:].replace("Z", "UTC") or zone)

    def __str__(self) -> str:
        return f"{self.day} {self.time} {self.place}".rstrip()


def _is_calendar(file: Attachment) -> bool:
    return file.content_type in _TYPES or _NAME.search(file.name) is not None


def _chosen(calendars: Iterable[Attachment], body: Body) -> list[Attachment]:
    chosen: list[Attachment] = []
    room = MAX_OCTETS
    for file in calendars:
        if not _BEGIN.search(next(file.chunks(), b"")[:10_000].replace(b"\0", b"")):
            body.defects.append(f"{file.name} is not read as a calendar: it is none.")
        elif file.size > room or len(chosen) == MAX_CALENDARS:
            body.defects.append(f"{file.name} is not read as a calendar: there is too much to read.")
        else:
            chosen.append(file)
            room -= file.size
    return chosen


def _as_calendar(file: Attachment, declared: Parameters) -> CalendarFile:
    return CalendarFile(size=file.size, charset=declared.named.get("charset", "")[:60], chunks=file.chunks)


def _with_method(events: Sequence[Event], declared: Parameters) -> Iterator[Event]:
    """The method stands in the calendar, and beside its type (RFC 6047, 2.4)."""
    said = _METHOD.fullmatch(declared.named.get("method", ""))
    for event in events:
        yield replace(event, method=event.method or (said[0].upper() if said else ""))
