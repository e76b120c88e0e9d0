"""Header fields in 8-bit octets that are not UTF-8 and have no label: mailers mean the charset of the body by that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from poller.mail.coding.charsets import as_utf8
from poller.mail.message import Header
from poller.mail.parts.structure import Part


def in_utf8(header: Header, parts: Iterable[Part]) -> Header:
    """A header and the message's leaves -> the header to show: unlabelled octets in UTF-8, if they are text at all.

    For what people read alone: who the author is has to be the same for every reader, so it goes by the octets.
    """
    if all(field.value.isascii() for field in header.fields):
        return header
    charset = next((named for part in parts if (named := part.content_type.named.get("charset"))), "")
    shown = (field._replace(value=as_utf8(field.value, charset)) for field in header.fields)
    return replace(header, fields=tuple(shown))
