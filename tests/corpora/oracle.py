"""The same message by Python's own reader, and in what the two differ. Neither is always right: a person looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Parsed
from email.utils import collapse_rfc2231_value, getaddresses
from typing import cast

from poller.mail.fields.address import key_of
from poller.mail.message import Message
from poller.mail.parts.names import safe_name

FEWEST_WORDS = 0.9
"""Of the words of its first text, so many have to be in ours."""

_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`kind` is subject, author, attachments or text."""

    kind: str
    ours: str
    theirs: str


def differences(octets: bytes, message: Message) -> list[Difference]:
    """Where Python's reader fails, there is nothing to compare with."""
    try:
        return list(_differences(message_from_bytes(octets), message))
    except (LookupError, UnicodeError, ValueError, HeaderParseError, RecursionError, AttributeError, TypeError):
        return []


def _differences(parsed: Parsed, message: Message) -> Iterator[Difference]:
    subject = _line(parsed["subject"])
    if not _agree(subject, message.subject):
        yield Difference(kind="subject", ours=message.subject, theirs=subject)
    authors = [address for _, address in getaddresses([str(parsed["from"] or "")])]
    ours = message.author.key if message.author else ""
    if message.malformed is None and ours not in map(key_of, authors):
        yield Difference(kind="author", ours=ours, theirs=", ".join(authors))
    names, kept = list(_names(parsed)), [attachment.name for attachment in message.attachments]
    if any(not any(_agree(safe_name(name, ""), one) for one in kept) for name in names):
        yield Difference(kind="attachments", ours=", ".join(kept), theirs=", ".join(names))
    text = _text(parsed)
    words, known = _WORD.findall(text), set(_WORD.findall(message.text))
    if sum(word in known for word in words) < FEWEST_WORDS * len(words):
        yield Difference(kind="text", ours=message.text, theirs=text)


def _agree(theirs: str, ours: str) -> bool:
    """Whether they differ in blanks and marks alone, or it could not read its own."""
    return "\ufffd" in theirs or _squeezed(theirs) == _squeezed(ours)


def _line(value: object) -> str:
    return str(make_header(decode_header(str(value or ""))))


def _leaves(part: Parsed) -> Iterator[Parsed]:
    """Not those of a message within the message, which is one attachment to us."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.get_payload():
            yield from _leaves(cast("Parsed", child))
    elif not part.is_multipart():
        yield part


def _names(parsed: Parsed) -> Iterator[str]:
    names = (part.get_filename() for part in _leaves(parsed))
    return (_line(collapse_rfc2231_value(name)) for name in names if name)


def _text(parsed: Parsed) -> str:
    for part in _leaves(parsed):
        if part.get_content_type() == "text/plain" and not part.get_filename():
            octets = part.get_payload(decode=True)
            return octets.decode(part.get_content_charset("utf-8"), "replace") if isinstance(octets, bytes) else ""
    return ""


def _squeezed(text: str) -> str:
    return "".join(re.findall(r"\w", text)).casefold()
