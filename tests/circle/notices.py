"""What lies in a mailbox, read as delivery status notifications (RFC 3464)."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

from tests.acceptance.mailboxes import Account, connected
from tests.servers.site import PASSWORD

if TYPE_CHECKING:
    from tests.servers.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`source` is all of it as fetched, `message` its header, `text` what a person reads, `original` the third part."""

    source: bytes
    message: EmailMessage
    text: str
    status: str
    address: str
    original: str


def sources(site: Site, address: str) -> list[bytes]:
    """All messages in that person's inbox, fetched by IMAP."""
    with connected(Account(site.imap_port, address, PASSWORD)) as client:
        client.select(readonly=True)
        answer = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
        return [item[1] for item in answer if isinstance(item, tuple)]


def notices(site: Site, address: str) -> list[Notice]:
    """What lies there must all be notices of ours."""
    return [read(source) for source in sources(site, address)]


def read(source: bytes) -> Notice:
    message = email.message_from_bytes(source, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert [defect for part in message.walk() for defect in part.defects] == []
    assert message["Return-Path"] == "<>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Mailfiler-Notice"]
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    text, report, original = message.iter_parts()
    assert [part.get_content_type() for part in (text, report, original)] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    whole, recipient = report.iter_parts()
    assert re.fullmatch(r"dns; ?\S+", whole["Reporting-MTA"])
    assert recipient["Action"] == "failed"
    return Notice(
        source=source,
        message=message,
        text=text.get_content(),
        status=recipient["Status"],
        address=recipient["Final-Recipient"].removeprefix("rfc822;").strip(),
        original=original.get_content(),
    )
