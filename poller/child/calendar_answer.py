"""The child's answer about calendars -> events, checked and cleaned: what it says may be anybody's by now."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from poller.child.calendar_bounds import MAX_ATTENDEES, MAX_DESCRIPTION, MAX_EVENTS, MAX_TEXT
from poller.child.output import checked_place
from poller.child.process import Answer
from poller.mail.calendar import Calendar
from poller.mail.fields.address import key_of
from poller.mail.fields.words import clean_text, one_line
from poller.mail.message import Attendee, Event, Mailbox

MAX_ANSWER = 4_000_000
"""Octets."""


def calendars_of(answer: Answer, *, count: int) -> tuple[Calendar, ...]:
    """Raises KeyError, TypeError or ValueError for an answer that is none."""
    start, size = checked_place(answer.document["place"], answer.output.size)
    if size > MAX_ANSWER:
        raise ValueError
    try:
        documents = json.loads(b"".join(answer.output.chunks(start, size)))
    except RecursionError as error:
        raise ValueError from error
    if len(_list(documents, MAX_EVENTS)) != count:
        raise ValueError
    if sum(len(_list(one["events"], MAX_EVENTS)) for one in documents) > MAX_EVENTS:
        raise ValueError
    return tuple(map(_calendar, documents))


def _calendar(document: Any) -> Calendar:  # noqa: ANN401 - whatever JSON may hold
    descriptions = [_text(one["description"], MAX_DESCRIPTION) for one in document["events"]]
    return Calendar(
        events=tuple(map(_event, document["events"])),
        description=clean_text(next(iter(descriptions), "")).strip(),
        cut=bool(document["cut"]),
    )


def _event(document: Any) -> Event:  # noqa: ANN401 - likewise
    organizer, attendees = _person(document["organizer"]), map(_attendee, _list(document["attendees"], MAX_ATTENDEES))
    start, end = _moment(document["start"]), _moment(document["end"])
    if end and ("T" in start) != ("T" in end):
        raise ValueError
    return Event(
        method=_word(document["method"]),
        uid=_line(document["uid"]),
        summary=_line(document["summary"]),
        start=start,
        end=end,
        all_day=bool(start) and "T" not in start,
        zone=_line(document["zone"]),
        location=_line(document["location"]),
        organizer=organizer if organizer.name or organizer.address else None,
        attendees=tuple(one for one in attendees if one.mailbox.name or one.mailbox.address),
        recurrence=_line(document["recurrence"]),
        occurrence=_moment(document["occurrence"]),
        status=_word(document["status"]),
    )


def _attendee(document: Any) -> Attendee:  # noqa: ANN401 - likewise
    return Attendee(mailbox=_person(document), response=_word(document["response"]))


def _person(document: Any) -> Mailbox:  # noqa: ANN401 - likewise
    address = _line(document["address"])
    key = key_of(address)
    return Mailbox(name=_line(document["name"]), address=address if key else "", key=key or "")


def _moment(text: object) -> str:
    """Raises ValueError for what is neither a date nor a time of a day."""
    written = _text(text, MAX_TEXT)
    if not written:
        return ""
    if "T" not in written:
        return date.fromisoformat(written).isoformat()
    return datetime.fromisoformat(written).isoformat(timespec="seconds").replace("+00:00", "Z")


def _word(text: object) -> str:
    """A word of the standard: empty for what is none."""
    word = _line(text).upper()
    return word if word.isascii() and word.replace("-", "").isalnum() else ""


def _line(text: object) -> str:
    return one_line(_text(text, MAX_TEXT))


def _text(text: object, limit: int) -> str:
    if not isinstance(text, str) or len(text) > limit:
        raise ValueError
    return text


def _list(value: object, limit: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > limit:
        raise ValueError
    return value
