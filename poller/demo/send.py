"""`python -m poller.demo send`: a message of one's own -> the embedded SMTP server."""

from __future__ import annotations

import mimetypes
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid
from typing import TYPE_CHECKING

from poller.demo.servers import HOST
from poller.demo.settings import DOMAIN

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed. Without a text the message has an empty one; without a subject it has no Subject."""

    author: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str | None
    text: str
    attachments: tuple[Path, ...]


def send(draft: Draft, port: int) -> tuple[str, ...]:
    """-> the recipients at the embedded server's domain, who got it. For others there is no server here."""
    recipients = tuple(address for _, address in getaddresses([*draft.to, *draft.cc, *draft.bcc]))
    ours = tuple(address for address in recipients if address.lower().endswith(f"@{DOMAIN}"))
    if ours:
        with smtplib.SMTP(HOST, port) as smtp:
            smtp.send_message(compose(draft), to_addrs=ours)
    return ours


def compose(draft: Draft) -> EmailMessage:
    """The message as a mail client would write it; BCC leaves no trace."""
    message = EmailMessage()
    message["From"] = draft.author
    for name, addresses in (("To", draft.to), ("Cc", draft.cc)):
        if addresses:
            message[name] = ", ".join(addresses)
    if draft.subject is not None:
        message["Subject"] = draft.subject
    message["Date"] = formatdate(localtime=True)
    message["Message-ID"] = make_msgid(domain="example.com")
    message.set_content(draft.text + "\n")
    for path in draft.attachments:
        maintype, _, subtype = (mimetypes.guess_type(path)[0] or "application/octet-stream").partition("/")
        message.add_attachment(path.read_bytes(), maintype=maintype, subtype=subtype, filename=path.name)
    return message
