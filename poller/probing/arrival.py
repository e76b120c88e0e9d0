"""A nonce -> what has come of it: copies of the probe, and reports that a server could not deliver it (RFC 3464)."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from poller.mail.fields.words import decoded
from poller.mail.header import split_header
from poller.mailbox.seeking import Seeker, Sighted

GRACE_SECONDS = 10
"""For a second copy, where the first one names no recipient: nobody knows how many are to come."""

_PAUSE_SECONDS, _LONG_PAUSE_SECONDS = 1, 5
_EAGER_SECONDS = 30
_LONGEST_WORDS = 500
_REPORTED = re.compile(
    rb"^(final-recipient|diagnostic-code)[ \t]*:[ \t]*[^;\r\n]*;[ \t]*(.*(?:\r?\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The probe as it lay in `folder`. `internal_date` is by the server's clock, `seen_at` by ours.

    `seconds` is how long it was waited for.
    """

    folder: str
    internal_date: datetime
    source: bytes
    seen_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """Whom a server could not reach, and what it says of it."""

    recipient: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    copies: tuple[Copy, ...] = ()
    bounces: tuple[Bounce, ...] = ()

    def joined_by(self, sighted: Sighted, nonce: str, seconds: float) -> Arrived:
        """With one more message, unless that is known, moved by a worker, or neither copy nor report."""
        source = bytes(sighted.fetched.source)
        header = split_header(source)
        if (header.first("content-type") or b"").strip().lower().startswith(b"multipart/report"):
            new = [one for one in _bounces(source, nonce) if one not in self.bounces]
            return replace(self, bounces=(*self.bounces, *new))
        is_copy = nonce in decoded(header.first("subject") or b"").lower()
        if not is_copy or any(one.source == source for one in self.copies):
            return self
        copy = Copy(
            folder=sighted.folder,
            internal_date=sighted.fetched.internal_date,
            source=source,
            seen_at=datetime.now(UTC),
            seconds=seconds,
        )
        return replace(self, copies=(*self.copies, copy))

    def named(self, addresses: Collection[str]) -> set[str]:
        """Those of the addresses, in lower case, that any copy or report names."""
        headers = [copy.source[: split_header(copy.source).body_offset].lower() for copy in self.copies]
        bounced = {bounce.recipient for bounce in self.bounces}
        return {one for one in addresses if one in bounced or any(one.encode() in header for header in headers)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """For what, and how long. `seconds` in all; not `patient`, no longer for a second copy than for an unknown one."""

    nonce: str
    expected: Collection[str]
    seconds: float
    patient: bool
    max_size: int

    def wait(self, seeker: Seeker, spool: Path) -> Arrived:
        """Until all the addresses are named, or the time is up. Raises Transient."""
        began = time.monotonic()
        arrived, first_at = Arrived(), None
        while True:
            for sighted in seeker.new_with(self.nonce, spool, self.max_size):
                arrived = arrived.joined_by(sighted, self.nonce, time.monotonic() - began)
            now = time.monotonic() - began
            first_at = now if first_at is None and arrived.copies else first_at
            if now >= self.seconds or self._is_enough(arrived, 0 if first_at is None else now - first_at):
                return arrived
            time.sleep(_PAUSE_SECONDS if now < _EAGER_SECONDS else _LONG_PAUSE_SECONDS)

    def _is_enough(self, arrived: Arrived, since_first: float) -> bool:
        named = arrived.named(self.expected)
        if len(named) == len(self.expected) or len(arrived.copies) >= len(self.expected):
            return True
        nobody_knows = bool(arrived.copies) and (not named or not self.patient)
        return nobody_knows and since_first >= GRACE_SECONDS


def _bounces(source: bytes, nonce: str) -> list[Bounce]:
    """The groups of fields of a delivery-status part, each of which begins with Final-Recipient."""
    found: list[Bounce] = []
    for match in _REPORTED.finditer(source):
        words = " ".join(match[2].decode("utf-8", "replace").split())[:_LONGEST_WORDS]
        if match[1].lower() == b"final-recipient":
            found.append(Bounce(recipient=words.lower().strip("<> "), words=""))
        elif found:
            found[-1] = replace(found[-1], words=words)
    return [one for one in found if nonce in one.recipient]
