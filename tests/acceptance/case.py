"""One delivery and what must have become of it.

An entry says only what is special about it; all else is that of the plain case: Anna, a user, writes to Kaisa, a
contact person of Harbour Oy, with project 1001 of the same customer in BCC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DOMAIN = "in.example.com"
ANNA = "Anna Andersson <anna@mycompany.example>"
BERT = "Bert Berg <bert@mycompany.example>"
DORA = "Dora Ström <dora@mycompany.example>"
FRIDA = "Frida Falk <frida@mycompany.example>"
KAISA = "Kaisa Korhonen <kaisa@harbour.example>"
LAURI = "Lauri Laine <lauri@harbour.example>"
MARIA = "Maria Meri <maria@island.example>"
SAM = "Sam Shared <sam@consult.example>"
OLAF = "Olaf Outside <olaf@outside.example>"

RECEIVED = (
    "Received: from mail.mycompany.example (mail.mycompany.example [192.0.2.10])\n"
    "\tby mx.in.example.com (Postfix) with ESMTPS id 4Zx1; Mon, 3 Mar 2025 09:59:00 +0000\n"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """The one row of the ledger, and the activity it points to (None: nothing was stored)."""

    outcome: str
    reason: str | None = None
    notice: str = "none"
    """`none`, `suppressed` (by whatever rule) or `any` where both will do."""
    activity: Mapping[str, Any] | None = None
    also: tuple[str, ...] = ()
    """Further reasons that the row must record beside the one that decided."""


@dataclass(frozen=True, slots=True)
class Case:
    """`name` starts with the rule's number (`rules.py`). `to` to `content` write the message, from the top down."""

    name: str
    expected: Expected
    to: str = "1001.mycompany"
    """Values of X-Original-To above the border, blank-separated; without @ they are at the filing domain."""
    return_path: str = "<anna@mycompany.example>"
    top: str = ""
    """Further lines above the border."""
    received: str = RECEIVED
    below: str = ""
    """Lines below the border: the sender's."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Replaces or (None) removes a field of the plain message, or adds one."""
    extra: str = ""
    """Raw lines after the header fields, for what a mapping cannot say."""
    content: str | bytes = ""
    """Content fields, a blank line and the body; the plain text if empty."""
    delivered: datetime = datetime(2025, 3, 3, 10, tzinfo=UTC)
    """INTERNALDATE."""
    seen: bool = False
    recipients: str | None = None
    """Filing addresses found; None: those of `to`."""
    one: str = ""
    """Cases with the same word here share one activity."""

    @property
    def key(self) -> str:
        """A word of letters and digits that no other case of the variant has."""
        return "".join(c if c.isascii() and c.isalnum() else "-" for c in self.name)

    @property
    def fields(self) -> dict[str, str]:
        """The header fields below the trace, in order."""
        plain: dict[str, str | None] = {
            "From": ANNA,
            "To": KAISA,
            "Subject": f"About {self.key}",
            "Date": "Mon, 03 Mar 2025 11:58:00 +0200",
            "Message-ID": f"<{self.key}@mycompany.example>",
            "MIME-Version": "1.0",
        }
        return {name: value for name, value in (plain | dict(self.headers)).items() if value is not None}

    @property
    def addresses(self) -> list[str]:
        """The addresses of `to`, whole."""
        return [whole(word) for word in self.to.split()]

    def source(self, login: str) -> bytes:
        """The octets to deliver; `{login}` in the header stands for the mailbox's own login."""
        head = f"Return-Path: {self.return_path}\n" + self.top
        head += "".join(f"X-Original-To: {address}\n" for address in self.addresses)
        head += self.received + self.below
        head += "".join(f"{name}: {value}\n" for name, value in self.fields.items()) + self.extra
        content = self.content or f"Content-Type: text/plain; charset=utf-8\n\nHello from {self.key}.\n"
        octets = content if isinstance(content, bytes) else content.encode()
        return (head.replace("{login}", login).encode() + octets).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def whole(word: str) -> str:
    """An address from a local part at the filing domain, or from itself."""
    return word if "@" in word else f"{word}@{DOMAIN}"


def filed(**activity: Any) -> Expected:
    """Filed whole; the keyword arguments are keys of the activity's JSON."""
    return Expected("filed", activity=activity)


def partly(reason: str, **activity: Any) -> Expected:
    """A9: filed, and the sender would be told about the address that is wrong."""
    return Expected("filed", reason, "suppressed", activity)


def duplicate(**activity: Any) -> Expected:
    return Expected("duplicate", activity=activity)


def rejected(reason: str, *also: str, notice: str = "suppressed") -> Expected:
    return Expected("rejected", reason, notice, also=also)


def quarantined(reason: str, *also: str) -> Expected:
    return Expected("quarantined", reason, also=also)


IGNORED = Expected("ignored", "ignored")
REVIEW = Expected("review", "no-filing-address")
NO_USER = quarantined("no-user")
MALFORMED = quarantined("malformed")
INVALID = rejected("recipient-invalid")
RETIRED = rejected("retired-address")
NO_SUBJECT = rejected("no-subject")
TOO_LARGE = rejected("message-too-large")
