"""Whole messages that took 3 s to minutes of CPU, each because one limit was there for a part and not for the whole."""

from __future__ import annotations

import pytest

from poller.authentication.trace import Trace
from poller.filing.route import find_route
from poller.mail.reader import read_message
from poller.mail.texts.sanitize import sanitize
from tests.cpu import cpu_within
from tests.filing.making import routing

_MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n"


def _parts(part: bytes, count: int) -> bytes:
    return _MIXED + b"\r\n" + (b"--b\r\n" + part + b"\r\n") * count + b"--b--\r\n"


_UU = b"Content-Type: application/x-z\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\n" + b"!  \n" * 49_900
_YENC = b"Content-Type: application/x-z\r\nContent-Transfer-Encoding: x-yenc\r\n\r\n" + b"=a" * 19_900
_SHORT = b"begin 644 a\n" + b"! \n" * 49_990 + b"end\n"
_FIELDS = b"Content-Type: message/rfc822\r\n\r\n" + b"a:\r\n" * 999 + b"\r\nx"
_WORDS = b"Content-Type: message/rfc822\r\n\r\nSubject: " + b"=?utf-8?q?a?= " * 4_500 + b"\r\n\r\nx"


@pytest.mark.parametrize(
    "source",
    [
        b"To: " + b"a@b.c " * 14_000 + b"(" + b"\x01z" * 80_000 + b")\r\n",
        b"To: " + b"x" * 150_000 + b"@a.b" + b" ." * 50_000 + b"\r\n",
        _MIXED + b"\r\n" + (b"\n--b" + b" " * 990 + b"x") * 50_000,
        _parts(_FIELDS, 999),
        _parts(_WORDS, 300),
        _parts(_UU, 100),
        _parts(_YENC, 400),
        b"Subject: x\r\n\r\n" + _SHORT * 99,
        b"Content-Type: text/html\r\n\r\n" + b"cid:%41&lt; " * 333_000,
    ],
    ids=["comment", "dots", "blanks", "fields", "words", "uuencoded", "yenc", "short-lines", "references"],
)
def test_a_hostile_message_is_read_within_two_seconds(source):
    with cpu_within(2):
        read_message(b"From: Anna <anna@acme.fi>\r\n" + source)


def test_many_delivery_fields_cost_no_more_than_one():
    fields = b"".join(b"X-Original-To: " + b"a@b.c," * 4_000 + b"\r\n" for _ in range(38))
    header = read_message(fields + b"\r\n").header
    with cpu_within(2):
        find_route(header, Trace(boundary=100, hops=()), routing())


def test_formatting_that_is_never_closed_is_not_multiplied_by_the_paragraphs():
    page = "<p>" + "".join(f"<i id={number}>" for number in range(2_000)) + "<p>x" * 17_000
    assert len(sanitize(page)) < 10_000_000
    quoted = "<p>" + "".join(f'<i id={number} x="a>b">' for number in range(2_000)) + "<p>x" * 17_000
    assert sanitize(quoted).startswith("<pre>")
