"""winmail.dat -> the files and the body in it (MS-OXTNEF). Runs in the child.

The outer level, of attributes behind each other, is walked here: tnefparse copies the rest for each of them, and fails
as a whole where one that nobody needs is malformed. What is inside, MAPI properties, is read by tnefparse.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from tnefparse.mapi import IMESSAGE_SIG, TNEFMAPI_Attribute, decode_mapi

from poller.child.rtf import rtf_text
from poller.mail.coding.charsets import decode

SIGNATURE = b"\x78\x9f\x3e\x22"

MAX_ATTRIBUTES = 20_000
"""Attributes of one container; each file has six."""

MAX_PROPERTIES = 10_000
"""MAPI properties of one attribute; real ones have a hundred."""

MAX_FILES = 1_000

_BODY, _SUBJECT, _DATE_SENT = 0x800C, 0x8004, 0x8005
_DATA, _TITLE = 0x800F, 0x8010
_RENDERING, _PROPERTIES, _ATTACHMENT, _CODEPAGE = 0x9002, 0x9003, 0x9005, 0x9007
_OBJECT_ID = 16
_UNICODE = 0x001F
_OF_MICROSOFT = b"\xc0\x00\x00\x00\x00\x00\x00\x46"
_CODEPAGES = {20127: "ascii", 20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp", 51932: "euc-jp", 51949: "euc-kr"}
_CODEPAGES |= {65000: "utf-7", 65001: "utf-8", 54936: "gb18030", **{28590 + n: f"iso-8859-{n}" for n in range(1, 17)}}


class Tag(IntEnum):
    """MAPI properties (MS-OXPROPS), by the names that MAPI gives them."""

    SUBJECT = 0x0037
    CLIENT_SUBMIT_TIME = 0x0039
    SENT_REPRESENTING_NAME = 0x0042
    SENT_REPRESENTING_EMAIL_ADDRESS = 0x0065
    SENDER_NAME = 0x0C1A
    SENDER_EMAIL_ADDRESS = 0x0C1F
    DISPLAY_CC = 0x0E03
    DISPLAY_TO = 0x0E04
    MESSAGE_DELIVERY_TIME = 0x0E06
    BODY = 0x1000
    RTF_COMPRESSED = 0x1009
    BODY_HTML = 0x1013
    SMTP_MESSAGE_ID = 0x1035
    DISPLAY_NAME = 0x3001
    ATTACH_DATA_OBJ = 0x3701
    ATTACH_FILENAME = 0x3704
    ATTACH_LONG_FILENAME = 0x3707
    ATTACH_MIME_TAG = 0x370E
    ATTACH_CONTENT_ID = 0x3712
    INTERNET_CODEPAGE = 0x3FDE
    SENDER_SMTP_ADDRESS = 0x5D01


Properties = dict[int, TNEFMAPI_Attribute]


@dataclass(slots=True, kw_only=True)
class Attached:
    title: str = ""
    data: bytes | memoryview = b""
    properties: Properties = field(default_factory=dict)
    complete: bool = True


@dataclass(slots=True, kw_only=True)
class Container:
    """A message in TNEF. `damaged`: it ends before its attributes do, or there are more than are read."""

    codepage: str = "cp1252"
    body: str = ""
    subject: str = ""
    properties: Properties = field(default_factory=dict)
    attached: list[Attached] = field(default_factory=list)
    damaged: bool = False

    def text_of(self, properties: Properties, *tags: int) -> str:
        """The first of the properties that is text, and not empty."""
        return next(filter(None, (text_in(properties.get(tag), self.codepage) for tag in tags)), "")

    @property
    def text(self) -> str:
        return self.body or self.text_of(self.properties, Tag.BODY)

    @property
    def html(self) -> str:
        page = self.properties.get(Tag.INTERNET_CODEPAGE)
        charset = _charset(struct.unpack("<I", page.raw_data)[0]) if page and len(page.raw_data) == 4 else self.codepage  # noqa: PLR2004
        return text_in(self.properties.get(Tag.BODY_HTML), charset)

    @property
    def rtf(self) -> str | None:
        """None where it cannot be read."""
        octets = _octets(self.properties.get(Tag.RTF_COMPRESSED))
        return rtf_text(octets) if octets else ""


class _Read(NamedTuple):
    found: Properties
    complete: bool


class _Attribute(NamedTuple):
    tag: int
    data: memoryview


def read_container(octets: bytes | memoryview) -> Container:
    """Raises ValueError for what does not begin as TNEF, or holds too many files."""
    if bytes(octets[:4]) != SIGNATURE:
        raise ValueError("it is not TNEF")
    container = Container()
    for tag, data in _attributes(memoryview(octets), container):
        if tag == _RENDERING:
            if len(container.attached) >= MAX_FILES:
                raise ValueError(f"it holds more than {MAX_FILES:,} files")
            container.attached.append(Attached())
        elif tag in (_DATA, _TITLE, _ATTACHMENT):
            container.attached = container.attached or [Attached()]
            _take_of_attachment(container, container.attached[-1], tag, data)
        else:
            _take(container, tag, data)
    container.damaged |= any(not (one.data or one.complete) for one in container.attached)
    return container


def text_in(found: TNEFMAPI_Attribute | None, charset: str) -> str:
    """The library is told Latin-1, which is octets as characters: what they mean is known here."""
    if found is None or not isinstance(found.raw_data, list):
        return ""
    texts = (item if isinstance(item, str) else item.decode("latin-1") for item in found.raw_data)
    if found.attr_type == _UNICODE:
        return "".join(texts).rstrip("\0")
    return decode("".join(texts).encode("latin-1").rstrip(b"\0"), charset)


def _attributes(rest: memoryview, container: Container) -> Iterator[_Attribute]:
    """Level, tag, type, length, data, checksum, again and again. What is no level is junk after the end."""
    at = 6
    for _ in range(MAX_ATTRIBUTES):
        if len(rest) - at < 9 or rest[at] not in (1, 2):  # noqa: PLR2004
            return
        tag, _kind, length = struct.unpack_from("<HHI", rest, at + 1)
        yield _Attribute(tag, rest[at + 9 : at + 9 + length])
        at += 9 + length + 2
        if at - 2 > len(rest):
            container.damaged = True
            return
    container.damaged = True


def _take(container: Container, tag: int, data: memoryview) -> None:
    if tag == _CODEPAGE and len(data) >= 4:  # noqa: PLR2004
        container.codepage = _charset(struct.unpack_from("<I", data)[0])
    elif tag == _PROPERTIES:
        container.properties |= _properties(data).found
    elif tag == _BODY:
        container.body = _string(data, container)
    elif tag == _SUBJECT:
        container.subject = _string(data, container)


def _take_of_attachment(container: Container, attached: Attached, tag: int, data: memoryview) -> None:
    if tag == _DATA:
        attached.data = data
    elif tag == _TITLE:
        attached.title = _string(data, container)
    else:
        read = _properties(data)
        attached.properties |= read.found
        attached.complete &= read.complete


def object_in(attached: Attached) -> tuple[bytes, bool]:
    """The attached object's octets, and whether they are a message: those of an object begin with what it is."""
    octets = _octets(attached.properties.get(Tag.ATTACH_DATA_OBJ))
    if octets[8:_OBJECT_ID] != _OF_MICROSOFT:
        return octets, False
    return octets[_OBJECT_ID:], octets.startswith(IMESSAGE_SIG)


