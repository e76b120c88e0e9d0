"""Octets read as a message, and parts of one: the room `mail`."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from mmap import mmap

from poller.mail.coding.transfer import ENCODINGS, decoded_chunks
from poller.mail.fields.address import MAX_MAILBOXES, addresses_in, key_of, parse_mailboxes
from poller.mail.fields.author import parse_author
from poller.mail.fields.identifiers import parse_date, parse_ids, parse_message_id
from poller.mail.fields.parameters import parse_parameters
from poller.mail.fields.words import decoded
from poller.mail.header import MAX_FIELDS, Header, split_header, unfolded
from poller.mail.message import Attachment, Forwarded, Mailbox, Message
from poller.mail.parts.embedded import embedded_in, gaps, with_embedded
from poller.mail.parts.structure import MAX_PARTS, parts_of
from poller.mail.reader import read_message
from poller.mail.texts.html import MAX_INDENTATION
from poller.mail.unpacked import Expander
from tests.fuzz.cleanness import is_file_name, is_line, is_sentence, is_text

GROWTH = 40
"""Characters of text from an octet: nine marks of quotation stand before every line of a page."""


def check_message(source: bytes) -> None:
    check_read(source)
    message = read_message(source)
    check_identity(source, message)
    oversized = read_message(source, oversized=True, size=10**9)
    assert (oversized.text, oversized.attachments, oversized.subject) == ("", (), message.subject)


def check_read(source: bytes, expander: Expander | None = None) -> None:
    """Clean, bounded, and the same from a file as from memory."""
    message = read_message(source, expander=expander)
    _check_texts(message, len(source))
    _check_attachments(message.attachments)
    again = read_message(_mapped(source) if source else source, expander=expander)
    assert _comparable(again) == _comparable(message)
    assert [_octets(one) for one in again.attachments] == [_octets(one) for one in message.attachments]


def _check_texts(message: Message, octets: int) -> None:
    assert is_text(message.text)
    assert is_text(message.html or "")
    assert len(message.text) <= GROWTH * octets + MAX_INDENTATION
    for offset in (message.quoted_from, message.signature_from):
        assert offset is None or (0 <= offset <= len(message.text) and message.text[:offset][-1:] in {"", "\n"})
    ids = (*message.references, *message.in_reply_to, message.message_id or "")
    assert all(map(is_line, (message.subject, *ids)))
    assert all(map(is_sentence, message.defects))
    assert message.malformed is None or is_sentence(message.malformed)
    people = [one.mailbox for one in message.recipients] + ([message.author] if message.author else [])
    assert all(map(_is_mailbox, people))
    assert len(message.recipients) <= MAX_MAILBOXES
    assert all(map(_is_forwarded, message.forwarded))


def _is_mailbox(mailbox: Mailbox) -> bool:
    return is_line(mailbox.name) and is_line(mailbox.address) and mailbox.key == key_of(mailbox.address)


def _is_forwarded(one: Forwarded) -> bool:
    people = [*(recipient.mailbox for recipient in one.recipients), *([one.author] if one.author else [])]
    named = [mailbox for mailbox in people if not mailbox.address]
    clean = is_line(one.subject) and is_line(one.message_id or "") and all(is_line(mailbox.name) for mailbox in named)
    return clean and all(_is_mailbox(mailbox) for mailbox in people if mailbox.address)


def _check_attachments(attachments: tuple[Attachment, ...]) -> None:
    names = [one.name for one in attachments]
    assert len({name.casefold() for name in names}) == len(names) <= MAX_PARTS + 101
    for one in attachments:
        octets = _octets(one)
        assert (one.size, one.sha256) == (len(octets), sha256(octets).hexdigest())
        assert is_file_name(one.name), one.name
        assert is_line(one.content_type)


def check_identity(source: bytes, message: Message) -> None:
    """Servers on the way put fields on top: that makes no other message of it."""
    newline = b"\n" if b"\r" not in source[: message.header.body_offset] else b"\r\n"
    if len(message.header.fields) > MAX_FIELDS - 10 or source[:1] in {b" ", b"\t"}:
        return
    trace = newline.join((b"Return-Path: <x@y.fi>", b"Received: from a by b; c", b"X-Original-To: 1001.m@in.fi", b""))
    assert read_message(trace + source).identity == message.identity


def _comparable(message: Message) -> Message:
    return replace(message, attachments=tuple(replace(one, chunks=iter) for one in message.attachments))


def _octets(one: Attachment) -> bytes:
    return b"".join(one.chunks())


def _mapped(source: bytes) -> mmap:
    mapped = mmap(-1, len(source))
    mapped.write(source)
    return mapped


def check_header(source: bytes) -> None:
    header = split_header(source)
    assert 0 <= header.body_offset <= len(source)
    assert len(header.fields) <= MAX_FIELDS
    assert header.malformed is None or is_sentence(header.malformed)
    for field in header.fields:
        assert field.name == field.label.decode("ascii").lower()
        assert b"\n" not in unfolded(field.value)
    if header.malformed is None:
        _check_unchanged(source, header)


def _check_unchanged(source: bytes, header: Header) -> None:
    """What is well-formed is the fields and nothing else."""
    written = b"".join(field.label + b":" + field.value + b"\r\n" for field in header.fields)
    read = source[: header.body_offset]
    read = read if b"\r" in read else read.replace(b"\n", b"\r\n")
    assert read.rstrip(b"\r\n") == written.rstrip(b"\r\n")


def check_addresses(raw: bytes) -> None:
    for parse in (parse_mailboxes, addresses_in):
        found = parse(raw)
        assert len(found) <= MAX_MAILBOXES
        assert all(mailbox.key and _is_mailbox(mailbox) for mailbox in found)
        assert sum(len(mailbox.address) for mailbox in found) <= 4 * len(raw)
        assert parse(raw) == found
    author = parse_author(raw)
    if isinstance(author, str):
        assert is_sentence(author)
    else:
        assert _is_mailbox(author)
        assert author.key
        assert author.key in {one.key for one in parse_mailboxes(raw)}


def check_words(raw: bytes) -> None:
    text = decoded(raw)
    assert is_line(text)
    assert len(text) <= 4 * len(raw) + 4
    for line in (parse_message_id(raw) or "", *parse_ids(raw)):
        assert is_line(line)
        assert " " not in line
    date = parse_date(raw)
    assert date is None or date.utcoffset() is not None


def check_parameters(raw: bytes) -> None:
    found = parse_parameters(raw)
    assert found.value == found.value.lower()
    assert is_line(found.value)
    assert all(name == name.lower() and is_line(value) for name, value in found.named.items())
    assert sum(map(len, found.named.values())) <= 4 * len(raw)


def check_structure(source: bytes) -> None:
    header = split_header(source)
    found = parts_of(source, header.fields, header.body_offset)
    position = 0
    for part in found.parts:
        assert position <= part.start <= part.end <= len(source)
        assert is_line(part.content_type.value)
        position = part.end
    assert 0 < len(found.parts) <= MAX_PARTS + 1
    assert all(map(is_sentence, found.defects))


def check_transfer(octets: bytes) -> None:
    """The first octet chooses the encoding."""
    encoding = (*ENCODINGS, "binary")[octets[0] % (len(ENCODINGS) + 1)] if octets else "base64"
    whole = b"".join(decoded_chunks(octets, 1, len(octets), encoding)) if octets else b""
    assert len(whole) <= 32 * len(octets)  # blanks at the end of a line of uuencode may have been lost, and are octets
    assert whole == (b"".join(decoded_chunks(octets, 1, len(octets), encoding)) if octets else b"")


def check_embedded(octets: bytes) -> None:
    blocks = embedded_in(octets, 0, len(octets))
    position = 0
    for block in blocks:
        assert position <= block.start <= block.first <= block.last <= block.end <= len(octets)
        assert block.start < block.end
        position = block.end
    outside = gaps(octets, 0, len(octets), blocks, len(octets))
    assert len(outside) == len(octets) - sum(block.end - block.start for block in blocks)
    defects: list[str] = []
    _check_attachments(with_embedded((), blocks, defects))
    assert all(map(is_sentence, defects))
