"""The octets of a calendar -> its components as lines, whatever is broken around them (RFC 5545, 3.1). In the child.

A library that is given the whole fails for one bad line, and takes as long as there is something to read. It is given
line after line instead, those alone that say who, when and where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from poller.child.calendar_bounds import MAX_ATTENDEES
from poller.mail.coding.charsets import codec_of, decode

MAX_LINE = 10_000
"""Characters of an unfolded line that are read; a longer one is cut, which only descriptions need to be."""

MAX_LINES = 100_000
"""Unfolded lines of a calendar of which any is read; a year of somebody's calendar has ten thousand."""

MAX_DEPTH = 20
"""Components inside each other; an event's alarm is at the third."""

_WANTED = (
    *("BEGIN", "END", "METHOD", "UID", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "ORGANIZER", "ATTENDEE"),
    *("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "TZID", "TZOFFSETFROM", "TZOFFSETTO"),
)
_LINE = re.compile(rf"^({'|'.join(_WANTED)})[ \t]*([;:][^\n]*)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One BEGIN, with the lines that are its own, the first of each name; `within` is what it stands in."""

    name: str
    within: Component | None
    lines: dict[str, str] = field(default_factory=dict)
    attendees: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Lines:
    """`components` in the order in which they begin; `size` are the characters in them; `cut`: there is more."""

    components: list[Component] = field(default_factory=list)
    size: int = 0
    cut: bool = False


def lines_in(octets: bytes, charset: str, room: int) -> Lines:
    """The octets of a calendar, the charset that they are said to be in -> up to `room` characters of its lines."""
    found, stack = Lines(), list[Component]()
    text = _text(octets, charset)
    if text.count("\n") > MAX_LINES:
        return Lines(cut=True)
    for match in _LINE.finditer(text):
        name, rest = match[1].upper(), match[2][:MAX_LINE]
        if name == "BEGIN":
            _close(stack, rest)  # none stands in its own kind: the end of that was left out
            stack.append(Component(name=_value(rest), within=stack[-1] if stack else None))
            found.components.append(stack[-1])
        elif name == "END":
            _close(stack, rest)
        elif stack and not _add(stack[-1], name, name + rest, found):
            continue
        found.size += len(name) + len(rest)
        if found.size > room or len(stack) > MAX_DEPTH:
            found.cut = True
            break
    return found


def _add(component: Component, name: str, line: str, found: Lines) -> bool:
    if name != "ATTENDEE":
        return component.lines.setdefault(name, line) is line
    if len(component.attendees) == MAX_ATTENDEES:
        found.cut = True
        return False
    component.attendees.append(line)
    return True


def _close(stack: list[Component], rest: str) -> None:
    name = _value(rest)
    open_at = next((at for at, component in enumerate(stack) if component.name == name), len(stack))
    del stack[open_at:]


def _value(rest: str) -> str:
    return rest[1:].strip().upper()


def _text(octets: bytes, charset: str) -> str:
    """Unfolded before it is decoded, as the standard has it: a fold may stand within a character."""
    if b"\0" in octets[:40]:
        charset, octets = "utf-8", _of_utf_16(octets)
    for line_end in (b"\r\r\n", b"\r\n", b"\r"):
        octets = octets.replace(line_end, b"\n")
    octets = octets.removeprefix(b"\xef\xbb\xbf").replace(b"\n ", b"").replace(b"\n\t", b"")
    codec = codec_of(charset) or ""
    if codec.startswith("utf_16"):
        charset = ""
    if codec.startswith("iso2022"):
        return decode(octets, charset)
    try:
        return octets.decode("utf-8")  # it nearly always is, whatever it is said to be
    except UnicodeDecodeError:
        return decode(octets, charset or None)


def _of_utf_16(octets: bytes) -> bytes:
    codec = "utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-be" if octets[0] == 0 else "utf-16-le"
    return octets.decode(codec, "replace").encode("utf-8", "replace")
