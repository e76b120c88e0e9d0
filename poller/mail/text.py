"""The leaves of a message -> its readable text, its HTML, and the leaves that are files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile

from poller.mail.attachments import file_name
from poller.mail.charsets import decode
from poller.mail.clearsigned import without_signatures
from poller.mail.embedded import MAX_FILES, Embedded, embedded_in, gaps
from poller.mail.flowed import unflowed
from poller.mail.html import html_to_text
from poller.mail.message import Octets
from poller.mail.quotes import quoted_from
from poller.mail.signatures import signature_from
from poller.mail.structure import Part
from poller.mail.transfer import ENCODINGS, decoded_chunks
from poller.mail.words import clean_text

MAX_TEXT = 2_000_000
"""Octets of plain text that are read, of all parts together; a longer part is kept as a file, too."""

MAX_HTML = 4_000_000
"""Octets of HTML that are read; pages with pictures inside them reach some megabytes."""

_TOO_LONG = "A text is too long to be read to its end; the whole is kept as a file."
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,60})", re.IGNORECASE)
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_SAYS_SOMETHING = re.compile(rf"[^\s{_INVISIBLE}]")


@dataclass(slots=True, kw_only=True)
class Body:
    """`plain` and `html` as sent, decoded; `text` is the readable text of both; `files` are the other leaves.

    `embedded` are files within `plain`; they are not in `text`. `spent` are long leaves of which nothing is left beside
    those and the text: they are no files, but the message would be another one with other octets in them.
    """

    text: str = ""
    quoted_from: int | None = None
    signature_from: int | None = None
    plain: str = ""
    html: str | None = None
    files: list[Part] = field(default_factory=list)
    embedded: list[Embedded] = field(default_factory=list)
    spent: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Rendering:
    """One piece of the body in every form that it was sent in: the leaves of one multipart/alternative, or a leaf."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


def read_body(source: Octets, parts: list[Part]) -> Body:
    """A message's octets and its leaves -> its body; a leaf that is not body is among the files."""
    body = Body()
    renderings: dict[int, _Rendering] = {}
    room = {"plain": MAX_TEXT, "html": MAX_HTML}
    plains: list[str] = []
    htmls: list[str] = []
    for part in parts:
        if not (form := _form(part)):
            body.files += [] if _is_spare_rendering(part) else [part]
            continue
        octets = _octets(source, part, room[form], body)
        room[form] -= len(octets)
        text = _decoded(octets, part)
        rendering = renderings.setdefault(part.start if part.alternative is None else part.alternative, _Rendering())
        (htmls if form == "html" else plains).append(text)
        if form == "plain" and (outside := _outside_files(source, part, octets, body)) is not None:
            text = _decoded(outside, part)
        (rendering.html if form == "html" else rendering.plain).append(_unwrapped(text, part))
    body.plain, body.html = "\n".join(plains), "\n".join(htmls) if htmls else None
    body.text = "\n\n".join(filter(None, map(_readable, renderings.values())))
    body.quoted_from = quoted_from(body.text)
    body.signature_from = signature_from(body.text, body.quoted_from)
    return body


def _form(part: Part) -> str | None:
    """`plain` or `html` for a leaf that is body, None for a file: what has a name or wants to be saved is a file."""
    kind = part.content_type.value
    if part.disposition.value == "attachment" or (file_name(part) and not part.root):
        return None
    if kind == "text/html":
        return "html"
    return (
        "plain"
        if kind == "text/plain" or (part.root and kind.startswith("text/") and kind != "text/calendar")
        else None
    )


def _is_spare_rendering(part: Part) -> bool:
    """AMP, enriched text and the like beside the text and HTML of an alternative say the same once more."""
    kind = part.content_type.value
    named = file_name(part) or part.disposition.value == "attachment"
    return part.alternative is not None and kind.startswith("text/") and kind != "text/calendar" and not named


def _octets(source: Octets, part: Part, room: int, body: Body) -> bytes:
    """The decoded octets of a body leaf, as far as there is room; what has none left becomes a file, too."""
    octets = bytearray()
    enough = takewhile(lambda _: len(octets) <= room, decoded_chunks(source, part.start, part.end, part.encoding))
    for chunk in enough:
        octets += chunk
    if len(octets) > room:
        body.files.append(part)
        body.defects.append(_TOO_LONG)
    return bytes(octets[:room])


def _outside_files(source: Octets, part: Part, octets: bytes, body: Body) -> bytes | None:
    """The octets of a text without the files in it, if there are any."""
    is_coded = part.encoding in ENCODINGS
    holder, start, end = (octets, 0, len(octets)) if is_coded else (source, part.start, part.end)
    blocks = embedded_in(holder, start, end)[: MAX_FILES - len(body.embedded)]
    if not blocks:
        return None
    body.embedded += blocks
    outside = end - start - sum(block.end - block.start for block in blocks)
    if part in body.files and outside <= len(octets) and not is_coded:
        body.files.remove(part)
        body.defects.remove(_TOO_LONG)
        body.spent.append(part)
    return gaps(holder, start, end, blocks, len(octets))


def _decoded(octets: bytes, part: Part) -> str:
    charset = part.content_type.named.get("charset")
    if not charset and part.content_type.value == "text/html":
        meta = _META_CHARSET.search(octets, 0, 2_000)
        charset = meta[1].decode("ascii", "replace") if meta else None
    return clean_text(decode(octets, charset))


def _unwrapped(text: str, part: Part) -> str:
    text = without_signatures(text)
    named = part.content_type.named
    flowed = named.get("format", "").lower() == "flowed"
    return unflowed(text, delete_space=named.get("delsp", "").lower() == "yes") if flowed else text


def _readable(rendering: _Rendering) -> str:
    plain = "\n".join(rendering.plain).strip("\n").rstrip()
    if _SAYS_SOMETHING.search(plain) or not rendering.html:
        return plain
    return clean_text(html_to_text("\n".join(rendering.html)))
