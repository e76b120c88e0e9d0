"""What hostile messages are made of: Anna's mail to project 1001, with one thing in it that is too much."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable, Iterable
from dataclasses import dataclass

CRLF = b"\r\n"
_HEADER = (
    b"X-Original-To: 1001.mycompany@in.example.com",
    b"From: Anna Aalto <anna@acme.fi>",
    b"To: Carl <carl@globex.example>",
    b"Subject: Hostile",
    b"Message-ID: <hostile@acme.fi>",
    b"Date: Mon, 02 Mar 2026 12:00:00 +0000",
    b"MIME-Version: 1.0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`make(count)` is the message; `count` is how often it repeats what is too much when it is at full size."""

    name: str
    count: int
    make: Callable[[int], bytes]


def kinds(*table: tuple[str, int, Callable[[int], bytes]]) -> tuple[Kind, ...]:
    return tuple(Kind(name=name, count=count, make=make) for name, count, make in table)


def letter(*lines: bytes, body: bytes = b"Text.\r\n") -> bytes:
    """A line of the header takes the place of the usual one of that name."""
    given = {line.partition(b":")[0].lower() for line in lines}
    usual = (line for line in _HEADER if line.partition(b":")[0].lower() not in given)
    return CRLF.join((*usual, *lines, b"", body))


def typed(content_type: bytes, body: bytes, *lines: bytes) -> bytes:
    return letter(b"Content-Type: " + content_type, *lines, body=body)


def page(html: bytes) -> bytes:
    return typed(b"text/html; charset=utf-8", html)


def plain(text: bytes) -> bytes:
    return typed(b"text/plain; charset=utf-8", text)


def part(content_type: bytes, body: bytes = b"", *lines: bytes) -> bytes:
    return CRLF.join((b"Content-Type: " + content_type, *lines, b"", body))


def attached(name: bytes, octets: bytes, content_type: bytes = b"application/octet-stream") -> bytes:
    disposition = b'Content-Disposition: attachment; filename="' + name + b'"'
    return part(content_type, in_base64(octets), disposition, b"Content-Transfer-Encoding: base64")


def multipart(parts: Iterable[bytes], boundary: bytes = b"b", subtype: bytes = b"mixed") -> bytes:
    body = b"".join(b"--" + boundary + CRLF + one + CRLF for one in parts)
    return typed(b"multipart/" + subtype + b'; boundary="' + boundary + b'"', body + b"--" + boundary + b"--\r\n")


def with_text(*parts: bytes) -> bytes:
    return multipart((part(b"text/plain", b"See what is attached."), *parts))


def in_base64(octets: bytes) -> bytes:
    return encodebytes(octets).replace(b"\n", CRLF)


def in_quoted_printable(octets: bytes) -> bytes:
    """Every octet as an escape: three times as much, in lines of 75."""
    line = 25
    coded = octets.hex("=", 1).upper().encode()
    width = 3 * line
    return b"=\r\n".join(b"=" + coded[at : at + width - 1] for at in range(0, len(coded), width))
