"""The verdict on the author's right to the From address (RFC 8601 result words)."""

from __future__ import annotations

from dataclasses import dataclass

from poller.authentication.findings import Findings, Mechanism, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """`accepted`: the message may be filed. `domain` and `selector` belong to the identifier that aligned.

    `unavailable`: it may not, and what could have given evidence failed temporarily. `why` says in words what proved
    the author's right or, where nothing did, what was missing and how the author's domain can mend it.
    """

    evidence: Mechanism
    spf: Result
    dkim: Result
    dmarc: Result
    domain: str | None
    selector: str | None
    accepted: bool
    unavailable: bool
    why: str
    findings: Findings

    @property
    def unverified(self) -> bool:
        return self.evidence is Mechanism.NONE
