"""A body and its header -> the leaves of its MIME tree, in order (RFC 2046, 5.1).

Each multipart is cut at its own boundary within its parent's limits, outermost first, so that a part that never closes
ends where its parent goes on. No recursion; each level is scanned once, by the regular-expression engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from poller.mail.coding.octets import find_line, matches
from poller.mail.fields.parameters import Parameters, parse_parameters
from poller.mail.fields.words import decoded
from poller.mail.header import MAX_HEADER, fields_of
from poller.mail.message import Field, Octets

MAX_PARTS = 1_000
"""Parts of a message; real ones have some dozens. What follows the last is kept as one leaf."""

MAX_DEPTH = 50
"""Multiparts inside each other; replies with attached replies reach five. What lies deeper is kept as one leaf."""

MAX_BOUNDARY = 200
"""Characters of a boundary; RFC 2046 allows 70."""

MAX_HEADERS = 1_000_000
"""Octets of the headers of all parts together; what follows them is kept as one leaf."""

MAX_DELIMITERS = 10_000
"""Delimiters of one multipart that are looked at: more of them than parts close what is closed."""

MAX_LOOKED_AT = 1_000
"""Delimiters, and lines that start like them, that are looked for one by one; further ones cost a pattern."""

MAX_BLANKS = 1_000
"""Blanks behind a delimiter."""

SCAN_FACTOR = 10
"""How often in all, and at least 10 MB, the octets may be scanned for boundaries: a bound for hostile nesting only."""

# A parameter may stand at the beginning of a line whose fold was lost.
_ENTITY_HEADER = re.compile(
    rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n|\Z)(?:(?:[ \t]|(?:(?<=;\n)|(?<=;\r\n))[!-9;<>-~]+=)[^\n]*+(?:\n|\Z))*)*"
)
_DELIMITER_END = re.compile(rb"(--)?[ \t]{0,%d}+(?=\r?\n|\r?\Z)" % MAX_BLANKS)
_BREAK = re.compile(rb"\r?\n")
_OCTETS = Parameters(value="application/octet-stream", named={})
_ATTACHED = Parameters(value="attachment", named={})
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A leaf: where its encoded octets lie, and what its header says about them.

    `alternative` numbers the multipart/alternative that it is a rendering in; `related` that it belongs to a page.
    """

    start: int
    end: int
    content_type: Parameters
    disposition: Parameters
    encoding: str
    content_id: str
    content_location: str
    description: str
    alternative: int | None = None
    related: bool = False
    root: bool = False


@dataclass(slots=True, kw_only=True)
class Structure:
    """`headers` are the octets of its parts' headers that were read."""

    parts: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    headers: int = 0

    @property
    def full(self) -> bool:
        return self.headers > MAX_HEADERS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entity:
    part: Part
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    start: int
    end: int
    whole: bool = True


class _Delimiter(NamedTuple):
    start: int
    end: int
    closing: bool


def parts_of(source: Octets, fields: tuple[Field, ...], body: int) -> Structure:
    """A message's octets, the fields of its header and the offset of its body -> its leaves; nothing is left out."""
    found = Structure()
    count, budget = 1, SCAN_FACTOR * max(len(source) - body, 1_000_000)
    waiting = [_Entity(part=_part(fields, _Piece(start=body, end=len(source)), "text/plain", None), depth=0)]
    while waiting:
        entity = waiting.pop()
        if not _is_multipart(entity.part):
            found.parts.append(entity.part)
            continue
        budget -= entity.part.end - entity.part.start
        if entity.depth >= MAX_DEPTH or count >= MAX_PARTS or budget < 0 or found.full:
            found.parts.append(_kept_whole(entity.part, found.defects))
            continue
        children = list(_children(source, entity, MAX_PARTS - count, found))
        count += len(children)
        waiting += reversed(children)
        if not children:
            found.parts.append(_read_as_text(entity.part, found.defects))
    return found


def _is_multipart(part: Part) -> bool:
    return part.content_type.value.startswith("multipart/")


def _boundary(part: Part) -> str:
    return part.content_type.named.get("boundary", "").rstrip()


def _kept_whole(part: Part, defects: list[str]) -> Part:
    defects.append("The message has too many parts or levels; the rest is kept as one file.")
    return replace(part, content_type=_OCTETS, disposition=_ATTACHED, encoding="binary", root=False)


def _read_as_text(part: Part, defects: list[str]) -> Part:
    defects.append(f"A {part.content_type.value} part has no usable boundary and is read as text.")
    return replace(part, content_type=Parameters(value="text/plain", named=part.content_type.named))


