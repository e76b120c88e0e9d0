"""Bodies written from what they contain."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass
from hashlib import sha256
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as `activities --json` must show it; `name` None: any safe name."""

    name: str | None
    size: int
    sha256: str
    inline: bool | None = False
    """None: any will do."""
    ending: str = ""


def stored(name: str | None, octets: bytes, *, inline: bool | None = False, ending: str = "") -> Stored:
    return Stored(name, len(octets), sha256(octets).hexdigest(), inline, ending)


def text(body: str | bytes, charset: str = "utf-8", kind: str = "text/plain", encoding: str = "8bit") -> bytes:
    """A text entity; a body of octets is taken as encoded already."""
    octets = body if isinstance(body, bytes) else dedent(body).encode(charset)
    head = f"Content-Type: {kind}; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + octets + (b"" if octets.endswith(b"\n") else b"\n")


def html(body: str, charset: str = "utf-8") -> bytes:
    return text(body, charset, "text/html")


def base64(octets: bytes, kind: str, *lines: str) -> bytes:
    """An entity of the given type and further fields, in base64."""
    head = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", *lines]
    return "\n".join(head).encode() + b"\n\n" + encodebytes(octets)


def attachment(name: str, octets: bytes, kind: str = "application/octet-stream") -> bytes:
    return base64(octets, kind, f'Content-Disposition: attachment; filename="{name}"')


def disposed(octets: bytes, parameters: str) -> bytes:
    """An attachment whose file name is written in an unusual way."""
    return base64(octets, "application/octet-stream", f"Content-Disposition: attachment; {parameters}")


def multipart(kind: str, *parts: bytes) -> bytes:
    """`multipart/kind` of the parts; `kind` may carry parameters."""
    mark = "=_" + sha256(b"".join(parts)).hexdigest()[:16]
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"\n\n'.encode()
    inner = b"".join(b"--" + mark.encode() + b"\n" + part.rstrip(b"\n") + b"\n" for part in parts)
    return head + inner + b"--" + mark.encode() + b"--\n"


def mixed(body: str, *parts: bytes) -> bytes:
    return multipart("mixed", text(body), *parts)
