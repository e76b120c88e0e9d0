"""The task, and what it costs at worst."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poller.child.calendar_answer import calendars_of
from poller.child.calendar_bounds import MAX_EVENTS
from poller.child.calendars import MAX_CHARACTERS, read_calendars
from poller.child.limits import CPU_SECONDS
from poller.child.output import Output
from poller.child.process import Answer, Scratch
from poller.mail.calendar import MAX_OCTETS
from tests.cpu import cpu_within

EVENT = b"BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\n"
HEAD, TAIL = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", b"END:VEVENT\nEND:VCALENDAR\n"


def answered(*calendars, charset="utf-8"):
    output = Scratch()
    asked = {"files": [[len(one), charset] for one in calendars]}
    return Answer(document=read_calendars(b"".join(calendars), asked, Output(output.number)), output=output)


def read(*calendars, charset="utf-8"):
    answer = answered(*calendars, charset=charset)
    return json.loads(b"".join(answer.output.chunks(*answer.document["place"])))


def counted(*calendars):
    return [(len(one["events"]), one["cut"]) for one in read(*calendars)]


def test_each_calendar_has_its_own_answer():
    answers = read(EVENT, b"", EVENT * 2)
    assert [[event["summary"] for event in one["events"]] for one in answers] == [["a"], [], ["a", "a"]]


def test_events_and_characters_are_counted_over_all_calendars():
    assert counted(EVENT * (MAX_EVENTS - 1), EVENT) == [(MAX_EVENTS - 1, False), (1, False)]
    assert counted(EVENT * MAX_EVENTS, EVENT) == [(MAX_EVENTS, False), (0, True)]
    assert counted(EVENT * (MAX_EVENTS + 1)) == [(MAX_EVENTS, True)]
    long = EVENT.replace(b"SUMMARY", b"DESCRIPTION:" + b"a" * 9_000 + b"\nSUMMARY")
    assert counted(long * (MAX_CHARACTERS // 9_000 + 1), EVENT)[1] == (0, True)


def filled(line, head=HEAD, tail=TAIL):
    return head + line * ((MAX_OCTETS - len(head) - len(tail)) // len(line)) + tail


HOSTILE = {
    "attendees": filled(b"ATTENDEE;CN=a:mailto:a@b.fi" + b"\n a" * 30 + b"\n"),
    "parameters": filled(b"ATTENDEE" + b";A=b" * 2_400 + b":mailto:a\n"),
    "commas": filled(b"ATTENDEE;CN=" + b"a," * 4_900 + b":mailto:a\n"),
    "quotes": filled(b'ATTENDEE;CN="' + b'a;,"' * 2_400 + b'":mailto:a\n'),
    "backslashes": filled(b"SUMMARY:" + b"\\" * 9_000 + b"\n"),
    "folds": HEAD + b"DESCRIPTION:a" + b"\r\n a" * (MAX_OCTETS // 4 - 50),
    "only-folds": HEAD + b"\r\n\t" * (MAX_OCTETS // 3 - 50),
    "line-ends": HEAD + b"\r" * (MAX_OCTETS - 100) + TAIL,
    "zeros": HEAD + b"\0" * (MAX_OCTETS - 100) + TAIL,
    "short-lines": filled(b"b\n"),
    "begins": filled(b"BEGIN:VEVENT\n"),
    "blanks": filled(b"UID" + b" " * 4_000 + b"\n"),
    "zones": b"BEGIN:VCALENDAR\n"
    + b"".join(
        b"BEGIN:VEVENT\nDTSTART;TZID=/%s%d:20260302T080000\nEND:VEVENT\n" % (b"a/" * 5, number) for number in range(900)
    ),
    "deep-zones": b"BEGIN:VCALENDAR\n"
    + b"".join(
        b"BEGIN:VEVENT\nDTSTART;TZID=/%s%d:20260302T080000\nEND:VEVENT\n" % (b"a/" * 140, number)
        for number in range(99)
    ),
    "utf-16": ("\ufeff" + filled(b"ATTENDEE:mailto:a@b.fi\n").decode()[: MAX_OCTETS // 2 - 2]).encode("utf-16-le"),
    "escapes": HEAD + b"SUMMARY:" + b"\x1b$B\x1b(B" * (MAX_OCTETS // 6 - 50),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_the_worst_takes_less_time_than_there_is(name, charset):
    read(EVENT)
    assert len(HOSTILE[name]) <= MAX_OCTETS
    with cpu_within(0.8 * CPU_SECONDS):
        (answer,) = read(HOSTILE[name], charset=charset)
    assert len(answer["events"]) <= MAX_EVENTS


NAMES = ["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "SUMMARY", "ATTENDEE", "ORGANIZER", "UID"]
VALUES = ["20260302T080000", "20260302", "99991231T235959Z", "00010101T000000", "PT1H", "-P9W", "mailto:a@b.fi"]
ZONE_NAMES = ["TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"]
ZONE_VALUES = [
    "Ours",
    "16010101T030000",
    "99991231T000000",
    "+0200",
    "-1200",
    "+9959",
    "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
]
parameters = st.sampled_from(["", ";TZID=Ours", ";TZID=Europe/Helsinki", ";TZID=/", ";VALUE=DATE", ';CN="a', ";CN=^n"])
anything = st.text(max_size=12)
lines = st.one_of(
    st.builds("{}{}:{}".format, st.sampled_from(NAMES), parameters, st.sampled_from(VALUES) | anything),
    st.builds("{}{}".format, st.sampled_from(NAMES), anything),
    st.builds("{}:{}".format, st.sampled_from(ZONE_NAMES), st.sampled_from(ZONE_VALUES) | anything),
    st.builds(
        "{}:{}".format,
        st.sampled_from(["BEGIN", "END"]),
        st.sampled_from(["VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VALARM"]) | anything,
    ),
    anything,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=40), st.sampled_from(["utf-8", "utf-16", "iso-2022-jp", "cp1252", ""]))
def test_whatever_it_holds_there_is_an_answer_that_is_believed(found, charset):
    text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + "\n".join(found)
    octets = text.encode(charset or "utf-8", "replace")
    assert len(calendars_of(answered(octets, octets, charset=charset), count=2)) == 2
