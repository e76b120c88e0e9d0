"""Mail that somebody sends and that a Postfix before the mailbox has taken, and what must have become of it.

By default it comes from a domain of its own, whose SPF record proves it, from nobody we know, to a number that there
is not: it is refused, and its sender is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

MX = "mx.in.example.com"
FILING = "in.example.com"
CLIENT = "192.0.2.10"
"""The address that every SPF record allows."""
ELSEWHERE = "203.0.113.66"
"""One that none does."""
SECRET = "Not even the sender gets this back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """`name` starts with the rule it is about, and no other one is called so."""

    name: str
    sender: str = ""
    """Envelope and author; empty: Olaf at a domain of this mail's own."""
    author: str = ""
    """The whole From; empty: the sender."""
    to: str = "9999.mycompany"
    """Envelope recipients, blank-separated; without @ they are at the filing domain."""
    return_path: str | None = None
    """The whole value; None: the sender in angle brackets; empty: there is no such field."""
    fields: Mapping[str, str | None] = field(default_factory=dict)
    """Replaces, adds or (None) removes a field."""
    extra: bytes = b""
    """Raw lines (LF) at the end of the header."""
    above: str = ""
    """Lines (LF) above the border."""
    content: bytes = b""
    """Content fields, a blank line and the body (LF); by default plain text."""
    ip: str = CLIENT
    age: timedelta = timedelta(minutes=5)
    """Since it arrived."""
    outcome: str = "rejected"
    reason: str | None = "recipient-invalid"
    notice: str = "sent"
    """As `messages` shows it; several are separated by `|`."""
    notices: int | None = None
    """How many came; None: one if it was sent, else none."""
    status: str = "5.1.1"
    refused: tuple[str, ...] = ()
    """Final-Recipient, where an address cannot be told as it stands."""

    @property
    def key(self) -> str:
        return re.sub("[^a-z0-9]+", "-", self.name.lower()).strip("-")[:60]

    @property
    def address(self) -> str:
        """The envelope sender."""
        return self.sender or f"olaf@{self.key}.example"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def recipients(self) -> list[str]:
        return [word if "@" in word else f"{word}@{FILING}" for word in self.to.split()]

    @property
    def message_id(self) -> str:
        return f"<{self.key}@{self.domain}>"

    @property
    def expected_notices(self) -> int:
        return self.notices if self.notices is not None else int(self.notice == "sent")

    def source(self) -> bytes:
        """The octets in the mailbox."""
        path = f"<{self.address}>" if self.return_path is None else self.return_path
        head = f"Return-Path: {path}\n" if path else ""
        head += self.above + "".join(f"X-Original-To: {one}\n" for one in self.recipients)
        head += f"Received: from mail.{self.domain} (mail.{self.domain} [{self.ip}])\n\tby {MX} (Postfix) with ESMTPS"
        head += f" id 4Zx1; {self.arrived:%a, %d %b %Y %H:%M:%S +0000}\n"
        head += "".join(f"{name}: {value}\n" for name, value in self.header.items())
        content = self.content or f"Content-Type: text/plain; charset=utf-8\n\n{SECRET}.\n".encode()
        return (head.encode(errors="surrogateescape") + self.extra + content).replace(b"\n", b"\r\n")

    @property
    def arrived(self) -> datetime:
        return datetime.now(UTC) - self.age

    @property
    def header(self) -> dict[str, str]:
        plain = {
            "X-Case": self.key,
            "From": self.author or f"Olaf Outside <{self.address}>",
            "To": "Kaisa Korhonen <kaisa@harbour.example>",
            "Subject": f"About {self.key}",
            "Date": f"{self.arrived:%a, %d %b %Y %H:%M:%S +0000}",
            "Message-ID": self.message_id,
            "MIME-Version": "1.0",
        }
        return {name: value for name, value in (plain | dict(self.fields)).items() if value is not None}

    @property
    def zone(self) -> dict[str, Sequence[str]]:
        """What the sender's domain publishes."""
        return {f"{self.domain} TXT": [f"v=spf1 ip4:{CLIENT} -all"]}


def answered(name: str, **values: object) -> Mail:
    return Mail(name=name, **values)  # type: ignore[arg-type]


def suppressed(rule: str, name: str, **values: object) -> Mail:
    """Refused like any other, and its sender hears nothing, because of a rule."""
    return Mail(name=f"{rule} {name}", notice=f"suppressed:{rule}", **values)  # type: ignore[arg-type]


def ignored(name: str, **values: object) -> Mail:
    return Mail(name=name, outcome="ignored", reason="ignored", notice="none", **values)  # type: ignore[arg-type]


def text(body: str) -> bytes:
    return f"Content-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