def _children(source: Octets, parent: _Entity, limit: int, found: Structure) -> Iterator[_Entity]:
    above = parent.part
    for count, piece in enumerate(_pieces(source, parent.part, found.defects), 1):
        if count == limit or found.full:
            rest = _part((), _Piece(start=piece.start, end=parent.part.end), "text/plain", above)
            yield _Entity(part=_kept_whole(rest, found.defects), depth=MAX_DEPTH)
            return
        header = _ENTITY_HEADER.match(source, piece.start, min(piece.end, piece.start + MAX_HEADER))
        after = header.end() if header else piece.start
        found.headers += after - piece.start
        blank = _BREAK.match(source, after, piece.end)
        fields = fields_of(bytes(source[piece.start : after]))
        body = _Piece(start=blank.end() if blank else after, end=piece.end)
        default = "message/rfc822" if parent.part.content_type.value == "multipart/digest" else "text/plain"
        child = _part(fields, body, default, above)
        if _is_multipart(child) and _boundary(child) == _boundary(parent.part):
            above = child  # its parts carry its parent's boundary, so they come as the parent's next parts
        else:
            yield _Entity(part=child, depth=parent.depth + 1)


def _pieces(source: Octets, part: Part, defects: list[str]) -> Iterator[_Piece]:
    """What stands between two delimiters. After a closing one nothing counts until the next one opens."""
    boundary = _boundary(part)
    if not 0 < len(boundary) <= MAX_BOUNDARY:
        return
    start: int | None = None
    found = _delimiters(source, b"\n--" + boundary.encode("utf-8"), max(part.start - 1, 0), part.end)
    for delimiter in islice(found, MAX_DELIMITERS):
        end = delimiter.start - (source[delimiter.start - 1 : delimiter.start] == b"\r")
        if start is not None:
            yield _Piece(start=min(start, end), end=end)
        line_end = _BREAK.match(source, delimiter.end, part.end)
        after = line_end.end() if line_end else part.end
        start = None if delimiter.closing else after
    if start is not None:
        defects.append("A multipart is not closed; the message may have been cut off.")
        yield _Piece(start=start, end=part.end)


def _delimiters(source: Octets, mark: bytes, position: int, end: int) -> Iterator[_Delimiter]:
    """To make a pattern for a boundary takes longer than to go through most messages."""
    for _ in range(MAX_LOOKED_AT):
        start = find_line(source, mark, position, end)
        if start < 0:
            return
        found = _DELIMITER_END.match(source, start + len(mark), end)
        position = found.end() if found else start + 1
        if found:
            yield _Delimiter(start=start, end=position, closing=found[1] is not None)
    pattern = re.compile(re.escape(mark) + _DELIMITER_END.pattern)
    for match in matches(pattern, source, position, end, longest=2 * MAX_BLANKS):
        yield _Delimiter(start=match.start(), end=match.end(), closing=match[1] is not None)


def _mended_type(content_type: Parameters, default: str) -> str:
    """`application/pdf/.pdf` is `application/pdf`; a type that says nothing is the default one, or that of a file."""
    if start := _TYPE.match(content_type.value):
        return start[0]
    if content_type.value.startswith("multipart"):
        return "multipart/mixed"
    is_file = content_type.named.get("name") and not content_type.value.startswith("text")
    return _OCTETS.value if is_file else default


def _part(fields: tuple[Field, ...], piece: _Piece, default_type: str, parent: Part | None) -> Part:
    first = {entry.name: entry.value for entry in reversed(fields)}
    content_type = parse_parameters(first.get("content-type") or default_type.encode("ascii"))
    if not _TYPE.fullmatch(content_type.value):
        content_type = Parameters(value=_mended_type(content_type, default_type), named=content_type.named)
    above = parent.content_type.value if parent else ""
    return Part(
        start=piece.start,
        end=piece.end,
        content_type=content_type,
        disposition=parse_parameters(first.get("content-disposition")),
        encoding=parse_parameters(first.get("content-transfer-encoding")).value.strip('"'),
        content_id=decoded(first.get("content-id", b"")).strip("<> ").lower(),
        content_location="".join(decoded(first.get("content-location", b"")).split()).lower(),
        description=decoded(first.get("content-description", b"")),
        alternative=_alternative(parent),
        related=above == "multipart/related" or bool(parent and parent.related),
        root=parent is None,
    )


def _alternative(parent: Part | None) -> int | None:
    if parent and parent.alternative is None and parent.content_type.value == "multipart/alternative":
        return parent.start
    return parent.alternative if parent else None
