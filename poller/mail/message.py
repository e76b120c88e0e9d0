"""What a message is before and after it has been read: plain values, in the words of RFC 5322.

Of which a message has many are named tuples: they are made, and handed to another process, several times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from mmap import mmap
from pathlib import Path
from typing import NamedTuple

Octets = bytes | mmap
"""Octets in memory or, for a large message, in a spool file mapped into it. Both slice to `bytes` and have `find`."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MessageRef:
    """Where a message lies: a UID is unique within one UIDVALIDITY of one mailbox (RFC 9051, 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int

    def __str__(self) -> str:
        return f"{self.mailbox};{self.uidvalidity}/{self.uid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message as the server gave it. `source` is whole, or only the header when the message is `oversized`."""

    ref: MessageRef
    internal_date: datetime
    size: int
    source: Octets
    spooled: Path | None = None
    oversized: bool = False


class Field(NamedTuple):
    """One header field: its name in lower case, and its raw value, folds included, without the final line break.

    `label` is the name as it was written, which a signature may cover (RFC 6376, 3.4.1).
    """

    name: str
    label: bytes
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields in their order, the offset at which the body starts, and why the header cannot be trusted, if so."""

    fields: tuple[Field, ...]
    body_offset: int
    malformed: str | None = None

    def all(self, name: str) -> list[bytes]:
        """Every raw value of the field, top first; `name` in lower case."""
        return [field.value for field in self.fields if field.name == name]

    def first(self, name: str) -> bytes | None:
        for field in self.fields:
            if field.name == name:
                return field.value
        return None


class Mailbox(NamedTuple):
    """A display name and an address as written; `key` is what addresses are compared by (`fields.address.key_of`)."""

    name: str
    address: str
    key: str


class Role(StrEnum):
    """How a participant took part. The order of the members is the order of precedence."""

    AUTHOR = "author"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    DELIVERED = "delivered"


class Recipient(NamedTuple):
    """A recipient named in To, Cc, Bcc, Resent-To (to) or Resent-Cc (cc)."""

    role: Role
    mailbox: Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A leaf that is not the readable text.

    `chunks()` yields its octets after transfer decoding, as `size` and `sha256` count them.
    """

    name: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    chunks: Callable[[], Iterator[bytes]]


class Kind(StrEnum):
    """How a message was forwarded."""

    ATTACHED = "attached"
    INLINE = "inline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """What a message forwards, as it says itself: anybody can write that, so nothing is decided by it.

    Within a text people may have a name alone; `address` and `key` are empty then.
    """

    kind: Kind
    author: Mailbox | None
    recipients: tuple[Recipient, ...]
    subject: str
    date: datetime | None
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """`response` is a word of RFC 5545 (3.2.12), such as ACCEPTED; empty where nothing is said."""

    mailbox: Mailbox
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a calendar in a message says of an event (RFC 5545, 3.6.1), as it says itself; nothing is decided by it.

    `method` (RFC 5546, 1.4), `status`, `recurrence` and `occurrence` are empty where there is none. Times are RFC 3339,
    without offset where no zone says which; of an `all_day` event they are dates, `end` being the day after the last.
    `zone` is the name as written. `recurrence` is the rule as written; `occurrence` the one that alone is meant, by
    the time that it was to start at. People may have no address; `address` and `key` are empty then.
    """

    method: str
    uid: str
    summary: str
    start: str
    end: str
    all_day: bool
    zone: str
    location: str
    organizer: Mailbox | None
    attendees: tuple[Attendee, ...]
    recurrence: str
    occurrence: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as read. Nothing here raised: what was wrong is in `defects`, what forbids trust is in `malformed`."""

    header: Header
    author: Mailbox | None
    recipients: tuple[Recipient, ...]
    subject: str
    date: datetime | None
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    quoted_from: int | None
    signature_from: int | None = None
    html: str | None
    attachments: tuple[Attachment, ...]
    identity: str
    malformed: str | None
    defects: tuple[str, ...]
    forwarded: tuple[Forwarded, ...] = ()
    calendar: tuple[Event, ...] = ()
