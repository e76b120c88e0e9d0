from __future__ import annotations

import base64
import binascii
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.mail.parts.embedded import MAX_FILES, embedded_in, gaps
from poller.mail.reader import read_message
from tests.cpu import cpu_within

HEAD = b"From: a@x.fi\r\nSubject: x\r\n\r\n"


def uuencoded(octets, name=b"a.bin", width=45, ending=b"\n"):
    lines = (binascii.b2a_uu(octets[i : i + width], backtick=True) for i in range(0, len(octets), width))
    return (b"begin 644 " + name + b"\n" + b"".join(lines) + b"`\nend\n").replace(b"\n", ending)


def yencoded(octets, name=b"a.bin", escaped=b"\0\n\r="):
    coded = bytes((octet + 42) % 256 for octet in octets)
    code = b"".join(b"=" + bytes([(c + 64) % 256]) if c in escaped else bytes([c]) for c in coded)
    lines = b"".join(_yenc_lines(code))
    head = b"=ybegin line=128 size=%d name=%s\r\n" % (len(octets), name)
    return head + lines + b"\r\n=yend size=%d crc32=%08x\r\n" % (len(octets), zlib.crc32(octets))


def _yenc_lines(code):
    while code:
        end = 129 if code[127:128] == b"=" else 128
        yield code[:end] + (b"\r\n" if code[end:] else b"")
        code = code[end:]


def files_of(source):
    message = read_message(HEAD + source)
    return message, [b"".join(file.chunks()) for file in message.attachments]


words = st.text("abc -\n", max_size=30).map(str.encode)


@given(
    st.lists(st.tuples(words, st.binary(max_size=300), st.sampled_from([9, 45]), st.sampled_from([b"\n", b"\r\n"]))),
    words,
)
def test_uuencoded_files_come_out_as_they_went_in(pieces, last):
    source = b"".join(text + b"\n" + uuencoded(octets, width=w, ending=e) for text, octets, w, e in pieces) + last
    message, files = files_of(source)
    assert files == [octets for _, octets, _, _ in pieces]
    assert message.defects == ()
    assert "begin" not in message.text


@given(st.lists(st.tuples(words, st.binary(max_size=300)), max_size=5), words)
def test_files_in_base64_come_out_as_they_went_in(pieces, last):
    coded = (b"begin-base64 644 a.bin\n" + base64.encodebytes(octets) + b"====\n" for _, octets in pieces)
    message, files = files_of(
        b"".join(text + b"\n" + code for (text, _), code in zip(pieces, coded, strict=True)) + last
    )
    assert files == [octets for _, octets in pieces]
    assert "begin" not in message.text


@pytest.mark.parametrize(
    "text",
    ["begin-base64 644 a\naGk=\n", "begin-base64 644 a\na-b\n====", "begin-base64 a\naGk=\n====", "begin-base64 "],
)
def test_what_is_not_whole_base64_stays_text(text):
    message, files = files_of(text.encode())
    assert (message.text, files) == (text.rstrip("\n").rstrip(), [])


@given(
    st.lists(st.tuples(words, st.binary(max_size=600)), max_size=5),
    st.sampled_from([b"\0\n\r=", b"\0\n\r=\t .", bytes([*range(48), 61])]),
)
def test_yencoded_files_come_out_as_they_went_in(pieces, escaped):
    source = b"".join(text + b"\r\n" + yencoded(octets, escaped=escaped) for text, octets in pieces)
    message, files = files_of(source)
    assert files == [octets for _, octets in pieces]
    assert message.defects == ()


lines = st.sampled_from(
    [
        b"begin 644 a",
        b"begin 644 ",
        b"M" + b"!" * 60,
        b"#86)C",
        b"`",
        b"end",
        b"=ybegin line=1 size=3 name=x",
        b"=yend size=3",
    ]
)


@given(st.lists(lines | st.binary(max_size=9)).map(b"\n".join))
def test_nothing_is_in_two_places_or_in_none(octets):
    blocks = embedded_in(octets, 0, len(octets))
    assert all(0 <= one.start <= one.first <= one.last <= one.end <= len(octets) for one in blocks)
    assert all(one.end <= after.start for one, after in pairwise(blocks))
    kept = sum(one.end - one.start for one in blocks) + len(gaps(octets, 0, len(octets), blocks, len(octets)))
    assert kept == len(octets)


def test_a_long_text_of_which_only_files_and_words_are_left_is_no_file_itself():
    octets = b"octets" * 500_000
    message, files = files_of(b"before\n" + uuencoded(octets) + b"after")
    assert (message.text, files, message.defects) == ("before\nafter", [octets], ())
    other, _ = files_of(b"before\n" + uuencoded(octets[:-1] + b"!") + b"after")
    assert message.identity != other.identity
    long, files = files_of(b"before\n" + uuencoded(octets) + b"after\n" * 500_000)
    assert len(files) == 2
    assert long.defects


def test_files_beyond_the_limit_stay_text():
    message, files = files_of(uuencoded(b"abc") * (MAX_FILES + 1))
    assert len(files) == MAX_FILES
    assert message.text.startswith("begin 644")


def test_a_message_is_the_same_whatever_is_found_in_its_text(monkeypatch):
    source = HEAD + b"text\n" + uuencoded(b"abc")
    before = read_message(source)
    monkeypatch.setattr("poller.mail.texts.body.embedded_in", lambda *_: [])
    assert read_message(source).identity == before.identity
    assert before.identity != read_message(HEAD + b"text\n" + uuencoded(b"abd")).identity


@pytest.mark.parametrize(
    "source",
    [
        *(b"begin 644 a\r\n" * 2_000_000, b"\n" * 20_000_000, b"begin 644 a\n" + b"#!!!!\n" * 3_000_000),
        *(b"=ybegin line=1 size=1 name=a\n" * 500_000, b"=ybegin line=1 size=1 name=a\n" + b"=a" * 10_000_000),
        *(b"=ybegin line=1 size=1 name=a\n" + b"=}" * 10_000_000, uuencoded(b"!" * 20_000_000)),
    ],
    ids=lambda source: source[:40].decode(),
)
def test_work_is_bounded(source):
    with cpu_within(2):
        message = read_message(HEAD + source)
    assert len(message.attachments) <= MAX_FILES + 1
