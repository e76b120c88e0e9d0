"""What was found out about the author's right to the From address (RFC 8601 result words)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mechanism(StrEnum):
    """What gave the positive, aligned evidence."""

    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """`accepted`: the message may be filed. `domain` and `selector` belong to the identifier that aligned."""

    evidence: Mechanism
    spf: str
    dkim: str
    dmarc: str
    domain: str | None
    selector: str | None
    accepted: bool

    @property
    def unverified(self) -> bool:
        return self.evidence is Mechanism.NONE


def authenticate() -> Authentication:
    """No mechanism is evaluated yet: AUTH_POLICY=monitor, the only one accepted, files everything as unverified."""
    return Authentication(
        evidence=Mechanism.NONE, spf="none", dkim="none", dmarc="none", domain=None, selector=None, accepted=True
    )
