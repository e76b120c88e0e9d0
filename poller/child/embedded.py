"""The files of a TNEF container; a message embedded in it becomes an .eml, as mail programs open it. In the child."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from hashlib import sha256

from poller.child.tnef import Attached, Container, Properties, Tag, object_in, read_container
from poller.mail.fields.words import clean_text, one_line

MAX_DEPTH = 5
"""Messages inside each other; what is deeper is kept as TNEF."""

MAX_LINE = 500
"""Characters of a name, a type or a header field."""

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    name: str
    content_type: str
    content_id: str
    octets: bytes | memoryview


def files_in(container: Container, depth: int = 1) -> Iterator[File]:
    for attached in container.attached:
        octets, is_message = (b"", False) if attached.data else object_in(attached)
        if not (attached.data or octets or attached.title or attached.properties):
            continue
        if not is_message:
            yield _file(container, attached, attached.data or octets)
        elif depth >= MAX_DEPTH:
            name = f"{_line(_name(container, attached)) or 'message'}.dat"
            yield File(name=name, content_type="application/ms-tnef", content_id="", octets=octets)
        else:
            yield _message(read_container(octets), octets, depth)


def _file(container: Container, attached: Attached, octets: bytes | memoryview) -> File:
    kind = container.text_of(attached.properties, Tag.ATTACH_MIME_TAG).lower()
    return File(
        name=_line(_name(container, attached)),
        content_type=kind if _TYPE.fullmatch(kind) else _UNKNOWN,
        content_id=_line(container.text_of(attached.properties, Tag.ATTACH_CONTENT_ID)).strip("<>"),
        octets=octets,
    )


def _name(container: Container, attached: Attached) -> str:
    return (
        container.text_of(attached.properties, Tag.ATTACH_LONG_FILENAME)
        or attached.title
        or container.text_of(attached.properties, Tag.ATTACH_FILENAME, Tag.DISPLAY_NAME)
    )


def _message(inner: Container, octets: bytes, depth: int) -> File:
    subject = _line(inner.text_of(inner.properties, Tag.SUBJECT) or inner.subject)
    name = re.sub(r"[/\\]", "_", subject)[:300] + ".eml" if subject else ""
    # The same octets each time: they are stored by their hash.
    boundary = f"=_{sha256(octets).hexdigest()[:32]}"
    message = MIMEMultipart(boundary=boundary)
    for field, value in (("Subject", subject), *_fields(inner)):
        if value:
            message[field] = value if value.isascii() else Header(value, "utf-8").encode()
    html = inner.html
    text = inner.text or ("" if html.strip() else inner.rtf or "")
    if html.strip():
        message.attach(MIMEText(clean_text(html), "html", "utf-8"))
    else:
        message.attach(MIMEText(clean_text(text), "plain", "utf-8"))
    for file in files_in(inner, depth + 1):
        message.attach(_part(file))
    return File(name=name, content_type="message/rfc822", content_id="", octets=message.as_bytes())


def _part(file: File) -> MIMEBase:
    if file.content_type == "message/rfc822":
        part = MIMEBase("message", "rfc822")
        part.set_payload(bytes(file.octets).decode("ascii", "replace"))
    else:
        part = MIMEBase(*file.content_type.split("/"))
        part.set_payload(bytes(file.octets))
        encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", file.name or "attachment"))
    if file.content_id.isascii() and file.content_id:
        part["Content-ID"] = f"<{file.content_id}>"
    return part


def _fields(inner: Container) -> Iterator[tuple[str, str]]:
    properties = inner.properties
    name = _line(inner.text_of(properties, Tag.SENDER_NAME, Tag.SENT_REPRESENTING_NAME))
    address = _line(
        inner.text_of(
            properties,
            Tag.SENDER_SMTP_ADDRESS,
            Tag.SENDER_EMAIL_ADDRESS,
            Tag.SENT_REPRESENTING_EMAIL_ADDRESS,
        )
    )
    address = address if re.fullmatch(r"[^\s<>@,;]+@[^\s<>@,;]+", address) else ""
    yield "From", f'"{name.translate(_QUOTES)}" <{address}>' if name and address else address or name
    yield "To", _line(inner.text_of(properties, Tag.DISPLAY_TO))
    yield "Cc", _line(inner.text_of(properties, Tag.DISPLAY_CC))
    yield "Date", _date(properties)
    yield "Message-ID", _line(inner.text_of(properties, Tag.SMTP_MESSAGE_ID))


_QUOTES = str.maketrans('"\\', "''")


def _date(properties: Properties) -> str:
    """Tenths of microseconds since 1601."""
    found = properties.get(Tag.CLIENT_SUBMIT_TIME) or properties.get(Tag.MESSAGE_DELIVERY_TIME)
    if found is None or not isinstance(found.raw_data, bytes) or len(found.raw_data) != 8:  # noqa: PLR2004
        return ""
    try:
        sent = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=struct.unpack("<Q", found.raw_data)[0] / 10)
    except OverflowError:
        return ""
    return format_datetime(sent.replace(microsecond=0))


def _line(text: str) -> str:
    return one_line(text[:MAX_LINE])
