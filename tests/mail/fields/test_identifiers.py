from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.fields.identifiers import MAX_IDS, parse_date, parse_ids, parse_message_id


@pytest.mark.parametrize(
    ("raw", "date"),
    [
        (b" Mon, 1 Jan 2024 10:00:00 +0200", "2024-01-01T08:00:00+00:00"),
        (b"Thu, 31 Dec 2015 23:59:60 +0000", "2015-12-31T23:59:59+00:00"),
        (b"1 Jan 24 10:00 EST", "2024-01-01T15:00:00+00:00"),
        (b"Mon, 1 Jan 2024 10:00:00 -0000", "2024-01-01T10:00:00+00:00"),
        (b"Mon, 1 Jan 2024 10:00:00", "2024-01-01T10:00:00+00:00"),
        (b"Mon, 1 Jan 2024 10:00:00 GMT+0200", "2024-01-01T08:00:00+00:00"),
        (b"Mon, 1 Jan 2024 10:00:00 +02:00", "2024-01-01T08:00:00+00:00"),
        (b"Mon, 1 Jan 2024 10:00:00 PM +0200", "2024-01-01T20:00:00+00:00"),
        (b"Mon, 1 Jan 2024 12:30 AM", "2024-01-01T00:30:00+00:00"),
        (b"01-Jan-2024 10:00:00 -0230", "2024-01-01T12:30:00+00:00"),
        (b"2024-01-01T10:00:00+02:00", "2024-01-01T08:00:00+00:00"),
        (b"2024-01-01 10:00:00 +0200", "2024-01-01T08:00:00+00:00"),
        (b"Mon, 1 Jan 2024 (a (b) c) 10:00:00 +0200 (EET)", "2024-01-01T08:00:00+00:00"),
        (b"1/2/2024 10:00", None),
        (b"Mon, 1 Jan 99999 10:00:00 +0000", None),
        (b"Mon, 1 Jan 2024 25:00:00 +0000", None),
        (b"Mon, 1 Jan 2024 10:00:00 +9999999999", None),
        (b"x" * 100_000, None),
        (b"", None),
        (None, None),
    ],
)
def test_a_date_is_read_in_utc(raw, date):
    found = parse_date(raw)
    assert (found and found.isoformat()) == date


@pytest.mark.parametrize(
    ("raw", "identifier"),
    [
        (b" <a@b>", "a@b"),
        (b"<a@b> (comment)", "a@b"),
        (b"<a\r\n @b>", "a@b"),
        (b"a@b", "a@b"),
        (b"<[abc@d>", "[abc@d"),
        (b"<" * 200_000, None),
        (b"<" + b"a" * 200_000 + b">", "a" * 998),
        (b"<a\0\r\nb>", "ab"),
        (b"", None),
        (None, None),
    ],
)
def test_a_message_id_loses_its_brackets(raw, identifier):
    assert parse_message_id(raw) == identifier


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        (b"<a@b>\r\n <c@d> <a@b>", ("a@b", "c@d")),
        (b"Message from Bo <a@b>", ("a@b",)),
        (b"a@b c@d", ("a@b", "c@d")),
        (b"<>", ()),
        (None, ()),
    ],
)
def test_references_are_listed_once_each(raw, ids):
    assert parse_ids(raw) == ids


def test_references_are_bounded():
    assert len(parse_ids(b"".join(b"<%d@x>" % n for n in range(20_000)))) == MAX_IDS


@given(st.binary() | st.text(alphabet="<>@ a:,+0129MonJan").map(str.encode))
def test_any_octets_are_read_without_an_exception(raw):
    parse_date(raw)
    parse_message_id(raw)
    parse_ids(raw)


@given(
    st.sampled_from(["Mon, ", "", "mon, "]),
    st.integers(0, 33),
    st.sampled_from(["Jan", "Feb", "Dec", "dec", "Dez"]),
    st.sampled_from([99, 1899, 1900, 2024, 2099, 2100, 10000]),
    st.tuples(st.integers(0, 25), st.integers(0, 61), st.integers(0, 61)),
    st.sampled_from(["+0000", "-0000", "+0530", "-1959", "+2400", "+0060", "GMT", "+0200 (EET)", "+02:00"]),
)
def test_the_usual_form_of_a_date_is_read_as_all_others_are(weekday, day, month, year, time, zone):
    raw = f" {weekday}{day} {month} {year} {time[0]:02}:{time[1]:02}:{time[2]:02} {zone}".encode()
    assert parse_date(raw) == parse_date(raw.replace(b" ", b"\r\n\t", 1).replace(b":", b"\r\n:", 1))
