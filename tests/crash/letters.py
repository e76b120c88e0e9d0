"""The mail of a history, one message of every kind, with what must become of it."""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random

MX, FILING, CLIENT = "mx.in.example.com", "in.example.com", "192.0.2.10"
FOLDERS = {
    "filed": ".Filed",
    "duplicate": ".Filed",
    "rejected": ".Rejected",
    "quarantined": ".Quarantine",
    "ignored": ".Ignored",
    "review": ".Review",
}
USUAL = (
    *("offer", "copy", "unknown", "large", "nobody", "other copy", "first of one id", "late", "automatic"),
    *("same offer", "elsewhere", "second of one id", "nameless", "half"),
)
POISON = "poison"
"""A message that ends whatever process looks into it."""
KILLED = 111
"""The exit status of a life that ended at its point, or of a process that was poisoned."""
FLAGGED = {"rejected", "quarantined", "review"}
_LARGE = 1_300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    name: str
    octets: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.octets).hexdigest()

    def entity(self) -> bytes:
        head = f'Content-Type: application/octet-stream\nContent-Disposition: attachment; filename="{self.name}"\n'
        return head.encode() + b"Content-Transfer-Encoding: base64\n\n" + encodebytes(self.octets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message as it lies in the mailbox. `projects` None: it is not filed.

    `to` are recipients of the envelope, without their domain.
    """

    subject: str
    sender: str
    to: tuple[str, ...]
    message_id: str
    people: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    text: str = "Good day."
    extra: str = ""
    domain: str = FILING
    outcome: str = "filed"
    reason: str | None = None
    notice: str = "none"
    refused: tuple[str, ...] = ()
    projects: tuple[str, ...] | None = None
    written: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5))

    def source(self) -> bytes:
        stamp = f"{self.written:%a, %d %b %Y %H:%M:%S +0000}"
        host = self.sender.rpartition("@")[2]
        head = f"Return-Path: <{self.sender}>\n"
        head += "".join(f"X-Original-To: {one}@{self.domain}\n" for one in self.to)
        head += (
            f"Received: from mail.{host} (mail.{host} [{CLIENT}])\n\tby {MX} (Postfix) with ESMTPS id 4Zx1; {stamp}\n"
        )
        head += f"From: <{self.sender}>\nTo: {', '.join(('kaisa@harbour.example', *self.people))}\n"
        head += f"Subject: {self.subject}\n" if self.subject else ""
        head += f"Date: {stamp}\nMessage-ID: <{self.message_id}>\nMIME-Version: 1.0\n{self.extra}"
        return (head.encode() + self._content()).replace(b"\n", b"\r\n")

    def _content(self) -> bytes:
        text = f"Content-Type: text/plain\n\n{self.text}\n".encode()
        if not self.files:
            return text
        parts = b"".join(b"--=_1\n" + one for one in (text, *(one.entity() for one in self.files)))
        return b'Content-Type: multipart/mixed; boundary="=_1"\n\n' + parts + b"--=_1--\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domains:
    """Names of one history alone: its senders, so that its notices can be told from others'."""

    mark: str

    @property
    def outside(self) -> str:
        return f"{self.mark}.example"

    @property
    def late(self) -> str:
        """Its records cannot be had at first."""
        return f"late-{self.mark}.example"

    @property
    def anna(self) -> str:
        return f"anna+{self.mark}@mycompany.example"


def letters(names: Domains) -> dict[str, Letter]:
    """By a word for each, in the order of their arrival."""
    random = Random(names.mark)
    anna, olaf = names.anna, f"olaf@{names.outside}"

    def made(key: str, sender: str, *to: str, **more: object) -> Letter:
        plain = {"subject": f"The {key}", "message_id": f"{key}@{names.outside}"}
        return Letter(sender=sender, to=to, **plain | more)  # type: ignore[arg-type]

    plan = File(name="plan.bin", octets=random.randbytes(3_000))
    photo = File(name="photo.bin", octets=random.randbytes(900))
    scan = File(name="scan.bin", octets=random.randbytes(_LARGE))
    offer = made("offer", anna, "1001.mycompany", files=(plan, photo), projects=("1001",))
    copy = made("copy", anna, "1001.mycompany", files=(photo,), projects=("1001", "1002"))
    unknown = {"reason": "recipient-invalid", "notice": "sent"}
    return {
        "offer": offer,
        "copy": copy,
        "unknown": made("unknown", olaf, "9999.mycompany", outcome="rejected", refused=("9999.mycompany",), **unknown),
        "large": made("large", anna, "1002.mycompany", files=(scan,), projects=("1002",)),
        "nobody": made("nobody", olaf, "1001.mycompany", outcome="quarantined", reason="no-user"),
        "other copy": replace(copy, to=("1002.mycompany",)),
        "first of one id": made("one", anna, "mycompany", message_id=f"same@{names.outside}", projects=()),
        "late": made("late", f"olaf@{names.late}", "1001.mycompany", people=("bert@mycompany.example",),
                     projects=("1001",)),
        "automatic": made("reply", olaf, "1001.mycompany", extra="Auto-Submitted: auto-replied\n", outcome="ignored",
                          reason="ignored"),
        "same offer": replace(offer, outcome="duplicate"),
        "elsewhere": made("stray", anna, "somebody", domain="elsewhere.example", outcome="review",
                          reason="no-filing-address"),
        "second of one id": made("two", anna, "1003.mycompany", message_id=f"same@{names.outside}",
                                 text="Another matter.", files=(plan,), projects=("1003",)),
        "nameless": made("nameless", anna, "1001.mycompany", subject="", outcome="rejected", reason="no-subject",
                         notice="sent", refused=("",)),
        "half": made("half", anna, "1001.mycompany", "9998.mycompany", outcome="filed", **unknown,
                     refused=("9998.mycompany",), projects=("1001",)),
        POISON: made(POISON, anna, "1001.mycompany", subject=POISON, outcome="quarantined", reason="poison"),
    }  # fmt: skip
