"""DKIM-Signature fields -> a finding for each (RFC 6376, 6). `signature` and `keys` say what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from poller.authentication.content import Content, prove_signature
from poller.authentication.dns import Resolver
from poller.authentication.findings import DkimFinding, Result
from poller.authentication.signature import Refused, Signature, claimed_host, read_dkim, read_tags
from poller.mail.message import Header, Octets

FIELD = "dkim-signature"

Rank = Callable[[str], int | None]
"""d= -> how early its signatures are looked at, 0 first; None where that domain could never speak for the author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """A field as read. `domain` and `selector` are None where it does not name them; `rank` is that of its domain."""

    position: int
    domain: str | None = None
    selector: str | None = None
    rank: int | None = None
    reading: Signature | Refused


def verify_signatures(
    header: Header, source: Octets | None, *, rank: Rank, resolver: Resolver, at: datetime, most: int
) -> tuple[DkimFinding, ...]:
    """All signature fields, top first. `source` is None where the body was not fetched; `at` is the INTERNALDATE.

    At most `most` signatures are verified, by rank and then from the top; no look-up is made for any other, nor for one
    that a test without the DNS refuses.
    """
    claims = [
        _claim(position, field.value, header, rank, at)
        for position, field in enumerate(header.fields)
        if field.name == FIELD
    ]
    content = Content(header, source) if source is not None else None
    outcomes = {claim.position: _refusal(claim) for claim in claims}
    fit = sorted((claim for claim in claims if outcomes[claim.position] is None), key=_order)
    for number, claim in enumerate(fit):
        outcomes[claim.position] = _proof(claim, content, resolver) if number < most else _surplus(most)
    return tuple(_finding(claim, outcomes[claim.position]) for claim in claims)


def _claim(position: int, value: bytes, header: Header, rank: Rank, at: datetime) -> _Claim:
    try:
        tags = read_tags(value)
    except Refused as refusal:
        return _Claim(position=position, reading=refusal)
    domain = claimed_host(tags, b"d")
    reading: Signature | Refused
    try:
        reading = read_dkim(tags, value, header, at)
    except Refused as refusal:
        reading = refusal
    return _Claim(
        position=position,
        domain=domain,
        selector=claimed_host(tags, b"s"),
        rank=rank(domain) if domain else None,
        reading=reading,
    )


def _refusal(claim: _Claim) -> Refused | None:
    if claim.domain and claim.rank is None:
        return Refused(Result.POLICY, f"d={claim.domain} can never speak for the author's domain")
    return claim.reading if isinstance(claim.reading, Refused) else None


def _surplus(most: int) -> Refused:
    return Refused(Result.POLICY, f"the message has more than {most} signatures to look at")


def _order(claim: _Claim) -> tuple[int, int]:
    return claim.rank or 0, claim.position


def _proof(claim: _Claim, content: Content | None, resolver: Resolver) -> Refused | None:
    """None when the signature is genuine."""
    if content is None:
        return Refused(Result.NEUTRAL, "the message is too large to be fetched, so its signature cannot be checked")
    if isinstance(claim.reading, Refused):
        return claim.reading
    try:
        prove_signature(content, claim.reading, claim.position, resolver)
    except Refused as refusal:
        return refusal
    return None


def _finding(claim: _Claim, refusal: Refused | None) -> DkimFinding:
    return DkimFinding(
        result=refusal.result if refusal else Result.PASS,
        position=claim.position,
        domain=claim.domain,
        selector=claim.selector,
        why=refusal.why if refusal else f"the message is as {claim.domain} signed it with {claim.selector}",
    )
