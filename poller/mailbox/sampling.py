"""The newest messages of an open folder -> their headers alone, for somebody who wants to see what arrives there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from poller.mail.header import split_header
from poller.mail.message import Header
from poller.mailbox.answers import fetch, search
from poller.mailbox.connection import Connection
from poller.mailbox.describing import describe
from poller.mailbox.uids import fold

_OCTETS = 64 * 1024
"""Of each header: the fields of delivery stand on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`internal_date` is in UTC."""

    internal_date: datetime
    header: Header


def newest(connection: Connection, folder: str, messages: int, count: int) -> list[Sample]:
    """By their sequence numbers, so that a full folder costs no more. BODY.PEEK: no flag changes."""
    if not messages:
        return []
    uids = search(connection, f"looking into {folder}", f"{max(1, messages - count + 1)}:*")
    dates = {one.uid: one.internal_date for one in describe(connection, uids)}
    what = f"(UID BODY.PEEK[HEADER]<0.{_OCTETS}>)"
    octets = len(dates) * _OCTETS
    items = [item for some in fold(dates) for item in fetch(connection, "fetching headers", some, what, octets)]
    return [
        Sample(internal_date=dates[item.uid], header=split_header(header))
        for item in items
        if item.uid in dates and (header := item.starting(b"BODY[")) is not None
    ]
