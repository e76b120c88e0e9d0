"""The header of a refused message -> the last part of its notice; never the body (RFC 6522, 3 and 4; RFC 6533, 5)."""

from __future__ import annotations

import binascii
from collections.abc import Sequence

from poller.mail.coding.charsets import decode
from poller.mail.fields.words import one_line
from poller.mail.header import unfolded
from poller.mail.message import Field, Header
from poller.notices.fields import MAX_LINE, folded

MAX_ORIGINAL = 32_000
"""Octets of a header that are given back; fields beyond are left out as wholes."""

# A reader recognises the message by these, so that they are kept before trace fields, which stand above them.
_FIRST = ("from", "to", "cc", "subject", "date", "message-id")


def original_part(header: Header) -> str:
    """A MIME part, 7 bit, of type text/rfc822-headers, or message/global-headers where not everything is ASCII."""
    lines = "".join(f"{folded(line)}\r\n" for line in _within(header.fields, MAX_ORIGINAL))
    if not lines.isascii():
        # Parsers that take every message/* for a message, decoded or not, find an empty header and a body here.
        encoded = binascii.b2a_base64(lines.encode(), newline=False).decode()
        rows = "".join(f"{encoded[start : start + 76]}\r\n" for start in range(0, len(encoded), 76))
        return f"Content-Type: message/global-headers\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n{rows}"
    if max(map(len, lines.split("\r\n"))) <= MAX_LINE:
        return f"Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{lines}"
    rows = binascii.b2a_qp(lines.encode()).decode()
    return f"Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{rows}"


def _within(fields: Sequence[Field], octets: int) -> list[str]:
    """The fields on one line each, in their order, as far as there is room for them."""
    kept: dict[int, str] = {}
    for position in sorted(range(len(fields)), key=lambda one: fields[one].name not in _FIRST):
        one = fields[position]
        size = len(one.label) + len(one.value)
        if size <= octets:
            octets -= size
            kept[position] = f"{one.label.decode('ascii')}: {one_line(decode(unfolded(one.value), None))}"
    return [line for _, line in sorted(kept.items())]
