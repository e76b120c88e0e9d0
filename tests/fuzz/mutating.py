"""A message -> another one, damaged or made odder, as its grammar goes: lines, boundaries, encodings, encoded words."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Callable
from random import Random

CHARSETS = (
    *(b"utf-8", b"iso-8859-1", b"windows-1252", b"utf-7", b"utf-16", b"utf-16le", b"utf-32", b"iso-2022-jp", b"gb2312"),
    *(b"ks_c_5601-1987", b"big5", b"shift_jis", b"koi8-r", b"cp-850", b"x-unknown", b"unknown-8bit", b"hz", b"idna"),
    *(b"us-ascii", b"rot13", b"punycode", b"iso-8859-8-i", b"x-mac-roman", b"unicode_escape", b"", b"\xff"),
)
ENCODINGS = (
    *(b"base64", b"quoted-printable", b"x-uuencode", b"7bit", b"8bit", b"binary", b"x-yenc", b"BASE64 (a comment)"),
    *(b'"base64"', b"base-64", b"none", b""),
)
TYPES = (
    *(b"text/plain", b"text/html", b"multipart/mixed", b"multipart/alternative", b"multipart/related"),
    *(b"multipart/digest", b"multipart/report", b"multipart/signed", b"multipart/encrypted", b"message/rfc822"),
    *(b"message/partial", b"message/external-body", b"message/delivery-status", b"text/calendar; method=REQUEST"),
    *(b"application/ms-tnef", b"application/octet-stream", b"image/png", b"text/rfc822-headers", b"text", b"/", b""),
    *(b"message/global", b"application/pkcs7-mime", b"text/enriched", b"multipart/", b"a/b; c=d; c*=e"),
)
LINES = (
    *(b"From: Anna Aalto <anna@acme.fi>", b'From: "a@b.fi" <anna@acme.fi>', b"From: a@x.fi, b@x.fi", b"From: <>"),
    *(b"From: =?utf-8?q?a?= <a@=?utf-8?q?x=2Efi?=>", b"From: \xc3\xa4@\xc3\xa4.fi", b"From:", b"Sender: b@x.fi"),
    *(b'To: "Bert, B." <bert@globex.fi>; c@d.fi', b"To: a:b@c.fi,d@e.fi;, f@g.fi", b"Cc: undisclosed-recipients:;"),
    *(b"To: <@relay,@other:a@b.fi>", b"To: mailto:a@b.fi", b"To: a (c (d) e) @ b . fi", b'To: "', b"To: (", b"To: <"),
    *(b"Subject: =?utf-8?b?w6Q=?= =?utf-8?q?=C3=A4?=", b"Subject: Fwd: x", b"Subject: VS: [x] RE[2]: y", b"Subject:"),
    *(b"Date: Mon, 2 Mar 2026 10:00:00 +0200 (EET)", b"Date: 31 Feb 99 24:60:60 -9999", b"Message-ID: <1@acme.fi>"),
    *(b"References: <1@x.fi> <2@x.fi>", b"In-Reply-To: <1@x.fi>", b"MIME-Version: 1.0", b"", b"", b" folded", b"\t"),
    *(b'Content-Disposition: attachment; filename="a.pdf"', b"Content-Disposition: inline; filename*=utf-8''%C3%A4"),
    *(b"Content-Disposition: attachment; filename*0*=x'y'%41; filename*1=b; filename*3=c", b"Content-ID: <a@b>"),
    *(b"Content-Location: http://x.fi/a.png", b"Content-Disposition: attachment; filename=../../etc/passwd"),
    *(b"-- ", b"> quoted ", b">> deeper", b">From here", b"From a@b.fi Mon Mar  2 10:00:00 2026", b"--", b"----", b"."),
    *(b"-----Original Message-----", b"---------- Forwarded message ---------", b"Begin forwarded message:"),
    *(b"Sent: 2. maaliskuuta 2026 klo 10.00.00 UTC+2", b"On Mon, 2 Mar 2026 at 10:00, Anna <a@b.fi> wrote:"),
    *(b"begin 644 a.bin", b"#0V%T", b"`", b"end", b"=ybegin line=128 size=3 name=a b", b"=ypart begin=1 end=3"),
    *(b"=yend size=3 crc32=00000000", b"klm", b"-----BEGIN PGP SIGNED MESSAGE-----", b"Hash: SHA256"),
    *(b"-----BEGIN PGP SIGNATURE-----", b"-----END PGP SIGNATURE-----", b"<p>x<br>y", b'<a href="http://x.fi">x</a>'),
    *(b"<blockquote>", b"</blockquote>", b"<img src=cid:a@b>", b"<style>", b"<!--", b"-->", b"&lt;script&gt;", b"&#0;"),
    *(b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"DTSTART;TZID=Europe/Helsinki:20260302T100000", b"END:VEVENT"),
    *(b"RRULE:FREQ=DAILY;COUNT=9", b"SUMMARY:x\\, y", b'ATTENDEE;CN="A":mailto:a@b.fi', b"END:VCALENDAR"),
    *(b"Received: from a (b [203.0.113.5]) by mx.example.com with ESMTP id 1 for <1001.mycompany@in.example.com>; d",),
    *(b"Delivered-To: 1001.mycompany@in.example.com", b"X-Original-To: mycompany+1001@in.example.com"),
    *(b"Return-Path: <>", b"Auto-Submitted: auto-replied", b"Precedence: bulk", b"List-Id: <x.y>"),
    *(
        b"\0",
        b"\xff\xfe",
        b"\xe2\x80\xae",
        b"\xed\xa0\x80",
        b"\r",
        b"\x1b[2J",
        b"=",
        b"=3D=",
        b"=?",
        b"?=",
        b"\xc2\x85",
    ),
)
"""What may stand in a message, at its place or not."""

MAX_REPEATS = 3_000

_BREAK = re.compile(rb"\r?\n")
_BOUNDARY = re.compile(rb"boundary\s*=\s*\"?([^\";\r\n]+)", re.IGNORECASE)
_WORD = re.compile(rb"[\w.@-]+")

Mutation = Callable[[bytes, Random], bytes]


def mutated(message: bytes, chance: Random, *, most: int = 60_000, steps: int = 3) -> bytes:
    """One to so many mutations. The same chance makes the same of the same message."""
    for _ in range(chance.randint(1, steps)):
        message = chance.choice(MUTATIONS)(message, chance)[:most]
    return message


def spliced(one: bytes, other: bytes, chance: Random) -> bytes:
    """The beginning of one and the end of the other, cut at ends of lines, mostly."""
    return one[: _cut(one, chance)] + other[_cut(other, chance) :]


def truncated(message: bytes, chance: Random) -> bytes:
    return message[: _cut(message, chance)]


def with_other_octets(message: bytes, chance: Random) -> bytes:
    octets = bytearray(message)
    for _ in range(min(len(octets), chance.choice([1, 1, 2, 5, 30]))):
        octets[chance.randrange(len(octets))] = chance.choice(
            [0, 9, 10, 13, 32, 34, 40, 60, 61, 92, 128, 195, 237, 255]
        )
    return bytes(octets)


def with_a_line(message: bytes, chance: Random) -> bytes:
    line = chance.choice(
        [*LINES, b"Content-Type: " + _type(chance), b"Content-Transfer-Encoding: " + _encoding(chance)]
    )
    return _inserted(message, line + _newline(message), chance)


def with_a_delimiter(message: bytes, chance: Random) -> bytes:
    """Another one of a boundary that is there, or one that is like it."""
    boundary = chance.choice(_BOUNDARY.findall(message) or [b"b"]).strip()
    shape = chance.choice([b"--%s", b"--%s--", b"--%s ", b"--%s-", b"--%sx", b"-%s", b"--%s\r"])
    return _inserted(message, shape % boundary + _newline(message), chance)


def with_lines_moved(message: bytes, chance: Random) -> bytes:
    """Some lines taken out, and put in elsewhere, never, or several times."""
    lines = message.splitlines(keepends=True)
    start = chance.randrange(len(lines) + 1)
    block = lines[start : start + chance.choice([1, 1, 2, 8, 40])]
    if chance.random() < 0.7:
        del lines[start : start + len(block)]
    at = chance.randrange(len(lines) + 1)
    lines[at:at] = block * chance.choice([0, 1, 1, 2])
    return b"".join(lines)


def with_much_of_something(message: bytes, chance: Random) -> bytes:
    """What is quadratic shows where something stands a thousand times."""
    start = _cut(message, chance) if chance.random() < 0.5 else chance.randrange(len(message) + 1)
    end = start + chance.choice([1, 2, 3, 10, 80, 400])
    return message[:end] + message[start:end] * chance.randint(2, MAX_REPEATS) + message[end:]


def with_another_value(message: bytes, chance: Random) -> bytes:
    """Of a field or a parameter that says how the rest is read."""
    name, choose = chance.choice(
        [(rb"charset\s*=\s*", _charset), (rb"-type:\s*", _type), (rb"-encoding:\s*", _encoding)]
    )
    found = list(re.finditer(rb"(?i)(" + name + rb")[^;\s]*", message))
    if not found:
        return with_a_line(message, chance)
    match = chance.choice(found)
    return message[: match.end(1)] + choose(chance) + message[match.end() :]


def with_an_encoded_word(message: bytes, chance: Random) -> bytes:
    words = list(_WORD.finditer(message, 0, 4_000))
    if not words:
        return message
    match = chance.choice(words)
    content = chance.choice([match[0], match[0].decode("latin-1").encode("utf-16"), b"\xff" + match[0], match[0] * 20])
    if chance.random() < 0.5:
        word = b"=?%s?b?%s?=" % (_charset(chance), binascii.b2a_base64(content, newline=False))
    else:
        word = b"=?%s?q?%s?=" % (_charset(chance), quopri.encodestring(content, header=True).replace(b"=\n", b""))
    return message[: match.start()] + word + message[match.end() :]


def with_an_encoded_body(message: bytes, chance: Random) -> bytes:
    """What follows a blank line, encoded; the field that says so is there, or not."""
    at = _cut(message, chance)
    name, encode = chance.choice(_ENCODERS)
    field = b"Content-Transfer-Encoding: " + name + _newline(message)
    end = message.find(b"\n--", at)
    end = len(message) if end < 0 else end + 1
    return (field if chance.random() < 0.3 else b"") + message[:at] + encode(message[at:end]) + message[end:]


def within_another(message: bytes, chance: Random) -> bytes:
    newline = _newline(message)
    kind = chance.choice([b"mixed", b"alternative", b"related", b"digest", b"signed", b"report"])
    boundary = chance.choice([b"b", b"=_x", b"a b", *_BOUNDARY.findall(message)[:3]])
    head = chance.choice([b"", b"Content-Type: message/rfc822" + newline, b"Content-Type: text/html" + newline])
    outer = b'From: a@x.fi%sContent-Type: multipart/%s; boundary="%s"%s%s--%s%s%s%s'
    begun = outer % (newline, kind, boundary, newline, newline, boundary, newline, head, newline)
    return begun + message + newline + chance.choice([b"--%s--" % boundary, b""])


def with_other_line_ends(message: bytes, chance: Random) -> bytes:
    if chance.random() < 0.5:
        return _BREAK.sub(chance.choice([b"\n", b"\r\n", b"\r", b"\n\r", b"\r\r\n"]), message)
    return _BREAK.sub(lambda end: chance.choice([end[0]] * 8 + [b"\n", b"\r\n", b"\r\n ", b""]), message)


MUTATIONS: tuple[Mutation, ...] = (
    *(truncated, with_other_octets, with_a_line, with_a_line, with_a_delimiter, with_lines_moved, with_lines_moved),
    *(with_much_of_something, with_another_value, with_another_value, with_an_encoded_word, with_an_encoded_body),
    *(within_another, with_other_line_ends),
)


def _uuencoded(octets: bytes) -> bytes:
    rows = (binascii.b2a_uu(octets[at : at + 45]) for at in range(0, len(octets), 45))
    return b"begin 644 a.bin\n" + b"".join(rows) + b"`\nend\n"


def _yencoded(octets: bytes) -> bytes:
    code = bytes((octet + 42) % 256 for octet in octets)
    for escaped in (b"=", b"\0", b"\n", b"\r"):
        code = code.replace(escaped, b"=" + bytes([(escaped[0] + 64) % 256]))
    return b"=ybegin line=128 size=%d name=a\n%s\n=yend size=%d\n" % (len(octets), code, len(octets))


_ENCODERS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"base64", base64.encodebytes),
    (b"quoted-printable", quopri.encodestring),
    (b"x-uuencode", _uuencoded),
    (b"x-yenc", _yencoded),
)


def _charset(chance: Random) -> bytes:
    return chance.choice(CHARSETS)


def _encoding(chance: Random) -> bytes:
    return chance.choice(ENCODINGS)


def _type(chance: Random) -> bytes:
    return chance.choice(TYPES)


def _newline(message: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in message[:2_000] else b"\n"


def _inserted(message: bytes, octets: bytes, chance: Random) -> bytes:
    at = _cut(message, chance)
    return message[:at] + octets + message[at:]


def _cut(message: bytes, chance: Random) -> int:
    """Mostly the end of a line."""
    at = chance.randrange(len(message) + 1)
    return message.find(b"\n", at) + 1 or len(message) if chance.random() < 0.85 else at
