"""What the lines of a calendar say."""

from __future__ import annotations

import pytest

from poller.child.calendar_bounds import MAX_DESCRIPTION, MAX_TEXT
from poller.child.calendar_events import events_in
from poller.child.calendar_lines import lines_in

CUSTOM = """BEGIN:VTIMEZONE
TZID:{}
BEGIN:STANDARD
DTSTART:20000101T000000
TZOFFSETFROM:{}
TZOFFSETTO:{}
END:STANDARD
END:VTIMEZONE
"""


def events(*lines, before="", limit=10):
    text = f"BEGIN:VCALENDAR\n{before}BEGIN:VEVENT\nUID:x\n" + "\n".join(lines)
    return events_in(lines_in(text.encode(), "", 100_000).components, limit)


def event(*lines, before=""):
    (found,) = events(*lines, before=before)
    return found


def times(*lines, before=""):
    found = event(*lines, before=before)
    return found["start"], found["end"]


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (["DTSTART:20260302T080000Z"], "2026-03-02T08:00:00Z", ""),
        (["DTSTART:20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;TZID=Europe/Helsinki:20260302T080000"], "2026-03-02T08:00:00+02:00", ""),
        (["DTSTART;TZID=/Europe/Helsinki:20260302T080000"], "2026-03-02T08:00:00+02:00", ""),
        (["DTSTART;TZID=/a.org/20050126_1/Europe/Helsinki:20260302T080000"], "2026-03-02T08:00:00+02:00", ""),
        (["DTSTART;TZID=FLE Standard Time:20260702T080000"], "2026-07-02T08:00:00+03:00", ""),
        (["DTSTART;TZID=Newfoundland Standard Time:20260302T080000"], "2026-03-02T08:00:00-03:30", ""),
        (["DTSTART;TZID=Europe/Helsinki:19000101T080000"], "1900-01-01T08:00:00+01:40", ""),
        (["DTSTART;TZID=Nowhere:20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;TZID=localtime:20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;TZID=Europe:20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;TZID=../../etc/passwd:20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;TZID=" + "a" * 5000 + ":20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;TZID=:20260302T080000"], "2026-03-02T08:00:00", ""),
        (["DTSTART;VALUE=DATE:20260302"], "2026-03-02", "2026-03-03"),
        (["DTSTART:20260302", "DTEND:20260304"], "2026-03-02", "2026-03-04"),
        (["DTSTART:20260302", "DURATION:P2D"], "2026-03-02", "2026-03-04"),
        (["DTSTART:20260302", "DTEND:20260302T080000Z"], "2026-03-02", ""),
        (["DTSTART:20260302T080000Z", "DTEND:20260302"], "2026-03-02T08:00:00Z", ""),
        (["DTSTART:20260302T080000Z", "DTEND:tomorrow"], "2026-03-02T08:00:00Z", ""),
        (["DTSTART:20260302T080000Z", "DURATION:PT1H30M"], "2026-03-02T08:00:00Z", "2026-03-02T09:30:00Z"),
        (["DTSTART:20260302T080000Z", "DURATION:P" + "9" * 500 + "W"], "2026-03-02T08:00:00Z", ""),
        (["DTSTART:20260302T080000Z", "DURATION:long"], "2026-03-02T08:00:00Z", ""),
        (
            ["DTSTART;TZID=Europe/Helsinki:20260328T230000", "DURATION:P1D"],
            "2026-03-28T23:00:00+02:00",
            "2026-03-29T23:00:00+03:00",
        ),
        (["DTSTART:99991231", "DURATION:P2D"], "9999-12-31", ""),
        (["DTSTART:99991231"], "9999-12-31", ""),
        (["DTSTART:00000000T000000Z"], "", ""),
        (["DTSTART:20260302T250000"], "", ""),
        (["DTSTART:080000"], "", ""),
        (["DTSTART:P1D"], "", ""),
        (["DTSTART:20260302T080000Z/PT1H"], "", ""),
        (["DTEND:20260302T080000Z"], "", ""),
        (["UID:1"], "", ""),
    ],
)
def test_when_it_is(lines, start, end):
    assert times(*lines) == (start, end)


@pytest.mark.parametrize(
    ("name", "before", "start"),
    [
        ("Ours", CUSTOM.format("Ours", "+0200", "+0545"), "2026-03-02T08:00:00+05:45"),
        ("Ours", CUSTOM.format("Ours", "+0200", "-0330"), "2026-03-02T08:00:00-03:30"),
        ("Ours", CUSTOM.format("Others", "+0200", "+0545"), "2026-03-02T08:00:00"),
        ("Ours", CUSTOM.format("Ours", "x", "+0545"), "2026-03-02T08:00:00"),
        ("Ours", CUSTOM.format("Ours", "+0200", "+9900"), "2026-03-02T08:00:00"),
        ("Europe/Helsinki", CUSTOM.format("Europe/Helsinki", "+0200", "+0545"), "2026-03-02T08:00:00+02:00"),
    ],
)
def test_a_zone_is_what_its_name_says_or_else_its_definition(name, before, start):
    assert event(f"DTSTART;TZID={name}:20260302T080000", before=before)["start"] == start


