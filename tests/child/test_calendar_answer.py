"""What the child says of calendars, believed only where it makes sense."""

from __future__ import annotations

import json

import pytest

from poller.child.calendar_answer import MAX_ANSWER, calendars_of
from poller.child.calendar_bounds import MAX_ATTENDEES, MAX_EVENTS, MAX_TEXT
from poller.child.process import Answer, Scratch
from poller.mail.message import Attendee, Mailbox

PERSON = {"name": "Bo", "address": "Bo@globex.com", "response": "accepted"}
EVENT = {
    "method": "request",
    "uid": "1",
    "summary": "Plan",
    "start": "2026-03-02T08:00:00+02:00",
    "end": "2026-03-02T09:00:00+02:00",
    "zone": "",
    "location": "",
    "organizer": {"name": "", "address": ""},
    "attendees": [PERSON],
    "recurrence": "",
    "occurrence": "",
    "status": "",
    "description": "first\r\nsecond\0\n",
}
REFUSALS = (KeyError, TypeError, ValueError)
CALENDAR = {"events": [EVENT], "cut": False}


def answer(documents, place=None):
    text = json.dumps(documents).encode() if not isinstance(documents, bytes) else documents
    return Answer(document={"place": place or [0, len(text)]}, output=Scratch.of([text]))


def read(*documents):
    return calendars_of(answer(list(documents)), count=len(documents))


def event(**changes):
    ((found,),) = (one.events for one in read({"events": [EVENT | changes], "cut": False}))
    return found


def test_a_sensible_answer_is_read():
    (one,) = read(CALENDAR)
    assert (one.description, one.cut) == ("first\nsecond", False)
    assert one.events[0].attendees == (
        Attendee(mailbox=Mailbox(name="Bo", address="Bo@globex.com", key="bo@globex.com"), response="ACCEPTED"),
    )
    assert (one.events[0].method, one.events[0].organizer, one.events[0].all_day) == ("REQUEST", None, False)


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ({"summary": "a\r\nb\0\u202e\x1b[2J\ud800 "}, "summary", "a  b[2J\ufffd"),
        ({"method": "<script>"}, "method", ""),
        ({"status": "in-process"}, "status", "IN-PROCESS"),
        ({"start": "2026-03-02T08:00:00+00:00", "end": ""}, "start", "2026-03-02T08:00:00Z"),
        ({"start": "2026-03-02T08:00:00", "end": ""}, "start", "2026-03-02T08:00:00"),
        ({"start": "", "end": ""}, "all_day", False),
        ({"start": "2026-03-02", "end": ""}, "all_day", True),
        ({"organizer": {"name": "Boss", "address": "none"}}, "organizer", Mailbox(name="Boss", address="", key="")),
        ({"attendees": [{"name": " ", "address": "none", "response": ""}]}, "attendees", ()),
    ],
)
def test_what_it_says_is_cleaned(said, key, value):
    assert getattr(event(**said), key) == value


@pytest.mark.parametrize(
    "lie",
    [
        {"summary": None},
        {"summary": "a" * (MAX_TEXT + 1)},
        {"description": 1},
        {"start": "yesterday"},
        {"start": "2026-02-30T08:00:00"},
        {"start": "2026-03-02"},
        {"start": None},
        {"attendees": None},
        {"attendees": [PERSON] * (MAX_ATTENDEES + 1)},
        {"attendees": ["Bo"]},
        {"organizer": None},
        {"uid": ["1"]},
    ],
    ids=lambda lie: str(lie)[:40],
)
def test_an_event_that_is_none_is_refused(lie):
    with pytest.raises(REFUSALS):
        event(**lie)


@pytest.mark.parametrize(
    "documents",
    [
        b"",
        b"[" * 100_000,
        b"1" * 10_000,
        b" " * (MAX_ANSWER + 1),
        {},
        [],
        ["a"],
        [[]],
        [{}],
        [CALENDAR, CALENDAR],
        [{"events": [EVENT] * (MAX_EVENTS + 1), "cut": False}],
        [{"events": {}, "cut": False}],
        [{"events": [{}], "cut": False}],
        [{"events": [EVENT]}],
    ],
    ids=lambda documents: str(documents)[:30],
)
def test_an_answer_that_is_none_is_refused(documents):
    with pytest.raises(REFUSALS):
        calendars_of(answer(documents), count=1)


def test_a_place_that_is_none_is_refused():
    with pytest.raises(REFUSALS):
        calendars_of(answer([CALENDAR], place=[0, 10**6]), count=1)


def test_events_are_counted_over_all_calendars():
    half = {"events": [EVENT] * (MAX_EVENTS // 2 + 1), "cut": False}
    with pytest.raises(REFUSALS):
        read(half, half)
