"""What each mechanism found, before anything is judged: the facts that `explain` shows and the verdict weighs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """The result words of RFC 8601, 2.7."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    POLICY = "policy"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfFinding:
    """SPF of one identity (RFC 7208). `identity` is "mailfrom" or "helo", `domain` its domain in A-labels.

    `counts`: it passed, and not only because the record lets half the world pass. `why` is a sentence without a full
    stop that names what was asked and what came of it.
    """

    result: Result
    identity: str | None
    domain: str | None
    counts: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimFinding:
    """One DKIM-Signature field (RFC 6376), `position` its place in the header. `domain` is d= in lower case.

    `domain` and `selector` are None where the field does not name them.
    """

    result: Result
    position: int
    domain: str | None
    selector: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsFinding:
    """What trusted Authentication-Results say (RFC 8601), the fields of one server taken together.

    `found` is False where there is no field to be believed, and `why` says so. The domains are in A-labels and lower
    case: `dkim` those of every signature that passed, with its selector or None; `mail_from` of SPF's pass;
    `header_from` of DMARC's pass.
    """

    found: bool
    dkim: tuple[tuple[str, str | None], ...]
    mail_from: str | None
    header_from: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcFinding:
    """The chain of ARC sets (RFC 8617). `sealers` are the d= of every seal, first instance first.

    `results` are what the first sealer's ARC-Authentication-Results say, when the chain is valid and all are trusted.
    """

    result: Result
    sealers: tuple[str, ...]
    results: ResultsFinding | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcFinding:
    """DMARC's result for the author domain (RFC 9989): pass when an identifier aligns, none without a record.

    `domain` is where the record stands, `strict_dkim` and `strict_spf` are its adkim and aspf.
    """

    result: Result
    domain: str | None
    strict_dkim: bool
    strict_spf: bool
    why: str


class Mechanism(StrEnum):
    """What gave the positive, aligned evidence."""

    DKIM = "dkim"
    SPF = "spf"
    AUTHRES = "authres"
    ARC = "arc"
    EXCEPTION = "exception"  # UNAUTHENTICATED_OK
    NONE = "none"


class Method(StrEnum):
    """How the identifier came to be one, here or at the server whose results are believed."""

    DKIM = "dkim"
    SPF = "spf"
    DMARC = "dmarc"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A domain that passed, or might have, and whether it speaks for the author (RFC 9989, 4.4).

    `aligned` is None while a temporary failure leaves it open.
    """

    mechanism: Mechanism
    method: Method
    domain: str
    selector: str | None
    aligned: bool | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All facts behind a verdict. What was not looked at is None: the settings, or the message, leave it out.

    `return_path_proven`: the envelope sender's own domain passed, so that a notice to it reaches whoever wrote.
    """

    author_domain: str
    spf: SpfFinding | None
    dkim: tuple[DkimFinding, ...]
    dmarc: DmarcFinding
    results: ResultsFinding | None
    arc: ArcFinding | None
    identifiers: tuple[Identifier, ...]
    return_path_proven: bool = False
