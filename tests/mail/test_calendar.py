"""Calendars in messages, read by somebody who knows what is in them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace

import pytest

from poller.mail.calendar import MAX_CALENDARS, MAX_OCTETS, Calendar, event_in_words, when_in_words
from poller.mail.message import Attendee, Event, Mailbox
from poller.mail.reader import read_message
from poller.mail.unpacked import Unpacked

ICS = b"BEGIN:VCALENDAR\r\nwhatever"
ANNA, BO = (Mailbox(name=name, address=address, key=address) for name, address in (("Anna", "a@x.fi"), ("", "b@y.fi")))
EVENT = Event(
    method="REQUEST",
    uid="1",
    summary="Plan",
    start="2026-03-02T10:00:00+02:00",
    end="2026-03-02T11:00:00+02:00",
    all_day=False,
    zone="Europe/Helsinki",
    location="Room 1",
    organizer=ANNA,
    attendees=(Attendee(mailbox=BO, response="ACCEPTED"), Attendee(mailbox=ANNA, response="")),
    recurrence="",
    occurrence="",
    status="CONFIRMED",
)
NOTHING = replace(
    EVENT,
    method="",
    uid="",
    summary="",
    start="",
    end="",
    zone="",
    location="",
    organizer=None,
    attendees=(),
    status="",
)


def part(octets=ICS, kind="text/calendar; charset=utf-8", name=""):
    named = f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
    body = base64.b64encode(octets).decode()
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n{named}\r\n{body}\r\n"


def message(*parts, text="Hei"):
    head = "From: anna@acme.fi\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    parts = (f"Content-Type: text/plain\r\n\r\n{text}\r\n", *parts)
    return (head + "".join(f"--b\r\n{one}" for one in parts) + "--b--\r\n").encode()


@dataclass
class Reader:
    """Finds the same in every calendar, or in the first `gives`."""

    gives: tuple = ((EVENT,),)
    says: str = ""
    cut: bool = False
    description: str = ""
    unpacks: Unpacked | str = "it is damaged"
    asked: list = field(default_factory=list)

    def unpack(self, octets, *, body):
        self.asked.append("container")
        return self.unpacks

    def calendars(self, files):
        self.asked.append([(file.size, file.charset, b"".join(file.chunks())) for file in files])
        if self.says:
            return self.says
        events = [*self.gives, *[self.gives[-1]] * len(files)]
        return tuple(Calendar(events=one, description=self.description, cut=self.cut) for one in events[: len(files)])


@pytest.mark.parametrize(
    ("kind", "name", "octets", "read"),
    [
        ("text/calendar", "", ICS, True),
        ("Application/ICS; name=a", "a", ICS, True),
        ("application/octet-stream", "a.ICS", ICS, True),
        ("text/plain", "a.ics", b"  begin : vcalendar", True),
        ("text/calendar", "", b"BEGIN:VEVENT", True),
        ("text/calendar", "", "BEGIN:VCALENDAR".encode("utf-16"), True),
        ("application/octet-stream", "a.bin", ICS, False),
        ("text/calendar", "", b"", False),
        ("text/calendar", "", b"<html>", False),
    ],
)
def test_a_calendar_is_known_by_type_or_name_and_by_what_it_begins_with(kind, name, octets, read):
    reader = Reader()
    found = read_message(message(part(octets, kind, name)), expander=reader)
    assert bool(reader.asked) is read
    assert found.calendar == ((EVENT,) if read else ())
    assert len(found.attachments) == 1


def test_what_claims_to_be_one_and_is_none_is_a_defect():
    assert read_message(message(part(b"<html>")), expander=Reader()).defects == (
        "invite.ics is not read as a calendar: it is none.",
    )


def test_all_calendars_are_handed_over_at_once_with_the_charset_that_they_claim():
    reader = Reader()
    read_message(message(part(), part(ICS + b"2", "text/calendar; charset=x")), expander=reader)
    assert reader.asked == [[(len(ICS), "utf-8", ICS), (len(ICS) + 1, "x", ICS + b"2")]]


def test_the_same_calendar_is_read_once_and_the_same_event_listed_once():
    reader = Reader()
    sent = part(), part(kind="application/ics", name="invite.ics"), part(ICS + b"2")
    found = read_message(message(*sent), expander=reader)
    assert [len(one) for one in reader.asked] == [2]
    assert (found.calendar, len(found.attachments)) == ((EVENT,), 3)


def test_what_is_too_much_is_not_read():
    reader = Reader()
    calendars = (part(ICS + bytes([48 + number])) for number in range(MAX_CALENDARS + 1))
    found = read_message(message(*calendars), expander=reader)
    assert [len(one) for one in reader.asked] == [MAX_CALENDARS]
    assert found.defects == (f"invite ({MAX_CALENDARS + 1}).ics is not read as a calendar: there is too much to read.",)
    found = read_message(message(part(ICS + b" " * MAX_OCTETS)), expander=reader)
    assert (len(reader.asked), len(found.defects), len(found.attachments)) == (1, 1, 1)


def test_without_a_reader_nothing_is_said():
    found = read_message(message(part()))
    assert (found.calendar, found.defects, len(found.attachments)) == ((), (), 1)


@pytest.mark.parametrize(
    ("reader", "defect"),
    [
        (Reader(says="it takes\n too long"), "invite.ics is not read as a calendar: it takes  too long."),
        (Reader(cut=True), "Of invite.ics not all events or attendees were read."),
        (Reader(gives=((),)), "invite.ics has no event that can be read."),
    ],
)
def test_what_could_not_be_read_is_a_defect(reader, defect):
    assert read_message(message(part()), expander=reader).defects == (defect,)


def test_the_method_may_stand_beside_the_type():
    reader = Reader(gives=((replace(EVENT, method=""),),))
    for said, method in (("reply", "REPLY"), ("<x>", ""), ("", "")):
        found = read_message(message(part(kind=f'text/calendar; method="{said}"')), expander=reader)
        assert [one.method for one in found.calendar] == [method]
    reader = Reader()
    found = read_message(message(part(kind="text/calendar; method=REPLY")), expander=reader)
    assert [one.method for one in found.calendar] == ["REQUEST"]


def test_a_message_without_text_says_what_its_calendar_says():
    found = read_message(message(part(), text=""), expander=Reader(description="Agenda\n\n1."))
    assert found.text == event_in_words(EVENT) + "\n\nAgenda\n\n1."
    assert read_message(message(part()), expander=Reader(description="Agenda")).text == "Hei"
    assert read_message(message(part(), text=""), expander=Reader(gives=((),))).text == ""


def test_who_a_message_is_does_not_depend_on_it():
    source = message(part(), text="")
    readers = None, Reader(), Reader(says="why"), Reader(gives=((),))
    assert len({read_message(source, expander=one).identity for one in readers}) == 1


CONTAINER = part(b"\x78\x9f\x3e\x22 whatever", "application/ms-tnef", "winmail.dat")
OPENED = Unpacked(files=(), text="", html="", damaged=False)


@pytest.mark.parametrize(
    ("containers", "unpacks", "asked"),
    [(1, OPENED, 2), (2, OPENED, 2), (1, "it is damaged", 1), (0, OPENED, 1)],
)
def test_containers_and_calendars_share_what_a_message_may_ask(containers, unpacks, asked):
    reader = Reader(unpacks=unpacks)
    found = read_message(message(part(), *[CONTAINER] * containers), expander=reader)
    assert len(reader.asked) == asked
    assert found.calendar == (() if "container" in reader.asked[-1:] else (EVENT,))
    if not found.calendar:
        assert "invite.ics is not read as a calendar: there is no time left for it." in found.defects


WORDS = """\
Invitation: Plan
When: 2026-03-02 10:00 to 11:00 +02:00
Where: Room 1
Organizer: Anna <a@x.fi>
Attendees: b@y.fi (accepted), Anna <a@x.fi>
Status: confirmed"""


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (EVENT, WORDS),
        (NOTHING, "Event: (without a subject)\nWhen: unknown"),
        (
            replace(NOTHING, method="CANCEL", start="2026-03-02", recurrence="FREQ=DAILY"),
            "Cancelled: (without a subject)\nWhen: 2026-03-02, recurring (FREQ=DAILY)",
        ),
    ],
)
def test_an_event_in_words(event, words):
    assert event_in_words(event) == words


@pytest.mark.parametrize(
    ("start", "end", "zone", "words"),
    [
        ("", "", "", ""),
        ("", "2026-03-02", "", ""),
        ("2026-03-02", "", "", "2026-03-02"),
        ("2026-03-02", "2026-03-03", "", "2026-03-02"),
        ("2026-03-02", "2026-03-05", "", "2026-03-02 to 2026-03-04"),
        ("2026-03-02", "0001-01-01", "", "2026-03-02"),
        ("2026-03-02T10:00:00", "", "", "2026-03-02 10:00"),
        ("2026-03-02T10:00:00", "2026-03-02T11:00:00", "Ours", "2026-03-02 10:00 to 11:00 Ours"),
        ("2026-03-02T10:00:00", "2026-03-03T11:00:00", "", "2026-03-02 10:00 to 2026-03-03 11:00"),
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", "Ours", "2026-03-02 10:00 UTC"),
        ("2026-03-02T10:00:00Z", "", "", "2026-03-02 10:00 UTC"),
        (
            "2026-03-02T10:00:00+02:00",
            "2026-03-02T11:00:00+03:00",
            "",
            "2026-03-02 10:00 +02:00 to 2026-03-02 11:00 +03:00",
        ),
    ],
)
def test_a_time_in_words(start, end, zone, words):
    assert when_in_words(start, end, zone) == words
