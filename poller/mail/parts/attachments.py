"""Leaves that are not the readable text -> attachments with safe, unique names, sizes and hashes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from html import unescape
from itertools import count, islice
from urllib.parse import unquote

from poller.mail.coding.transfer import CHUNK, LINE_BY_LINE, decoded_chunks
from poller.mail.fields.words import decoded
from poller.mail.message import Attachment, Octets
from poller.mail.parts.names import UniqueNames, default_name, safe_name
from poller.mail.parts.structure import Part

MAX_INNER_HEADER = 64_000
"""Octets of an attached message's header, in which its subject is sought."""

MAX_SUBJECT = 8_000
"""Octets of that subject; of a name there is less."""

MAX_REFERENCES = 10_000
"""Pictures that a page or a text shows."""

MAX_ODDLY_CODED = 20
"""Parts in uuencode or yEnc: a line of those takes a microsecond, and a message has a few. More are kept as sent."""

MAX_TYPE = 127
"""Characters of a content type (RFC 6838, 4.2)."""

_MESSAGES = ("message/rfc822", "message/global", "message/news")
_WRAPPED = {
    "application/applefile": ".applefile",
    "application/mac-binhex40": ".hqx",
    "application/x-binhex40": ".hqx",
    "application/x-mac-binhex40": ".hqx",
    "message/external-body": ".txt",
}
"""They bear the name of a file that they are not: its resources, its code, or where it lies."""

_ENCRYPTED = b"-----BEGIN PGP MESSAGE-----"
_SUBJECT = re.compile(rb"\nsubject[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*)", re.IGNORECASE)
_BLANK_LINE = re.compile(rb"\n\r?\n")
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg|heic)$", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_GENERAL = {"attachment", "audio", "delivery-status", "image", "message", "text", "video"}
# What is spelled out here IGNORECASE would find, too, in five times the time.
_REFERENCED = re.compile(r"[cC][iI\u0130\u0131][dD]:([^\"'\s<>)]{1,500})")
_REFERENCED_IN_TEXT = re.compile(r"\[cid:([^\s\]]{1,500})\]", re.IGNORECASE)
_LOCATED = re.compile(r"(?:\b(?:src|background)\s{0,9}=\s{0,9}|\burl\()[\"']?([^\"'\s<>)]{1,2000})", re.IGNORECASE)


def attachments_of(source: Octets, parts: Sequence[Part], html: str | None, plain: str = "") -> tuple[Attachment, ...]:
    """The leaves to keep, and the HTML and text that may show some of them -> attachments, in their order.

    The text counts, too: a mailer that makes text of a page writes `[cid:…]` where a picture was.
    """
    if not parts:
        return ()
    shown = references_in(html) | {unquote(one).lower() for one in _found(_REFERENCED_IN_TEXT, plain)}
    located = any(part.content_location for part in parts)
    places = {unescape(one).lower() for one in _found(_LOCATED, html)} if located else set()
    names = UniqueNames()
    return tuple(
        _attachment(source, part, names, shown=part.content_id in shown or _is_at(part, places))
        for part in _bounded(parts)
    )


def _bounded(parts: Iterable[Part]) -> Iterator[Part]:
    seen = count(1)
    for part in parts:
        is_too_much = part.encoding in LINE_BY_LINE and next(seen) > MAX_ODDLY_CODED
        yield replace(part, encoding="binary") if is_too_much else part


def file_name(part: Part) -> str:
    """The name that a part's header gives it, decoded but not yet safe; empty when it gives none."""
    disposition, content_type = part.disposition.named, part.content_type.named
    right = disposition.get("filename") or content_type.get("name")
    name = right or disposition.get("name") or content_type.get("filename") or content_type.get("file") or ""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == "'" else name


def references_in(html: str | None) -> set[str]:
    """The content identifiers that a page shows, in lower case (RFC 2392)."""
    return {unquote(unescape(reference)).lower() for reference in _found(_REFERENCED, html)}


def _found(pattern: re.Pattern[str], page: str | None) -> Iterator[str]:
    return (match[1] for match in islice(pattern.finditer(page or ""), MAX_REFERENCES))


def is_image(content_type: str, name: str) -> bool:
    """By its type, or by its name where the type says nothing."""
    nameless = content_type == "application/octet-stream" and _IMAGE_NAME.search(name) is not None
    return content_type.startswith("image/") or nameless


def attachment_of(name: str, content_type: str, chunks: Callable[[], Iterator[bytes]], *, inline: bool) -> Attachment:
    """Octets under a safe name -> an attachment, measured and hashed."""
    size, digest = 0, sha256()
    for chunk in chunks():
        size += len(chunk)
        digest.update(chunk)
    return Attachment(
        name=name, content_type=content_type, size=size, sha256=digest.hexdigest(), inline=inline, chunks=chunks
    )


def _is_at(part: Part, places: set[str]) -> bool:
    """Whether a page shows what lies there, by its whole address or by the end of it (RFC 2557, 5)."""
    location = part.content_location
    return bool(location) and (location in places or location.rpartition("/")[2] in places)


def _attachment(source: Octets, part: Part, names: UniqueNames, *, shown: bool) -> Attachment:
    chunks = partial(decoded_chunks, source, part.start, part.end, part.encoding)
    if isinstance(source, bytes) and part.end - part.start <= CHUNK:
        chunks = partial(_again, b"".join(chunks()))
    kind = part.content_type.value[:MAX_TYPE]
    first = next(iter(chunks()), b"") if kind in _MESSAGES or not file_name(part) else b""
    name = names.take(safe_name(_name(part, first), kind))
    return attachment_of(name, kind, chunks, inline=shown and is_image(kind, name))


def _again(octets: bytes) -> Iterator[bytes]:
    """A small part of a message that is in memory anyhow is decoded once."""
    yield octets


def _name(part: Part, first: bytes) -> str:
    kind, name = part.content_type.value, file_name(part)
    if kind in _MESSAGES:
        subject = _subject_of(first)
        return f"{_no_path(subject)}.eml" if subject else name or _described(part)
    if not name:
        return "encrypted.asc" if first.startswith(_ENCRYPTED) else _picture_name(part) or _described(part)
    suffix = _WRAPPED.get(kind, "")
    return name if name.lower().endswith(suffix) else name + suffix


def _subject_of(message: bytes) -> str:
    """The rest of the header is not split: there may be a thousand messages."""
    header = b"\n" + message[:MAX_INNER_HEADER]
    blank = _BLANK_LINE.search(header, 1)
    start = header.lower().find(b"\nsubject", 0, blank.start() if blank else len(header))
    found = _SUBJECT.match(header, start, start + MAX_SUBJECT) if start >= 0 else None
    return decoded(found[1]) if found else ""


def _picture_name(part: Part) -> str:
    """`logo.png` of a nameless picture at `https://acme.fi/logo.png`, or identified as `logo.png@acme.fi`."""
    hints = (part.content_location.rpartition("/")[2], part.content_id.partition("@")[0])
    is_picture = part.content_type.value.startswith("image/")
    return next((hint for hint in hints if is_picture and _IMAGE_NAME.search(hint)), "")


def _described(part: Part) -> str:
    """What a nameless part says that it is, as a name; but what is its own name where types have one."""
    default = default_name(part.content_type.value)
    if not part.description or default.partition(".")[0] not in _GENERAL:
        return ""
    description = _no_path(part.description)
    return description if _EXTENSION.search(description) else f"{description}.{default.rpartition('.')[2]}"


def _no_path(text: str) -> str:
    return re.sub(r"[/\\]", "_", text)[:300]
