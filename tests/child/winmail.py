"""TNEF written for tests (MS-OXTNEF): attributes behind each other, MAPI properties within two of them."""

from __future__ import annotations

import struct

from poller.child.tnef import SIGNATURE

MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")
STRING, WIDE, OBJECT, BINARY, LONG, TIME = 0x1E, 0x1F, 0x0D, 0x102, 3, 0x40
HEAD = SIGNATURE + b"\1\0"


def attribute(tag, data=b"", *, level=2, length=None):
    size = len(data) if length is None else length
    return struct.pack("<BHHI", level, tag, 6, size) + data + struct.pack("<H", sum(data) & 0xFFFF)


def codepage(number):
    return attribute(0x9007, struct.pack("<II", number, 0), level=1)


def properties(*known, count=None):
    """Of (tag, type, value)."""
    head = struct.pack("<I", len(known) if count is None else count)
    return head + b"".join(struct.pack("<HH", kind, tag) + _value(kind, value) for tag, kind, value in known)


def message(*known):
    return attribute(0x9003, properties(*known), level=1)


def attached(title=b"", data=b"", *known):
    octets = attribute(0x9002) + (attribute(0x8010, title + b"\0") if title else b"")
    octets += attribute(0x800F, data) if data else b""
    return octets + (attribute(0x9005, properties(*known)) if known else b"")


def embedded(inner):
    """A whole container as an attached message."""
    return attached(b"", b"", (0x3701, OBJECT, MESSAGE_ID + inner))


def _value(kind, value):
    if kind in (LONG, TIME):
        return struct.pack("<I" if kind == LONG else "<Q", value)
    return struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
