"""A Content-Type or Content-Disposition value -> its main value and parameters (RFC 2045, 5.1; RFC 2183; RFC 2231)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from poller.mail.coding.charsets import decode
from poller.mail.fields.words import decoded, decoded_words, one_line
from poller.mail.header import unfolded

MAX_PARAMETERS = 1_000
"""Parameters read from one field; RFC 2231 needs one for each 60 characters of a name."""

MAX_REMEMBERED = 500
"""Octets of a field that is kept in mind: most parts of all messages say one of a few things."""

_VALUE = re.compile(r"\s*+([^\s;(/]*+(?:\s*+/\s*+[^\s;(]*+)?)")
_PARAMETER = re.compile(
    r"""(?:;\s*+|(?<!\s)\s++)(?P<name>[^\s=;"]++(?:\s++\*)?)\s*+=\s*+
    (?:"(?P<quoted>(?:[^"\\]|\\.)*)(?:"(?P<after>[^\s;=][^;=]*+(?=;|\Z))?)?
    | (?P<bare>(?:[^;\s]|\s++(?![a-zA-Z][a-zA-Z0-9*-]*+=))*))""",
    re.VERBOSE | re.DOTALL,
)
"""Blanks may stand for a forgotten semicolon, and quotes and blanks within a value that nobody quoted."""

_SEGMENT = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*)?")
_ESCAPED = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """`value` in lower case without blanks; `named` by lower-case name, decoded, the first of equal names."""

    value: str
    named: Mapping[str, str]


_NONE = Parameters(value="", named={})


class _Segment(NamedTuple):
    """One piece of a parameter, its octets kept as Latin-1 characters; pieces are counted from 0 (RFC 2231, 3)."""

    number: int
    extended: bool
    octets: str


def parse_parameters(raw: bytes | None) -> Parameters:
    """A raw field value -> its main value and its parameters; never raises, junk between them is skipped."""
    if not raw:
        return _NONE
    return _remembered(raw) if len(raw) <= MAX_REMEMBERED else _parsed(raw)


def _parsed(raw: bytes) -> Parameters:
    text = unfolded(raw).decode("latin-1")
    segments: dict[str, list[_Segment]] = {}
    for name, segment in _segments(text):
        segments.setdefault(name, []).append(segment)
    value = _VALUE.match(text)
    main = "".join(value[1].split()).lower() if value else ""
    return Parameters(value=one_line(main), named={name: _joined(found) for name, found in segments.items()})


_remembered = lru_cache(maxsize=512)(_parsed)


def _segments(text: str) -> Iterator[tuple[str, _Segment]]:
    for count, match in enumerate(_PARAMETER.finditer(text)):
        if count >= MAX_PARAMETERS:
            return
        octets = _content(match)
        if form := _SEGMENT.fullmatch("".join(match["name"].lower().split())):
            number, extended = int(form[2] or 0), bool(form[3])
            # name* and name*0 stand before a plain name, which is there for readers that know neither
            yield form[1], _Segment(number=number if form[2] or extended else -1, extended=extended, octets=octets)


def _content(match: re.Match[str]) -> str:
    if match["quoted"] is None:
        bare = match["bare"].strip()
        return bare.rstrip('"') if bare.count('"') == 1 else bare
    if match["after"]:  # ""a".pdf" or "a".pdf: whoever wrote it put quotes around, but did not escape those within
        whole = f'"{match["quoted"]}"{match["after"].strip()}'
        return whole[1:-1] if whole.endswith('"') else whole
    return _ESCAPED.sub(r"\1", match["quoted"])


def _joined(segments: list[_Segment]) -> str:
    extended = {segment.number: segment for segment in reversed(segments)}
    first = 1 if min(extended) == 1 else 0  # where some mailers begin to count
    if first not in extended:
        return decoded(extended.get(-1, segments[0]).octets.encode("latin-1"))
    run = list(_run(extended, first))
    if not any(segment.extended for segment in run):
        return decoded("".join(segment.octets for segment in run).encode("latin-1"))
    return _extended_text(run)


def _run(segments: Mapping[int, _Segment], number: int) -> Iterator[_Segment]:
    while number in segments:
        yield segments[number]
        number += 1


def _extended_text(segments: list[_Segment]) -> str:
    """`utf-8'en'%C3%A4` and its continuations, percent-encoded or not, -> text in the first one's charset."""
    charset, quote, rest = segments[0].octets.partition("'")
    first = rest.partition("'")[2] if quote and "'" in rest else segments[0].octets
    octets = [
        unquote_to_bytes(text.encode("latin-1")) if segment.extended else text.encode("latin-1")
        for segment, text in zip(segments, [first, *(s.octets for s in segments[1:])], strict=True)
    ]
    return one_line(decoded_words(decode(b"".join(octets), charset if quote else None)))
