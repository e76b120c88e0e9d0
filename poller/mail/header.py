"""Octets -> Header: the one splitter that feeds every parser, so that no two of them can disagree (RFC 5322, 2.2)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from poller.mail.message import Field, Header, Octets

MAX_HEADER = 1_000_000
"""Octets up to the blank line; the largest of 9,000 real headers was far below 100 kB."""

MAX_FIELDS = 1_000
"""Fields; a message that went round a loop for a day has some hundreds."""

MAX_FIELD = 256_000
"""Octets in a field; room for some thousand recipients."""

SINGLETONS = (
    "from",
    "sender",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "in-reply-to",
    "references",
)
"""Fields that may stand once only (RFC 5322, 3.6): of two, one reader shows the first and another the last."""

_MAX_KNOWN = 100  # octets of a name that is kept in mind
_END = re.compile(rb"\n\r?\n")
_FIELD_END = re.compile(rb"\n(?![ \t])")
_FIELD = re.compile(rb"([!-9;-~]+):")
_NAME = re.compile(rb"([!-9;-~]+)[ \t]*")
_LOST_FOLD = re.compile(rb";\r?\n(?=[!-9;<>-~]+=)")
_BLANK_FOLD = re.compile(rb"\n[ \t]+\r?(?:\n|\Z)")


def split_header(source: Octets) -> Header:
    """Octets of a message -> its fields; `malformed` says why not to trust them, and then they are what could be read.

    Lines that end with LF throughout are read as if they ended with CRLF.
    """
    offset = _body_offset(source)
    octets = bytes(source[: min(offset, MAX_HEADER)])
    bare_lf = b"\r" not in octets
    lines = (octets.replace(b"\n", b"\r\n") if bare_lf else octets).rstrip(b"\r\n")
    pieces = _FIELD_END.split(lines, maxsplit=MAX_FIELDS) if lines else []
    problem = _octet_problem(octets, whole=offset <= MAX_HEADER) or _line_problem(lines) or _field_problem(pieces)
    return Header(fields=_fields(pieces), body_offset=offset, malformed=problem)


def fields_of(octets: bytes) -> tuple[Field, ...]:
    """The header of a body part -> its fields, leniently: a part's header decides nothing but how it is shown."""
    lines = _LOST_FOLD.sub(rb"\g<0> ", octets.rstrip(b"\r\n"))
    return _fields(_FIELD_END.split(lines, maxsplit=MAX_FIELDS)) if lines else ()


def singleton_problem(header: Header) -> str | None:
    """A header -> why its author or content is ambiguous: no From, or a field doubled that may stand once only."""
    counts = dict.fromkeys(SINGLETONS, 0)
    for field in header.fields:
        if field.name in counts:
            counts[field.name] += 1
    doubled = next((name for name, count in counts.items() if count > 1), None)
    if doubled:
        return f"The field {doubled.title()} stands {counts[doubled]} times in the header."
    return None if counts["from"] else "The header has no From field."


def unfolded(value: bytes) -> bytes:
    """A raw field value -> one line: the line breaks go, the blanks after them stay (RFC 5322, 2.2.3)."""
    return value.replace(b"\r\n", b"").replace(b"\n", b"") if b"\n" in value else value


def _body_offset(source: Octets) -> int:
    if source[:1] == b"\n":
        return 1
    if source[:2] == b"\r\n":
        return 2
    blank = _END.search(source, 0, MAX_HEADER)
    return blank.end() if blank else len(source)


def _fields(pieces: list[bytes]) -> tuple[Field, ...]:
    return tuple([field for piece in pieces[:MAX_FIELDS] if (field := _field(piece))])


def _field(piece: bytes) -> Field | None:
    label, colon, value = piece.partition(b":")
    name = _name_of(label) if colon and len(label) <= _MAX_KNOWN else _read_name(label) if colon else None
    if not name:
        return None
    return Field(name=name.name, label=name.label, value=value[:MAX_FIELD].rstrip(b"\r"))


class _Name(NamedTuple):
    name: str
    label: bytes


def _read_name(label: bytes) -> _Name | None:
    """What stands before the colon -> the name, leniently."""
    name = _NAME.fullmatch(label)
    return _Name(name[1].decode("ascii").lower(), name[1]) if name else None


_name_of = lru_cache(maxsize=512)(_read_name)


def _octet_problem(octets: bytes, *, whole: bool) -> str | None:
    if not whole:
        return f"The header is larger than {MAX_HEADER:,} octets."
    if b"\0" in octets:
        return "A NUL stands in the header."
    breaks = octets.count(b"\r\n")
    if b"\r" in octets and (octets.count(b"\r") != breaks or octets.count(b"\n") != breaks):
        return "A bare CR or LF stands in the header."
    return None


def _line_problem(lines: bytes) -> str | None:
    if lines.startswith((b" ", b"\t")):
        return "The header starts with a continuation line."
    if _BLANK_FOLD.search(lines):
        return "A folded line of the header is blank."
    return None


def _field_problem(pieces: list[bytes]) -> str | None:
    if len(pieces) > MAX_FIELDS:
        return f"The header has more than {MAX_FIELDS:,} fields."
    for number, piece in enumerate(pieces, 1):
        if not _FIELD.match(piece):
            return f"Line {number} of the header, folds not counted, is not a field."
        if len(piece) > MAX_FIELD:
            return f"A field of the header is larger than {MAX_FIELD:,} octets."
    return None
