"""What a message forwards -> who wrote it, to whom, about what and when. Shown, and never believed.

Attached messages, the outermost level only, and the first message forwarded within the text. Within the text the
quoted history decides:

1. It starts with a line that says "forwarded" (Gmail, Apple Mail, Thunderbird, Yahoo), and From follows: forwarded.
2. It starts with From and Sent, or below "Original Message", as Outlook quotes what it answers and what it forwards:
   forwarded if the subject starts with a prefix that says so, before any other. `VS:` says so in Danish and Norwegian,
   and that it is an answer in Finnish and Estonian; `I:` says so in Italian: there the word for From decides.
3. Else, and always where an attribution ("On …, … wrote:") comes first: not forwarded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import dropwhile, islice

from poller.mail.coding.transfer import decoded_chunks
from poller.mail.fields.address import parse_mailboxes
from poller.mail.fields.identifiers import parse_date, parse_message_id
from poller.mail.fields.moments import moment_of
from poller.mail.fields.words import decoded, one_line
from poller.mail.header import split_header
from poller.mail.message import Forwarded, Header, Kind, Mailbox, Octets, Recipient, Role
from poller.mail.parts.attachments import file_name
from poller.mail.parts.structure import Part
from poller.mail.texts.history import Block, Label, Separator, is_block, is_rule, read_block, separator_of

MAX_FORWARDED = 30
"""Messages; who forwards more sends a collection."""

MAX_PEOPLE = 100
"""Recipients of one of them."""

MAX_VALUE = 8_000
"""Octets of a field of an attached message: as many as so many people, or a subject, need."""

MAX_HEADER = 64_000
"""Octets of an attached message's header that are read."""

MAX_SUBJECT = 1_000
"""Characters."""

_LOOKED_AT = 40_000
"""Characters below the start of the history, in which the block ends."""

_PREFIX = re.compile(r"\s*+(?:\[[^\]]{1,60}\]\s*+){0,5}([^\W\d_][\w.]{0,11})\s?(?:[\[(]\d{1,3}[\])])?[:：]")
_FORWARDS = frozenset(
    (
        *("fw", "fwd", "forward", "forwarded", "vl", "vb", "wg", "tr", "rv", "doorst", "enc", "pd", "ed", "redir."),
        *("redir", "videresend", "i̇lt", "fs", "πρθ", "пересл", "转发", "轉寄", "转寄", "転送", "전달"),
    )
)
_FORWARDS_IN = {"vs": {"fra"}, "i": {"da", "mittente"}}
_LINK = re.compile(r"\[mailto:([^\[\]\s]{1,400})\]|<mailto:([^<>\s]{1,400})>", re.IGNORECASE)
_NAMED = re.compile(r"([^<>;\"]{1,300}?)\s*+<([^<>@\s]{1,300}@[^<>\s]{1,300})>\s*+")


def forwarded_in(
    source: Octets, parts: Iterable[Part], *, text: str, quoted_from: int | None, subject: str
) -> tuple[Forwarded, ...]:
    """A message's octets, leaves, readable text and subject -> the messages that it forwards; none for an answer."""
    inline = _inline(text, quoted_from, subject) if quoted_from is not None else None
    messages = islice(filter(_is_message, parts), MAX_FORWARDED)
    attached = (found for part in messages if (found := _attached(source, part)))
    return (*([inline] if inline else []), *attached)


def _is_message(part: Part) -> bool:
    kind = part.content_type.value
    named = kind == "application/octet-stream" and file_name(part).lower().endswith(".eml")
    return kind in ("message/rfc822", "message/global") or named


def _attached(source: Octets, part: Part) -> Forwarded | None:
    octets = next(iter(decoded_chunks(source, part.start, part.end, part.encoding)), b"")
    header = split_header(octets[:MAX_HEADER])
    if header.first("from") is None and header.first("subject") is None:
        return None
    recipients = (
        Recipient(role=role, mailbox=mailbox)
        for role in (Role.TO, Role.CC)
        for mailbox in parse_mailboxes(b", ".join(header.all(role.value))[:MAX_VALUE])
    )
    return Forwarded(
        kind=Kind.ATTACHED,
        author=next(iter(parse_mailboxes(_value(header, "from"))), None),
        recipients=tuple(islice(recipients, MAX_PEOPLE)),
        subject=decoded(_value(header, "subject"))[:MAX_SUBJECT],
        date=parse_date(_value(header, "date")),
        message_id=parse_message_id(_value(header, "message-id")),
    )


def _value(header: Header, name: str) -> bytes:
    return (header.first(name) or b"")[:MAX_VALUE]


def _inline(text: str, start: int, subject: str) -> Forwarded | None:
    lines = text[start : start + _LOOKED_AT].split("\n")
    if is_rule(lines[0]):
        lines = [*dropwhile(lambda line: not line.strip(), lines[1:])] or [""]
    separator = separator_of(_unquoted(lines[0]))
    if separator:
        below = lines[1:]
        while below and not below[0].strip("> "):
            below.pop(0)
        below = [_unquoted(line) for line in below] if below and below[0].startswith(">") else below
    else:
        below = lines if is_block(lines, 0) else []
    block = read_block(below)
    said = separator is Separator.FORWARDED and not lines[0].startswith(">")
    if not block.get(Label.AUTHOR) or not (said or _says_forwarded(subject, block)):
        return None
    return _of_block(block)


def _unquoted(line: str) -> str:
    return line[1:].removeprefix(" ") if line.startswith(">") else line


def _says_forwarded(subject: str, block: Block) -> bool:
    match = _PREFIX.match(subject)
    prefix = match[1].casefold() if match else ""
    return prefix in _FORWARDS or block.author_word in _FORWARDS_IN.get(prefix, ())


def _of_block(block: Block) -> Forwarded:
    recipients = (
        Recipient(role=role, mailbox=mailbox)
        for role, label in ((Role.TO, Label.TO), (Role.CC, Label.CC))
        for mailbox in _people(block.get(label))
    )
    return Forwarded(
        kind=Kind.INLINE,
        author=next(_people(block.get(Label.AUTHOR), single=True), None),
        recipients=tuple(islice(recipients, MAX_PEOPLE)),
        subject=one_line(block.get(Label.SUBJECT))[:MAX_SUBJECT],
        date=moment_of(block.get(Label.DATE)),
        message_id=parse_message_id(block.get(Label.MESSAGE_ID).encode()),
    )


def _people(text: str, *, single: bool = False) -> Iterator[Mailbox]:
    """Outlook separates by semicolons and often leaves the address out; a comma may be part of a name then."""
    text = _LINK.sub(lambda link: f"<{link[1] or link[2]}>", text.replace("*", ""))
    for piece in text.split(";")[:MAX_PEOPLE]:
        named = _NAMED.fullmatch(piece.strip()) if single or ";" in text else None
        found = parse_mailboxes((f'"{named[1]}" <{named[2]}>' if named else piece).encode("utf-8", "replace"))
        name = one_line(piece).strip("\"' ")[:MAX_SUBJECT]
        if found:
            yield from found
        elif name and "@" not in name:
            yield Mailbox(name=name, address="", key="")
