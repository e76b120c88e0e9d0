from __future__ import annotations

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.header import MAX_FIELD, MAX_FIELDS, MAX_HEADER, singleton_problem, split_header, unfolded


def names(header):
    return [field.name for field in header.fields]


def test_a_header_is_split_into_its_fields_and_the_body_offset():
    source = b"From: a@b.fi\r\nSubject: one\r\n two\r\nX-Empty:\r\n\r\nbody"
    header = split_header(source)
    assert header.malformed is None
    assert [(f.name, f.value) for f in header.fields] == [
        ("from", b" a@b.fi"),
        ("subject", b" one\r\n two"),
        ("x-empty", b""),
    ]
    assert source[header.body_offset :] == b"body"


def test_lf_only_lines_are_read_as_crlf():
    source = b"From: a@b.fi\nSubject: one\n two\n\nbody\n"
    header = split_header(source)
    assert header.malformed is None
    assert header.first("subject") == b" one\r\n two"
    assert source[header.body_offset :] == b"body\n"


def test_a_mapped_file_is_split_like_octets(tmp_path):
    source = b"From: a@b.fi\r\nTo: c@d.fi\r\n\r\nbody"
    path = tmp_path / "source"
    path.write_bytes(source)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert split_header(mapped) == split_header(source)


@pytest.mark.parametrize(
    ("source", "fields", "body"),
    [
        (b"", [], b""),
        (b"\r\nbody", [], b"body"),
        (b"\nbody", [], b"body"),
        (b"From: a@b.fi", ["from"], b""),
        (b"From: a@b.fi\r\n", ["from"], b""),
        (b"From: a@b.fi\r\n\r\n", ["from"], b""),
        (b"From: a@b.fi\r\n\r\nX: y\n\r", ["from"], b"X: y\n\r"),
        (b"From: \xe4@b.fi\r\nX: \xff\r\n\r\n", ["from", "x"], b""),
    ],
)
def test_unusual_headers_are_well_formed(source, fields, body):
    header = split_header(source)
    assert (names(header), source[header.body_offset :], header.malformed) == (fields, body, None)


@pytest.mark.parametrize(
    ("source", "problem", "fields"),
    [
        (b"From: a@b.fi\r\nX: \0\r\n\r\n", "NUL", ["from", "x"]),
        (b"X: a\rFrom: ceo@d.fi\r\nFrom: a@b.fi\r\n\r\n", "bare CR", ["x", "from"]),
        (b"X: a\nFrom: a@b.fi\r\n\r\n", "bare CR or LF", ["x", "from"]),
        (b"From: a@b.fi\r\n\n", "bare CR or LF", ["from"]),
        (b"From: a@b.fi\n\r\n", "bare CR or LF", ["from"]),
        (b"From: a@b.fi\r\r\n\r\n", "bare CR", ["from"]),
        (b" From: a@b.fi\r\nX: y\r\n\r\n", "continuation", ["x"]),
        (b"From: a@b.fi\r\n \r\nX: y\r\n\r\n", "folded line of the header is blank", ["from", "x"]),
        (b"From: a@b.fi\r\n\t \r\n\r\n", "folded line of the header is blank", ["from"]),
        (b"From a@b.fi Mon Jan  1 00:00:00 2024\r\nFrom: a@b.fi\r\n\r\n", "Line 1", ["from"]),
        (b"From: a@b.fi\r\nSubject : x\r\n\r\n", "Line 2", ["from", "subject"]),
        (b"From: a@b.fi\r\n: x\r\n\r\n", "Line 2", ["from"]),
        (b"From: a@b.fi\r\nS\xc3\xa4: x\r\n\r\n", "Line 2", ["from"]),
        (b"Hello\r\nFrom: a@b.fi\r\n\r\n", "Line 1", ["from"]),
        (b"X:" + b"a" * MAX_FIELD + b"\r\nFrom: a@b.fi\r\n\r\n", "field of the header is larger", ["x", "from"]),
        (b"From: a@b.fi\r\n" + b"X: y\r\n" * MAX_FIELDS + b"\r\n", "more than 1,000 fields", None),
        (b"From: a@b.fi\r\n" + b"X: yyy\r\n" * (MAX_HEADER // 8) + b"\r\n", "header is larger", None),
        (b"X" * (MAX_HEADER + 1), "header is larger", []),
    ],
)
def test_what_could_be_read_in_two_ways_is_malformed_and_still_shown(source, problem, fields):
    header = split_header(source)
    assert problem in header.malformed
    assert len(header.fields) <= MAX_FIELDS
    assert fields is None or names(header) == fields


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"From: a@b.fi\r\n\r\n", None),
        (b"From: a@b.fi\r\nReceived: x\r\nReceived: y\r\nTo: a\r\nTo: b\r\n\r\n", None),
        (b"To: a@b.fi\r\n\r\n", "no From"),
        (b"From: a@b.fi\r\nFROM: c@d.fi\r\n\r\n", "From stands 2 times"),
        *(
            (b"From: a@b.fi\r\n" + name + b": x\r\n" + name + b": x\r\n\r\n", "stands 2 times")
            for name in (b"Sender", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"MIME-Version", b"Content-Type")
        ),
        *(
            (b"From: a@b.fi\r\n" + name + b": x\r\n" + name + b": x\r\n\r\n", "stands 2 times")
            for name in (b"Content-Transfer-Encoding", b"In-Reply-To", b"References")
        ),
    ],
)
def test_a_doubled_field_that_may_stand_once_only_is_a_problem(source, problem):
    found = singleton_problem(split_header(source))
    assert (problem is None and found is None) or problem in found


def test_unfolding_keeps_the_blanks():
    assert unfolded(b" one\r\n two\n\tthree") == b" one two\tthree"


pieces = st.sampled_from(
    [b"From: a@b.fi", b"X:", b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b"a", b"\xff", b"\r\n\r\n"]
)


@given(st.lists(pieces).map(b"".join) | st.binary())
def test_any_octets_are_split_without_an_exception(source):
    header = split_header(source)
    assert 0 <= header.body_offset <= len(source)
    assert header.malformed is None or header.malformed.endswith(".")
    if header.malformed is None and b"\r" in source[: header.body_offset]:
        lines = b"".join(f.name.encode() + b":" + f.value + b"\r\n" for f in header.fields)
        assert lines.lower() == source[: header.body_offset].rstrip(b"\r\n").lower() + (b"\r\n" if lines else b"")
