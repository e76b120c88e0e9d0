"""A report -> the octets of a notice of failed delivery: multipart/report (RFC 6522) with a delivery status (RFC 3464).

Written out here rather than by Python's email package, whose generator breaks long identifiers into encoded words,
lets addresses run over the line, and chooses its boundary by chance. Its parser judges the result in the tests.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from poller.mail.fields.words import clean_text, one_line
from poller.mail.message import Header
from poller.notices.fields import MAX_LINE, address_field, field, id_field, text_field, typed_address_field
from poller.notices.original import original_part

_NOT_IN_TOKEN = re.compile(r"[^A-Za-z0-9.:\[\]_-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`recipient` gets it, `address` is what failed. Identifiers are in brackets, `original_id` perhaps malformed.

    `status` is an enhanced status code (RFC 3463), `diagnosis` and `mark` are words of ours.
    """

    author: str
    recipient: str
    message_id: str
    original_id: str | None
    mark: str
    subject: str
    text: str
    written: datetime
    hostname: str
    arrived: datetime
    address: str
    status: str
    diagnosis: str
    original: Header


def render(report: Report) -> bytes:
    """7 bit, CRLF throughout; no line is over 78 characters but by an address or identifier alone."""
    parts = (_text_part(report.text), _status_part(report), original_part(report.original))
    # No part can hold a number that is made from it.
    boundary = "=_" + hashlib.sha256("".join(parts).encode()).hexdigest()[:40]
    delimited = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"{_header(report, boundary)}\r\n{delimited}--{boundary}--\r\n".encode("ascii")


def _header(report: Report, boundary: str) -> str:
    content_type = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
    return "".join(
        (
            address_field("From", report.author, "Mailfiler"),
            address_field("To", report.recipient),
            text_field("Subject", report.subject),
            field("Date", format_datetime(report.written)),
            field("Message-ID", report.message_id),
            id_field("In-Reply-To", report.original_id),
            id_field("References", report.original_id),
            field("Auto-Submitted", "auto-replied"),
            field("X-Auto-Response-Suppress", "All"),
            field("X-Mailfiler-Notice", report.mark),
            field("MIME-Version", "1.0"),
            field("Content-Type", content_type),
        )
    )


def _text_part(text: str) -> str:
    lines = clean_text(text).rstrip("\n").replace("\n", "\r\n") + "\r\n"
    if lines.isascii() and max(map(len, lines.split("\r\n"))) <= MAX_LINE:
        return f"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n{lines}"
    encoded = binascii.b2a_qp(lines.encode()).decode()
    return f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}"


def _status_part(report: Report) -> str:
    hostname = _NOT_IN_TOKEN.sub("", one_line(report.hostname)) or "unknown"
    return "".join(
        (
            "Content-Type: message/delivery-status\r\n\r\n",
            field("Reporting-MTA", f"dns; {hostname}"),
            field("Arrival-Date", format_datetime(report.arrived)),
            "\r\n",
            typed_address_field("Final-Recipient", report.address),
            field("Action", "failed"),
            field("Status", report.status),
            field("Diagnostic-Code", f"x-mailfiler; {report.diagnosis}"),
        )
    )
