"""The chain of ARC sets -> whether those who passed the message on vouch for it, and what the first of them saw.

RFC 8617, 5.2. A forwarder changes the message, so that its author's signature fails; what the author's domain had
proven before is then known only from the forwarder. A chain is worth what its weakest sealer is: all must be trusted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from poller.authentication.arc_sets import ArcSet, read_sets
from poller.authentication.canonical import RELAXED
from poller.authentication.claims import MAX_SHOWN, claims_of, unknown
from poller.authentication.content import BodyHashes, Content, prove_seal, prove_signature
from poller.authentication.dns import Resolver
from poller.authentication.findings import ArcFinding, Result, ResultsFinding
from poller.authentication.results import parse_results
from poller.authentication.signature import Refused, check_times, claimed_host, read_seal, read_signature, uncovered
from poller.mail.message import Header, Octets


def verify_chain(
    header: Header, source: Octets | BodyHashes, *, sealers: Collection[str], resolver: Resolver, at: datetime
) -> ArcFinding:
    """`sealers` are the trusted domains, `at` is the INTERNALDATE. Nothing is asked of the DNS before all are trusted.

    Of the message's signatures only the last must hold: the others may have been broken by those who came later, who
    say so in cv=.
    """
    try:
        sets = read_sets(header)
    except Refused as refusal:
        return _finding(refusal.result, refusal.why)
    if not sets:
        return _finding(Result.NONE, "the message has no ARC chain")
    signers = [*(one.seal.tags for one in sets), sets[-1].signature.tags]
    names = [claimed_host(tags, b"d") for tags in signers]
    found = tuple(name or "" for name in names[: len(sets)])
    stranger = next((name or "a domain that cannot be read" for name in names if name not in sealers), None)
    if stranger:
        return _finding(Result.POLICY, f"the ARC chain is sealed by {stranger}, which is not a trusted sealer", found)
    content = Content(header, source)
    refusals = list(_refusals(content, header, sets, resolver, at))
    # Where anything failed for good, an answer that is still missing would change nothing.
    worst = next((one for one in refusals if one.result is not Result.TEMPERROR), next(iter(refusals), None))
    if worst:
        return _finding(worst.result, f"the ARC chain is not valid: {worst.why}", found)
    return ArcFinding(
        result=Result.PASS,
        sealers=found,
        results=_first_results(sets[0], found[0]),
        why=f"the ARC chain of {', '.join(found)} is valid",
    )


def _finding(result: Result, why: str, sealers: tuple[str, ...] = ()) -> ArcFinding:
    return ArcFinding(result=result, sealers=sealers, results=None, why=why)


def _refusals(
    content: Content, header: Header, sets: Sequence[ArcSet], resolver: Resolver, at: datetime
) -> Iterator[Refused]:
    """What does not hold: the last signature of the message first, then the seals, last first."""
    try:
        _check_message(content, header, sets[-1], resolver, at)
    except Refused as refusal:
        yield refusal
    for count in range(len(sets), 0, -1):
        try:
            _check_seal(content, header, sets[:count], resolver)
        except Refused as refusal:
            yield refusal


def _check_message(content: Content, header: Header, last: ArcSet, resolver: Resolver, at: datetime) -> None:
    tags, position = last.signature.tags, last.signature.position
    if b"l" in tags:
        raise Refused(Result.POLICY, "its last signature covers only a part of the body (l=)")
    signature = read_signature(tags, header.fields[position].value, identity=None)
    if missing := uncovered(signature.names, header):
        raise Refused(Result.POLICY, f"its last signature does not cover the field {missing}")
    check_times(tags, int(at.timestamp()))
    prove_signature(content, signature, position, resolver)


def _check_seal(content: Content, header: Header, sets: Sequence[ArcSet], resolver: Resolver) -> None:
    """The seal of the last of these sets, over all of them."""
    seal = sets[-1].seal
    covered = [position for one in sets for position in one.positions if position != seal.position]
    check = read_seal(seal.tags, header.fields[seal.position].value, form=RELAXED)
    prove_seal(content, check, seal.position, covered, resolver)


def _first_results(first: ArcSet, sealer: str) -> ResultsFinding:
    """What the first server found. It may call itself as it likes: its seal says who it is."""
    who = f"the ARC-Authentication-Results of {sealer[:MAX_SHOWN]}"
    results = parse_results(first.results.rest)
    return claims_of([results], who) if results else unknown(f"{who} cannot be read")
