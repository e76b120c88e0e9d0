"""One message as its sender wrote it, and as it lies in the mailbox after delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.acceptance.authentication import shapes
from tests.acceptance.authentication.shapes import Envelope
from tests.acceptance.authentication.signing import Fields, Seal, Sig, sealed, signature

EVIL_IP = "203.0.113.66"
Tamper = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail(Envelope):
    """By default Anna's, from the server of acme.fi, unsigned."""

    author: str = "Anna Aalto <anna@acme.fi>"
    fields: Mapping[str, str | None] = field(default_factory=dict)
    """Replaces, adds or (None) removes a field; signed when it is one that signers sign."""
    body: bytes = b"Hello Carl,\r\n\r\nthe harbour is done.\r\n"
    sign: tuple[Sig, ...] = ()
    seals: tuple[Seal, ...] = ()
    tamper: Tamper | None = None
    """What happens to the sender's part after signing, before sealing."""
    retamper: Tamper | None = None
    """The same after sealing."""
    above: str = ""
    """Raw lines (LF) put on top of the sender's fields after signing."""
    below: str = ""
    """Raw lines (LF) put at the end of the sender's header after signing."""
    shape: shapes.Shape = shapes.postfix
    delivered: Tamper | None = None
    """What happens to the whole, trace included."""

    def source(self) -> bytes:
        """The octets in the mailbox."""
        part = self.sent()
        part = self.tamper(part) if self.tamper else part
        part = sealed(self.seals, part) if self.seals else part
        part = self.retamper(part) if self.retamper else part
        whole = self.shape(self).replace("\n", "\r\n").encode() + part
        return self.delivered(whole) if self.delivered else whole

    def sent(self) -> bytes:
        fields = self.signed_fields()
        head = b"".join(signature(sig, fields, self.body) for sig in self.sign)
        lines = b"".join(name + b":" + value for name, value in fields)
        return raw(self.above) + head + lines + raw(self.below) + b"\r\n" + self.body

    def signed_fields(self) -> Fields:
        plain: dict[str, str | None] = {
            "From": self.author,
            "To": "Bert Berg <bert@mycompany.example>",
            "Cc": "1001.mycompany@in.example.com",
            "Subject": "Harbour",
            "Date": "Mon, 03 Mar 2025 11:58:00 +0200",
            "Message-ID": "<harbour@mail.acme.fi>",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Transfer-Encoding": "8bit",
        }
        fields = {name: value for name, value in (plain | dict(self.fields)).items() if value is not None}
        return [(name.encode(), raw(f" {value}\n")) for name, value in fields.items()]


def raw(lines: str) -> bytes:
    """Lines that end with LF in the table -> octets with CRLF; a surrogate escape is an octet."""
    return lines.replace("\n", "\r\n").encode(errors="surrogateescape")


def signed(*sigs: Sig, **keys: object) -> Mail:
    """DKIM alone: it came by a server that no SPF record names, with that server's own MAIL FROM."""
    elsewhere = {"ip": "198.51.100.99", "helo": "out.relay.example", "mail_from": "bounce@relay.example"}
    return Mail(**{"sign": sigs or (Sig(),)} | elsewhere | keys)  # type: ignore[arg-type]


def evil(author: str = "Anna Aalto <anna@acme.fi>", **keys: object) -> Mail:
    """From evil.example, with its SPF and its DKIM in perfect order, and an author of the attacker's choice."""
    there = {"ip": EVIL_IP, "helo": "mail.evil.example", "mail_from": "x@evil.example"}
    return Mail(author=author, **{"sign": (OF_EVIL,)} | there | keys)  # type: ignore[arg-type]


def spoofed(**keys: object) -> Mail:
    """Unsigned, from the attacker's address, with Anna's address in MAIL FROM as well."""
    return Mail(**{"ip": EVIL_IP, "helo": "mail.evil.example"} | keys)  # type: ignore[arg-type]


OF_EVIL = Sig(d="evil.example", key="evil")
