"""Octets as sent -> octets as meant: the content transfer encodings (RFC 2045, 6), leniently and piece by piece."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import pybase64

from poller.mail.coding.octets import PIECE, pieces, release
from poller.mail.message import Octets

CHUNK = PIECE
"""Octets that are decoded at a time; a smaller part is decoded at once."""

MAX_UU_LINE = 1_000
"""Octets of a line of uuencode; it has 61 at most."""

MAX_CODED = 24_000_000
"""Octets of uuencode or yEnc; what is longer is kept as it was sent. Mail of that size is sent as base64."""

MAX_ODD_LINES = 20_000
"""Lines of uuencode that are not of the usual length, as the last one is; what follows is kept as it was sent."""

MAX_ODD_ESCAPES = 2_000
"""Escapes of a piece that no encoder needs; where there are more, it is damaged, and they are not read as escapes."""

MAX_PADDING = 1_000
"""Times that `=` is looked at in a piece of base64: more of it is junk."""

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_JUNK = bytes(set(range(256)) - set(_ALPHABET))
_UU_FULL = 60  # characters, of a line of 45 octets
_UU_BATCH = 10_000
_UU_AS_BASE64 = bytes(_ALPHABET[(octet - 32) % 64] for octet in range(256))
_YENC = bytes((octet - 42) % 256 for octet in range(256))
_YENC_ESCAPE = re.compile(rb"=(.)", re.DOTALL)
_YENC_ESCAPES = tuple((b"=" + bytes([octet + 64]), bytes([octet])) for octet in b"\0\n\r\t .")
_UU_NAMES = ("x-uuencode", "uuencode", "x-uue", "uue")
LINE_BY_LINE = (*_UU_NAMES, "x-yenc")
ENCODINGS = ("base64", "quoted-printable", *LINE_BY_LINE)
"""In all others the octets are sent as they are meant."""

_UU_BEGIN = re.compile(rb"begin(?:-base64)? [0-7]{3,4} ")


def decoded_chunks(source: Octets, start: int, end: int, encoding: str) -> Iterator[bytes]:
    """The octets from `start` to `end` -> what they encode, in chunks. `encoding` is lower-case; unknown is binary."""
    if encoding == "base64" and end - start <= CHUNK:
        return iter((base64_octets(bytes(source[start:end])),))
    if encoding == "base64":
        return _long_base64(source, start, end)
    octets = pieces(source, start, end, CHUNK)
    is_short = end - start <= MAX_CODED
    if encoding == "quoted-printable":
        return _quoted_printable(octets)
    if encoding in _UU_NAMES and is_short:
        return _uuencoded(octets)
    if encoding == "x-yenc" and is_short:
        return map(_yenc_octets, _without_split_escapes(octets))
    return octets


def base64_octets(octets: bytes) -> bytes:
    """Base64 -> octets. Junk is skipped, missing padding supplied, and padding ends it, whatever follows."""
    tidy = octets.rstrip(b"\r\n")
    padding = tidy.find(b"=")
    if padding < 0 or not tidy[padding:].strip(b"="):
        try:
            return pybase64.b64decode(tidy)
        except binascii.Error:
            pass  # padding is missing: the lenient way supplies it
    return b"".join(_base64([octets]))


def _long_base64(source: Octets, start: int, end: int) -> Iterator[bytes]:
    """Lines that are as usual are decoded where they lie; from the first that are not, it goes on leniently."""
    while end - start > CHUNK and (found := _whole_lines(source, start, start + CHUNK)):
        yield found.octets
        release(source)
        start = found.end
    if end - start <= CHUNK:
        yield base64_octets(bytes(source[start:end]))
    else:
        yield from _base64(pieces(source, start, end, CHUNK))


class _Lines(NamedTuple):
    octets: bytes
    end: int


def _whole_lines(source: Octets, start: int, end: int) -> _Lines | None:
    """The lines that end before `end`, decoded, if there is no padding in them and they are whole groups together."""
    last = source.rfind(b"\n", start, end) + 1
    if last - start < CHUNK // 2 or source.find(b"=", start, last) >= 0:
        return None
    try:
        with memoryview(source) as whole, whole[start:last] as lines:
            return _Lines(pybase64.b64decode(lines), last)
    except binascii.Error:
        return None


def _base64(sent: Iterable[bytes]) -> Iterator[bytes]:
    carry = b""
    for piece in sent:
        clean = carry + piece.translate(None, _JUNK)
        if b"=" in clean:
            clean, ended = _until_padding(clean)
            if ended:
                carry = clean
                break
        whole = len(clean) & ~3
        carry = clean[whole:]
        yield pybase64.b64decode(clean[:whole])
    if len(carry) % 4 == 1:
        carry = carry[:-1]
    yield pybase64.b64decode(carry + b"=" * (-len(carry) % 4))


def _until_padding(clean: bytes) -> tuple[bytes, bool]:
    """Base64 without the `=` that mean nothing, cut at the one that ends a group, if any."""
    *segments, rest = clean.split(b"=", MAX_PADDING)
    segments.append(rest.translate(None, b"="))  # where most octets go, ten times as fast as replace
    length = 0
    for count, segment in enumerate(segments[:-1], 1):
        length += len(segment)
        if length % 4 == 3 or (length % 4 == 2 and not segments[count]):  # noqa: PLR2004 - 4 characters are 3 octets
            return b"".join(segments[:count]), True
    return b"".join(segments), False


def _quoted_printable(sent: Iterable[bytes]) -> Iterator[bytes]:
    carry = b""
    for piece in sent:
        lines = carry + piece
        cut = lines.rfind(b"\n") + 1 or _before_escape(lines)
        carry = lines[cut:]
        yield binascii.a2b_qp(lines[:cut])
    yield binascii.a2b_qp(carry)


def _before_escape(line: bytes) -> int:
    at = line.rfind(b"=", -2)
    return at if at >= 0 else len(line)


def _uuencoded(sent: Iterable[bytes]) -> Iterator[bytes]:
    sent = iter(sent)
    reader, carry = _UuReader(), b""
    for piece in sent:
        *lines, carry = (carry + piece).split(b"\n")
        for number, line in enumerate(lines):
            yield from reader.take(line)
            if reader.ended:
                return
            if reader.odd > MAX_ODD_LINES:
                yield b"\n".join([*lines[number + 1 :], carry])
                yield from sent
                return
        carry = carry[:MAX_UU_LINE]
    yield from reader.take(carry)
    yield reader.flushed()


@dataclass(slots=True, kw_only=True)
class _UuReader:
    """Lines -> octets; full lines are collected. `odd` counts the others, those before the beginning among them."""

    begun: bool = False
    ended: bool = False
    odd: int = 0
    _full: list[bytes] = field(default_factory=list)

    def take(self, line: bytes) -> Iterator[bytes]:
        if self.begun and line[:1] == b"M" and len(line.rstrip(b"\r")) > _UU_FULL and len(self._full) < _UU_BATCH:
            self._full.append(line[1 : 1 + _UU_FULL])
            return
        self.odd += 1
        if not self.begun:
            self.begun = bool(_UU_BEGIN.match(line))
            return
        yield self.flushed()
        self.ended = line.rstrip() == b"end"
        if not self.ended:
            yield _uu_line(line.rstrip(b"\r\n"))

    def flushed(self) -> bytes:
        octets = _full_uu_lines(self._full)
        self._full.clear()
        return octets


def _full_uu_lines(lines: list[bytes]) -> bytes:
    """Lines of the usual length are Base64 in another alphabet; that is decoded ten times as fast."""
    return pybase64.b64decode(b"".join(lines).translate(_UU_AS_BASE64)) if lines else b""


def _uu_line(line: bytes) -> bytes:
    if not line:
        return b""
    length = (line[0] - 32) & 63
    body = line[1 : 1 + (length + 2) // 3 * 4]
    try:
        return binascii.a2b_uu(line[:1] + body)
    except binascii.Error:
        return b""


def _without_split_escapes(sent: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of yEnc -> the same without line breaks, none of which ends within an escape."""
    carry = b""
    for piece in sent:
        code = carry + piece.translate(None, b"\r\n")
        carry = b"=" if code.endswith(b"=") else b""
        yield code.removesuffix(b"=")


def _yenc_octets(code: bytes) -> bytes:
    """The escapes that encoders need, and those that some add, are replaced all at once; odd ones one by one."""
    if code.count(b"=") != code.count(b"=}"):
        for escape, octet in _YENC_ESCAPES:
            code = code.replace(escape, octet)
    if code.count(b"=") == code.count(b"=}"):
        code = code.replace(b"=}", b"=")
    elif code.count(b"=") <= MAX_ODD_ESCAPES:
        code = _YENC_ESCAPE.sub(lambda escape: bytes([(escape[1][0] - 64) % 256]), code)
    return code.translate(_YENC)