def test_a_zone_of_one_calendar_is_unknown_in_the_next():
    line = "DTSTART;TZID=Customized Time Zone:20260302T080000"
    assert event(line, before=CUSTOM.format("Customized Time Zone", "+0200", "+0500"))["start"].endswith("+05:00")
    assert event(line, before=CUSTOM.format("Customized Time Zone", "+0200", "+0600"))["start"].endswith("+06:00")
    assert event(line)["start"] == "2026-03-02T08:00:00"


@pytest.mark.parametrize(
    ("line", "name", "address", "response"),
    [
        ("ATTENDEE:mailto:bo@globex.com", "", "bo@globex.com", ""),
        ("ATTENDEE:MAILTO: bo@globex.com ", "", " bo@globex.com", ""),
        ("ATTENDEE;CN=Bo Berg;PARTSTAT=ACCEPTED:mailto:bo@globex.com", "Bo Berg", "bo@globex.com", "ACCEPTED"),
        ('ATTENDEE;CN="Berg, Bo":mailto:bo@globex.com', "Berg, Bo", "bo@globex.com", ""),
        ("ATTENDEE;CN=Berg, Bo:mailto:bo@globex.com", "Berg, Bo", "bo@globex.com", ""),
        ("ATTENDEE;CN=^'Bo^':mailto:bo@globex.com", '"Bo"', "bo@globex.com", ""),
        ("ATTENDEE;CN=Bo:mailto:b%C3%B6@globex.com", "Bo", "bö@globex.com", ""),
        ('ATTENDEE;CN="Bo:mailto:bo@globex.com', "", "bo@globex.com", ""),
        ("ATTENDEE;CN=Bo:bo@globex.com", "Bo", "bo@globex.com", ""),
        ("ATTENDEE;CN=Bo:invalid:nomail", "Bo", "", ""),
        ("ATTENDEE;CN=Bo;EMAIL=bo@globex.com:/principal/", "Bo", "bo@globex.com", ""),
        ("ATTENDEE;=", "", "", ""),
    ],
)
def test_who_takes_part(line, name, address, response):
    assert event(line)["attendees"] == [{"name": name, "address": address, "response": response}]


@pytest.mark.parametrize(
    ("lines", "key", "value"),
    [
        (["SUMMARY;LANGUAGE=fi:a\\, b\\; c\\\\d\\ne"], "summary", "a, b; c\\d\ne"),
        (['SUMMARY;ALTREP="cid:a:b":x'], "summary", "x"),
        (["LOCATION:" + "a" * 5000], "location", "a" * MAX_TEXT),
        (["DESCRIPTION:" + "a" * 9_000_000], "description", "a" * (MAX_DESCRIPTION - 1)),
        (["RRULE:FREQ=SECONDLY;COUNT=999999999999"], "recurrence", "FREQ=SECONDLY;COUNT=999999999999"),
        (["RDATE:20260302T080000Z,x"], "recurrence", "RDATE"),
        (["EXDATE:20260302T080000Z"], "recurrence", ""),
        (["RECURRENCE-ID;TZID=Europe/Helsinki:20260302T080000"], "occurrence", "2026-03-02T08:00:00+02:00"),
        (["RECURRENCE-ID;VALUE=DATE:20260302"], "occurrence", "2026-03-02"),
        (["STATUS:CONFIRMED"], "status", "CONFIRMED"),
        (
            ["ORGANIZER;CN=Anna:mailto:anna@acme.fi"],
            "organizer",
            {"name": "Anna", "address": "anna@acme.fi", "response": ""},
        ),
        (['ORGANIZER;CN="A":B":mailto:anna@acme.fi'], "organizer", {"name": "A", "address": "", "response": ""}),
        (["DTSTART;TZID=FLE Standard Time:20260302T080000"], "zone", "FLE Standard Time"),
        (["DTSTART:20260302"], "all_day", True),
        (["DTSTART:20260302T080000"], "all_day", False),
    ],
)
def test_what_it_says(lines, key, value):
    assert event(*lines)[key] == value


@pytest.mark.parametrize(
    ("text", "methods"),
    [
        ("BEGIN:VCALENDAR\nMETHOD:A\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nBEGIN:VEVENT\nUID:2", ["A", "A"]),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nMETHOD:REPLY", ["REPLY"]),
        ("BEGIN:VCALENDAR\nMETHOD:A\nBEGIN:VEVENT\nLOCATION:x", []),
        (
            "BEGIN:VCALENDAR\nMETHOD:A\nBEGIN:VEVENT\nUID:1\nEND:VCALENDAR\nBEGIN:VCALENDAR\nMETHOD:B\nBEGIN:VEVENT\nUID:2",
            ["A", "B"],
        ),
        ("BEGIN:VEVENT\nUID:1", [""]),
        ("BEGIN:VTODO\nUID:1", []),
    ],
)
def test_each_event_has_the_method_of_its_calendar(text, methods):
    found = events_in(lines_in(text.encode(), "", 100_000).components, 10)
    assert [one["method"] for one in found] == methods


def test_no_more_events_are_read_than_asked_for():
    assert len(events(*["END:VEVENT\nBEGIN:VEVENT\nUID:x"] * 9, limit=4)) == 4
