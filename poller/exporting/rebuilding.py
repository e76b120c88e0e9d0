"""What is stored of an activity whose source is not kept -> a message that says so (MIME: RFC 2045, 2046)."""

from __future__ import annotations

import base64
import re
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import quote

from poller.exporting.stored import IN_MEMORY, Stored
from poller.mail.fields.words import one_line
from poller.mail.texts.sanitize import sanitize
from poller.notices.fields import field, id_field, text_field
from poller.storage.documents import Document

_ROWS = 57 * 10_000  # octets: 57 make a line of 76 in base64
_CONTENT_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+", re.ASCII)
_NEXT = ",\r\n "
_ROLES = {"author": "From", "to": "To", "cc": "Cc", "bcc": "Bcc"}


def rebuild(activity: Document, stored: Stored, message: IO[bytes]) -> None:
    """Header, text, HTML and files, in that order. A file that is missing is left out, and the report names it."""
    boundary = sha256(f"{activity['id']} {activity['source_sha256']}".encode()).hexdigest()[:32]
    message.write(_header(activity).encode())
    message.write(f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n'.encode())
    texts = {"plain": activity["text"], "html": sanitize(activity["html"] or "")}
    for kind, text in texts.items():
        if text or kind == "plain":
            encoded = BytesIO(text.encode(errors="replace"))
            _write_part(message, boundary, f'text/{kind}; charset="utf-8"', encoded)
    for file in activity["files"]:
        with SpooledTemporaryFile(IN_MEMORY) as octets:
            if stored.copy(file["sha256"], f"activity {activity['id']}, {file['name']}", octets):
                octets.seek(0)
                _write_file(message, boundary, file, octets)
    message.write(f"\r\n--{boundary}--\r\n".encode())


def _header(activity: Document) -> str:
    people = [(one["role"], one) for one in activity["participants"]]
    is_author = activity["gate"] == "author"
    people.insert(0, ("author" if is_author else "to", activity["owner"]))
    fields = [text_field("X-Mailfiler-Rebuilt", "from what is stored of it, because its source is not kept")]
    for role, name in _ROLES.items():
        those = [_mailbox(one) for its, one in people if its == role]
        if those:
            fields.append(f"{name}: {_NEXT.join(those)}\r\n")
    fields += [
        field("Date", format_datetime(datetime.fromisoformat(activity["date"]))),
        text_field("Subject", activity["subject"]),
        id_field("Message-ID", activity["message_id"] and f"<{activity['message_id']}>"),
        *(id_field("In-Reply-To", f"<{one}>") for one in activity["in_reply_to"][:1]),
    ]
    return "".join(fields)


def _mailbox(person: Document) -> str:
    """Other letters than ASCII as they are (RFC 6532)."""
    quoted = one_line(person["name"] or "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{one_line(person["address"] or "")}>' if quoted else f"<{one_line(person['address'] or '')}>"


def _write_part(message: IO[bytes], boundary: str, fields: str, octets: IO[bytes]) -> None:
    head = f"\r\n--{boundary}\r\nContent-Type: {fields}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message.write(head.encode())
    while rows := octets.read(_ROWS):
        message.write(base64.encodebytes(rows).replace(b"\n", b"\r\n"))


def _write_file(message: IO[bytes], boundary: str, file: Document, octets: IO[bytes]) -> None:
    kind = file["content_type"]
    if not _CONTENT_TYPE.fullmatch(kind) or kind.startswith(("message/", "multipart/")):
        kind = "application/octet-stream"  # those may not be in base64
    disposition = "inline" if file["inline"] else "attachment"
    name = quote(file["name"], safe="", errors="replace")
    _write_part(message, boundary, f"{kind}\r\nContent-Disposition: {disposition}; filename*=utf-8''{name}", octets)
