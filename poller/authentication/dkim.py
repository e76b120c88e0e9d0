"""DKIM-Signature fields -> a finding for each (RFC 6376, 6). `signature` and `keys` say what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from poller.authentication.content import BodyHashes, Content, prove_signature
from poller.authentication.dns import Resolver
from poller.authentication.findings import DkimFinding, Result
from poller.authentication.signature import Refused, claimed_host, read_dkim, read_tags
from poller.mail.message import Header, Octets
from poller.wording import many

FIELD = "dkim-signature"

Rank = Callable[[str], int | None]
"""d= -> how early its signatures are looked at, 0 first; None where that domain could never speak for the author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """A field and who it says has signed; None where it does not say so. `rank` is that of its domain."""

    position: int
    value: bytes
    tags: Mapping[bytes, bytes] | Refused
    domain: str | None = None
    selector: str | None = None
    rank: int | None = None


def verify_signatures(
    header: Header, source: Octets | BodyHashes | None, *, rank: Rank, resolver: Resolver, at: datetime, most: int
) -> tuple[DkimFinding, ...]:
    """All signature fields, top first. `source` is None where the body was not fetched; `at` is the INTERNALDATE.

    At most `most` signatures are looked at, by rank and then from the top; no look-up is made for any other.
    """
    claims = [
        _claim(position, field.value, rank) for position, field in enumerate(header.fields) if field.name == FIELD
    ]
    ranked = sorted((claim.rank, claim.position) for claim in claims if claim.rank is not None)
    chosen = {position for _, position in ranked[:most]}
    content = Content(header, source)
    return tuple(
        _finding(
            claim,
            _refusal(claim, content, resolver, at) if claim.position in chosen else _passed_over(claim, most),
        )
        for claim in claims
    )


def _claim(position: int, value: bytes, rank: Rank) -> _Claim:
    try:
        tags = read_tags(value)
    except Refused as refusal:
        return _Claim(position=position, value=value, tags=refusal)
    domain = claimed_host(tags, b"d")
    return _Claim(
        position=position,
        value=value,
        tags=tags,
        domain=domain,
        selector=claimed_host(tags, b"s"),
        rank=rank(domain) if domain else None,
    )


def _refusal(claim: _Claim, content: Content, resolver: Resolver, at: datetime) -> Refused | None:
    """None when the signature is genuine."""
    if isinstance(claim.tags, Refused):
        return claim.tags
    try:
        signature = read_dkim(claim.tags, claim.value, content.header, at)
        prove_signature(content, signature, claim.position, resolver)
    except Refused as refusal:
        return refusal
    return None


def _passed_over(claim: _Claim, most: int) -> Refused:
    if isinstance(claim.tags, Refused):
        return claim.tags
    if claim.domain is None:
        return Refused(Result.PERMERROR, "d= of the signature is missing or is no host name")
    if claim.rank is None:
        return Refused(Result.POLICY, f"d={claim.domain} can never speak for the author's domain")
    return Refused(Result.POLICY, f"the message has more than {many(most, 'signature')} to look at")


def _finding(claim: _Claim, refusal: Refused | None) -> DkimFinding:
    return DkimFinding(
        result=refusal.result if refusal else Result.PASS,
        position=claim.position,
        domain=claim.domain,
        selector=claim.selector,
        why=refusal.why if refusal else f"the message is as {claim.domain} signed it with {claim.selector}",
    )
