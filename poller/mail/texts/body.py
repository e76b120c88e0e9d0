"""The leaves of a message -> its readable text, its HTML, and the leaves that are files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from itertools import takewhile

from poller.mail.coding.charsets import decode
from poller.mail.coding.transfer import ENCODINGS, decoded_chunks
from poller.mail.fields.words import clean_text
from poller.mail.message import Octets
from poller.mail.parts.attachments import file_name
from poller.mail.parts.elsewhere import note_on
from poller.mail.parts.embedded import Embedded, embedded_in, gaps
from poller.mail.parts.structure import Part
from poller.mail.texts.clearsigned import without_signatures
from poller.mail.texts.enriched import from_enriched, from_richtext
from poller.mail.texts.flowed import unflowed
from poller.mail.texts.html import MAX_HTML as MAX_SHOWN
from poller.mail.texts.html import html_to_text
from poller.mail.texts.quotes import quoted_from
from poller.mail.texts.signatures import signature_from

MAX_TEXT = 2_000_000
"""Octets of plain text that are read, of all parts together; a longer part is kept as a file, too."""

MAX_HTML = 4_000_000
"""Octets of HTML that are read; pages with pictures inside them reach some megabytes."""

MAX_STUB = 400
"""Characters of a text that may only say that the message is in HTML."""

_TOO_LONG = "A text is too long to be read to its end; the whole is kept as a file."
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,60})", re.IGNORECASE)
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_SAYS_SOMETHING = re.compile(rf"[^\s{_INVISIBLE}]")
_WORD = re.compile(r"\w{3,}")
_LIKE_PLAIN = ("text/enriched", "text/richtext", "text/markdown")
_DOCUMENTS = ("text/vcard", "text/x-vcard", "text/directory", "text/rtf", "text/csv")


@dataclass(slots=True, kw_only=True)
class Body:
    """`plain` and `html` as sent, decoded; `text` is the readable text of both; `files` are the other leaves.

    `page` is what is to be shown where the HTML is not all there is.
    `embedded` are files within `plain`; they are not in `text`. `spent` are long leaves of which nothing is left beside
    those and the text: they are no files, but the message would be another one with other octets in them.
    """

    text: str = ""
    quoted_from: int | None = None
    signature_from: int | None = None
    plain: str = ""
    html: str | None = None
    page: str | None = None
    files: list[Part] = field(default_factory=list)
    embedded: list[Embedded] = field(default_factory=list)
    spent: list[Part] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Rendering:
    """One piece of the body in every form that it was sent in: the leaves of one multipart/alternative, or a leaf.

    What is `spare` counts where there is neither plain text nor HTML.
    """

    leaves: dict[str, list[Part]] = field(default_factory=lambda: {"plain": [], "html": [], "spare": []})
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    text: str = ""


def read_body(source: Octets, parts: list[Part]) -> Body:
    """A message's octets and its leaves -> its body; a leaf that is not body is among the files."""
    body = Body()
    renderings: dict[int, _Rendering] = {}
    for part in parts:
        if form := _form(part):
            key = part.start if part.alternative is None else part.alternative
            renderings.setdefault(key, _Rendering()).leaves[form].append(part)
        else:
            body.files.append(part)
            body.defects += filter(None, [note_on(part)])
    room = {"plain": MAX_TEXT, "html": MAX_HTML, "shown": MAX_SHOWN}
    sent: dict[str, list[str]] = {"plain": [], "html": []}
    for rendering in renderings.values():
        leaves = rendering.leaves
        plain = leaves["plain"] or ([] if leaves["html"] else leaves["spare"])
        rendering.plain = [_plain(source, part, room, sent["plain"], body) for part in plain]
        rendering.html = [_html(source, part, room, body) for part in leaves["html"]]
        rendering.text = _readable(rendering, room)
        sent["html"] += rendering.html
    body.plain, body.html = "\n".join(sent["plain"]), "\n".join(sent["html"]) if sent["html"] else None
    body.page = _page(renderings.values())
    body.text = "\n\n".join(filter(None, (one.text for one in renderings.values()))) or _text_of_file(source, body)
    body.quoted_from = quoted_from(body.text)
    body.signature_from = signature_from(body.text, body.quoted_from)
    return body


