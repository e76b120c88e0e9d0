"""What was found out about the author's right to the From address (RFC 8601 result words)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from poller.authentication.findings import ArcFinding, DkimFinding, DmarcFinding, Result, ResultsFinding, SpfFinding


class Mechanism(StrEnum):
    """What gave the positive, aligned evidence."""

    DKIM = "dkim"
    SPF = "spf"
    AUTHRES = "authres"
    ARC = "arc"
    EXCEPTION = "exception"  # UNAUTHENTICATED_OK
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A domain that passed, or may have, and whether it speaks for the author; `aligned` is None while unknown."""

    mechanism: Mechanism
    domain: str
    selector: str | None
    aligned: bool | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All facts behind a verdict. What was not looked at is None: there was no need, or the settings leave it out."""

    author_domain: str
    spf: SpfFinding | None = None
    dkim: tuple[DkimFinding, ...] = ()
    dmarc: DmarcFinding | None = None
    results: ResultsFinding | None = None
    arc: ArcFinding | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """`accepted`: the message may be filed. `domain` and `selector` belong to the identifier that aligned.

    `unavailable`: there is no evidence, and what could have given some failed temporarily. `why` says in words what
    proved the author's right or, where nothing did, what was missing and how the author's domain can mend it.
    `return_path_proven`: the envelope sender's own domain passed, so that a notice to it reaches whoever wrote.
    """

    evidence: Mechanism
    spf: Result
    dkim: Result
    dmarc: Result
    domain: str | None
    selector: str | None
    accepted: bool
    unavailable: bool
    return_path_proven: bool
    why: str
    findings: Findings

    @property
    def unverified(self) -> bool:
        return self.evidence is Mechanism.NONE


def authenticate() -> Authentication:
    """No mechanism is evaluated yet: AUTH_POLICY=monitor, the only one accepted, files everything as unverified."""
    return Authentication(
        evidence=Mechanism.NONE,
        spf=Result.NONE,
        dkim=Result.NONE,
        dmarc=Result.NONE,
        domain=None,
        selector=None,
        accepted=True,
        unavailable=False,
        return_path_proven=False,
        why="",
        findings=Findings(author_domain=""),
    )
