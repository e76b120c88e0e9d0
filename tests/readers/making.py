"""Messages to be looked into, and what is needed for it."""

from __future__ import annotations

from base64 import encodebytes

from poller.filing.first_look import FirstLook, Looking, Unread
from tests.child.winmail import HEAD, attached
from tests.filing import making
from tests.readers.misbehaving import FIELD
from tests.workplace import mail

LOOKING = Looking(auth=making.auth(), routing=making.routing())

TNEF = HEAD + attached(b"inner.txt", b"what was packed")
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1@acme.fi\r\n"
    b"DTSTAMP:20260302T120000Z\r\nDTSTART:20260303T120000Z\r\nDTEND:20260303T130000Z\r\nSUMMARY:Berth\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def unread(source: bytes, *, size: int = 0, oversized: bool = False) -> Unread:
    return Unread(source=source, size=size or len(source), oversized=oversized)


def told(word: bytes = b"", number: int = 1) -> Unread:
    """A message whose reader is told what to do, or nothing, with a file."""
    return unread(with_files(mail(number), ("a.bin", "application/octet-stream", b"octets of %d" % number), told=word))


def with_files(plain: bytes, *files: tuple[str, str, bytes], told: bytes = b"") -> bytes:
    """Of (name, type, octets)."""
    head, _, text = plain.partition(b"\r\n\r\n")
    field = b"\r\n" + FIELD + told if told else b""
    parts = [b"Content-Type: text/plain\r\n\r\n" + text, *map(_part, files)]
    body = b"".join(b"--=_1\r\n" + part + b"\r\n" for part in parts)
    kind = b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="=_1"\r\n\r\n'
    return head + field + kind + body + b"--=_1--\r\n"


def _part(file: tuple[str, str, bytes]) -> bytes:
    name, kind, octets = file
    head = f'Content-Type: {kind}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode() + encodebytes(octets).replace(b"\n", b"\r\n")


def octets_of(look: FirstLook) -> list[tuple[str, bytes]]:
    return [(file.name, b"".join(file.chunks())) for file in look.screened.message.attachments]
