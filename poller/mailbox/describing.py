"""UIDs -> what a server knows about its messages without their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from poller.mailbox.answers import Item, fetch
from poller.mailbox.connection import Connection
from poller.mailbox.uids import fold

LARGE = 1024 * 1024
"""Octets. A larger message is fetched by itself, in pieces of this size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A message in the folder. `internal_date` is in UTC; `size` is RFC822.SIZE in octets, which is only a hint."""

    uid: int
    internal_date: datetime
    size: int


def describe(connection: Connection, uids: Iterable[int]) -> Iterator[Described]:
    """In ascending order. A UID that is gone, or whose date or size the server does not tell, is absent."""
    for folded in fold(uids):
        items = fetch(connection, "asking for dates and sizes", folded, "(UID INTERNALDATE RFC822.SIZE)")
        described = {item.uid: found for item in items if (found := _described(item))}
        yield from (described[uid] for uid in sorted(described))


def batches(
    described: Iterable[Described], max_messages: int = 100, max_octets: int = 8 * LARGE
) -> Iterator[tuple[Described, ...]]:
    """What is fetched, committed and settled together, in the order given; no more octets than that but of one."""
    batch: list[Described] = []
    octets = 0
    for message in described:
        if batch and (len(batch) == max_messages or octets + message.size > max_octets):
            yield tuple(batch)
            batch, octets = [], 0
        batch.append(message)
        octets += message.size
    if batch:
        yield tuple(batch)


def _described(item: Item) -> Described | None:
    date = item.attributes.get(b"INTERNALDATE")
    size = item.attributes.get(b"RFC822.SIZE")
    if not isinstance(date, datetime) or not isinstance(size, int):
        return None
    try:
        return Described(uid=item.uid, internal_date=_utc(date), size=size)
    except OverflowError:
        return None


def _utc(date: datetime) -> datetime:
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
