"""What of a calendar is read at all, whatever is broken in it."""

from __future__ import annotations

import pytest

from poller.child.calendar_bounds import MAX_ATTENDEES
from poller.child.calendar_lines import MAX_LINE, MAX_LINES, lines_in

EVENT = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:%s\nEND:VEVENT\nEND:VCALENDAR\n"
ROOM = 100_000


def read(octets, charset="", room=ROOM):
    return lines_in(octets, charset, room)


def summary(octets, charset=""):
    return read(octets, charset).components[1].lines["SUMMARY"]


def names(octets):
    return [(one.name, one.within and one.within.name, list(one.lines)) for one in read(octets).components]


@pytest.mark.parametrize(
    ("octets", "charset", "expected"),
    [
        (EVENT % b"Plan", "", "SUMMARY:Plan"),
        (EVENT.replace(b"\n", b"\r\n") % b"Plan", "", "SUMMARY:Plan"),
        (EVENT.replace(b"\n", b"\r") % b"Plan", "", "SUMMARY:Plan"),
        (EVENT.replace(b"\n", b"\r\r\n") % b"Pl\r\r\n an", "", "SUMMARY:Plan"),
        (b"\xef\xbb\xbf" + EVENT % b"Plan", "", "SUMMARY:Plan"),
        (EVENT % b"Pl\n an\n\ts", "", "SUMMARY:Plans"),
        (EVENT % b"\xc3\n \xa4", "utf-8", "SUMMARY:ä"),
        (EVENT % b"\xc3\xa4", "us-ascii", "SUMMARY:ä"),
        (EVENT % b"\xc3\xa4", "iso-8859-1", "SUMMARY:ä"),
        (EVENT % b"\xe4", "iso-8859-1", "SUMMARY:ä"),
        (EVENT % b"\xe4", "utf-16", "SUMMARY:ä"),
        (EVENT % b"\xe4", "x-nonsense", "SUMMARY:ä"),
        (EVENT % "会議".encode("iso-2022-jp"), "iso-2022-jp", "SUMMARY:会議"),
        ((EVENT % b"\xc3\xa4").decode().encode("utf-16"), "utf-8", "SUMMARY:ä"),
        ((EVENT % b"\xc3\xa4").decode().encode("utf-16-le"), "", "SUMMARY:ä"),
        ((EVENT % b"\xc3\xa4").decode().encode("utf-16-be"), "", "SUMMARY:ä"),
        (EVENT.lower().replace(b"%s", b"Plan"), "", "SUMMARY:Plan"),
    ],
)
def test_a_line_is_unfolded_and_decoded(octets, charset, expected):
    assert summary(octets, charset) == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", []),
        (b"SUMMARY:outside", []),
        (b"BEGIN:VCALENDAR\nMETHOD:REQUEST", [("VCALENDAR", None, ["METHOD"])]),
        (
            b"BEGIN:VEVENT\nUID:1\nX-UID:2\nUIDS:3\nUID 4\n wrapped\nSUMMARY;A=b:c",
            [("VEVENT", None, ["UID", "SUMMARY"])],
        ),
        (
            b"BEGIN:VEVENT\nBEGIN:VALARM\nSUMMARY:no\nEND:VALARM\nUID:1",
            [("VEVENT", None, ["UID"]), ("VALARM", "VEVENT", ["SUMMARY"])],
        ),
        (b"BEGIN:VEVENT\nUID:1\nBEGIN:VEVENT\nUID:2", [("VEVENT", None, ["UID"])] * 2),
        (b"BEGIN:VEVENT\nEND:VTODO\nUID:1", [("VEVENT", None, ["UID"])]),
        (b"BEGIN:A\nBEGIN:B\nEND:A\nUID:1", [("A", None, []), ("B", "A", [])]),
    ],
)
def test_each_line_belongs_to_the_component_that_is_open(octets, expected):
    assert names(octets) == expected


def test_of_each_name_the_first_line_counts():
    assert summary(EVENT % b"one\nSUMMARY:two") == "SUMMARY:one"


def test_a_long_line_is_cut():
    assert len(summary(EVENT % (b"a" * 5_000_000))) == len("SUMMARY") + MAX_LINE


def test_attendees_are_counted():
    octets = EVENT % (b"\nATTENDEE:mailto:a@b.fi" * (MAX_ATTENDEES + 1))
    assert (len(read(octets).components[1].attendees), read(octets).cut) == (MAX_ATTENDEES, True)
    octets = EVENT % (b"\nATTENDEE:mailto:a@b.fi" * MAX_ATTENDEES)
    assert (len(read(octets).components[1].attendees), read(octets).cut) == (MAX_ATTENDEES, False)


@pytest.mark.parametrize(
    "octets",
    [
        b"BEGIN:VEVENT\n" * (MAX_LINES + 1),
        b"\n" * (MAX_LINES + 1),
        b"".join(b"BEGIN:X%d\n" % number for number in range(30)),
        b"BEGIN:VEVENT\nEND:VEVENT\n" * (ROOM // 10),
    ],
    ids=["lines", "empty-lines", "depth", "room"],
)
def test_what_is_too_much_is_cut(octets):
    found = read(octets)
    assert found.cut
    assert found.size <= ROOM + MAX_LINE