def _form(part: Part) -> str | None:
    """`plain`, `html` or `spare` for a leaf that is body, None for a file: what has a name or wants to be saved is one.

    AMP, enriched text and the like beside the text and HTML of an alternative are spare: they say the same once more.
    """
    kind = part.content_type.value
    named = file_name(part) and not part.root
    if part.disposition.value == "attachment" or named or kind == "text/calendar":
        return None
    if kind in ("text/html", "text/plain"):
        return kind.removeprefix("text/")
    if part.alternative is not None:
        return "spare" if kind.startswith("text/") else None
    is_all = part.root and kind.startswith("text/") and kind not in _DOCUMENTS
    return "plain" if is_all or kind in _LIKE_PLAIN else None


def _plain(source: Octets, part: Part, room: dict[str, int], sent: list[str], body: Body) -> str:
    octets = _octets(source, part, room["plain"], body)
    room["plain"] -= len(octets)
    sent.append(_decoded(octets, part))
    outside = _outside_files(source, part, octets, body)
    return _unwrapped(sent[-1] if outside is None else _decoded(outside, part), part)


def _html(source: Octets, part: Part, room: dict[str, int], body: Body) -> str:
    octets = _octets(source, part, room["html"], body)
    room["html"] -= len(octets)
    return _decoded(octets, part)


def _text_of_file(source: Octets, body: Body) -> str:
    """What a mailer named that should not have: of a message without text, the text that was not sent to be saved."""
    for part in body.files:
        form = part.content_type.value.removeprefix("text/")
        if form in ("plain", "html") and (part.root or part.disposition.value != "attachment"):
            room = MAX_TEXT if form == "plain" else MAX_HTML
            text = _decoded(_first(source, part, room)[:room], part)
            text = clean_text(html_to_text(text)) if form == "html" else _unwrapped(text, part)
            return text.strip("\n").rstrip()
    return ""


def _octets(source: Octets, part: Part, room: int, body: Body) -> bytes:
    """The decoded octets of a body leaf, as far as there is room; what has none left becomes a file, too."""
    octets = _first(source, part, room)
    if len(octets) > room:
        body.files.append(part)
        body.defects.append(_TOO_LONG)
    return octets[:room]


def _first(source: Octets, part: Part, room: int) -> bytes:
    """The decoded octets of a leaf, up to more than there is room for."""
    octets = bytearray()
    enough = takewhile(lambda _: len(octets) <= room, decoded_chunks(source, part.start, part.end, part.encoding))
    for chunk in enough:
        octets += chunk
    return bytes(octets)


def _outside_files(source: Octets, part: Part, octets: bytes, body: Body) -> bytes | None:
    """The octets of a text without the files in it, if there are any."""
    is_coded = part.encoding in ENCODINGS
    holder, start, end = (octets, 0, len(octets)) if is_coded else (source, part.start, part.end)
    blocks = embedded_in(holder, start, end, body.embedded)
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
    if part.content_type.value == "text/enriched":
        return from_enriched(text)
    if part.content_type.value == "text/richtext":
        return from_richtext(text)
    text = without_signatures(text)
    named = part.content_type.named
    flowed = named.get("format", "").lower() == "flowed"
    return unflowed(text, delete_space=named.get("delsp", "").lower() == "yes") if flowed else text


def _readable(rendering: _Rendering, room: dict[str, int]) -> str:
    plain = "\n".join(rendering.plain).strip("\n").rstrip()
    says_something = _SAYS_SOMETHING.search(plain) is not None
    if not rendering.html or (says_something and not _may_be_stub(plain)):
        return plain
    page = "\n".join(rendering.html)[: room["shown"]]
    room["shown"] -= len(page)
    shown = without_signatures(clean_text(html_to_text(page))).rstrip()
    return plain if says_something and not _is_stub(plain, shown) else shown


def _may_be_stub(plain: str) -> bool:
    return len(plain) <= MAX_STUB and "html" in plain.lower()


def _is_stub(plain: str, shown: str) -> bool:
    """Whether a text speaks of HTML in words that the page does not have: "Your mailer cannot show HTML"."""
    words = set(_WORD.findall(plain.lower()))
    missing = words - set(_WORD.findall(shown.lower()))
    return bool(shown) and len(missing) * 3 > len(words)


def _page(renderings: Iterable[_Rendering]) -> str | None:
    """The HTML, and the text of what has none, such as a list's footer; None where it is all there is, or not there."""
    shown = [one for one in renderings if one.html or one.text]
    if all(one.html for one in shown) or not any(one.html for one in shown):
        return None
    return "\n".join("\n".join(one.html) or f"<div>{_lines_shown(one.text)}</div>" for one in shown)


def _lines_shown(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")