def _octets(found: TNEFMAPI_Attribute | None) -> bytes:
    """As they are: `data` of tnefparse has lost its trailing zeros."""
    if found is None or not isinstance(found.raw_data, list):
        return b""
    pieces = [piece for piece in found.raw_data if isinstance(piece, bytes)]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _properties(data: memoryview) -> _Read:
    """The library goes round as often as the first four octets say, and stops without a word at what it cannot read."""
    if len(data) < 4:  # noqa: PLR2004
        return _Read({}, complete=not data)
    count = min(struct.unpack_from("<I", data)[0], MAX_PROPERTIES)
    octets = bytes(data)
    found = decode_mapi(struct.pack("<I", count) + octets[4:], "latin-1")
    for one in found:
        if one.name == Tag.ATTACH_DATA_OBJ:
            one.raw_data = [_unpadded(one, octets)]
    return _Read({one.name: one for one in found}, complete=len(found) >= count)


def _unpadded(found: TNEFMAPI_Attribute, octets: bytes) -> bytes:
    """The library leaves an object as long as its place, a multiple of four; its own length stands before it."""
    padded = _octets(found)
    beginning = struct.pack("<HHI", found.attr_type, found.name, 1)
    at = octets.find(beginning)
    while at >= 0 and not octets.startswith(padded, at + 12):
        at = octets.find(beginning, at + 1)
    length = struct.unpack_from("<I", octets, at + 8)[0] if at >= 0 else len(padded)
    return padded[:length] if 0 <= len(padded) - length < 4 else padded  # noqa: PLR2004


def _string(data: memoryview, container: Container) -> str:
    return decode(bytes(data).rstrip(b"\0"), container.codepage)


def _charset(codepage: int) -> str:
    return _CODEPAGES.get(codepage) or f"cp{codepage}"
