"""A header -> its ARC sets, one for each server that passed the message on and vouched for it (RFC 8617, 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from poller.authentication.findings import Result
from poller.authentication.signature import Refused, read_tags
from poller.mail.header import unfolded
from poller.mail.message import Header

RESULTS, SIGNATURE, SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"

MAX_SETS = 20
"""The RFC allows 50. A message that went through three lists and a forwarder had 9."""

_INSTANCE = re.compile(rb"[1-9][0-9]?")
_RESULTS_INSTANCE = re.compile(rb"[ \t]*+i[ \t]*+=[ \t]*+([1-9][0-9]?)[ \t]*+;")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcField:
    """`tags` are those of a signature or seal, empty for results; `rest` is the value of results behind `i=1;`."""

    position: int
    tags: Mapping[bytes, bytes]
    rest: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcSet:
    results: ArcField
    signature: ArcField
    seal: ArcField

    @property
    def positions(self) -> tuple[int, int, int]:
        """In the order in which a seal covers them (RFC 8617, 5.1.1.1)."""
        return self.results.position, self.signature.position, self.seal.position


def read_sets(header: Header) -> tuple[ArcSet, ...]:
    """The sets, first instance first; none where the header has no ARC fields. Raises Refused where one is amiss."""
    places = [at for at, field in enumerate(header.fields) if field.name in {RESULTS, SIGNATURE, SEAL}]
    if len(places) > 3 * MAX_SETS:
        raise Refused(Result.PERMERROR, f"the message has more than {MAX_SETS} ARC sets")
    found: dict[tuple[str, int], ArcField] = {}
    for position in places:
        name, value = header.fields[position].name, header.fields[position].value
        instance, field = _results(position, value) if name == RESULTS else _tagged(position, value)
        if (name, instance) in found:
            raise Refused(Result.FAIL, f"the ARC set i={instance} has its {name.title()} twice")
        found[name, instance] = field
    last = max((instance for _, instance in found), default=0)
    return tuple(_whole(found, instance) for instance in range(1, last + 1))


def _results(position: int, value: bytes) -> tuple[int, ArcField]:
    flat = unfolded(value)
    match = _RESULTS_INSTANCE.match(flat)
    if not match:
        raise Refused(Result.PERMERROR, "an ARC-Authentication-Results field does not start with its i=")
    return int(match[1]), ArcField(position=position, tags={}, rest=flat[match.end() :])


def _tagged(position: int, value: bytes) -> tuple[int, ArcField]:
    tags = read_tags(value)
    if not _INSTANCE.fullmatch(tags.get(b"i", b"")):
        raise Refused(Result.PERMERROR, "i= of an ARC field is missing or is no number from 1 to 50")
    return int(tags[b"i"]), ArcField(position=position, tags=tags)


def _whole(found: Mapping[tuple[str, int], ArcField], instance: int) -> ArcSet:
    """RFC 8617, 5.2, step 3: no instance is left out, and what each says of the chain before it."""
    missing = next((name for name in (RESULTS, SIGNATURE, SEAL) if (name, instance) not in found), None)
    if missing:
        raise Refused(Result.FAIL, f"the ARC set i={instance} has no {missing.title()}")
    one = ArcSet(results=found[RESULTS, instance], signature=found[SIGNATURE, instance], seal=found[SEAL, instance])
    if one.seal.tags.get(b"cv", b"").lower() != (b"none" if instance == 1 else b"pass"):
        raise Refused(Result.FAIL, f"the sealer of i={instance} did not find the ARC chain before it valid (cv=)")
    if b"h" in one.seal.tags:
        raise Refused(Result.FAIL, f"the ARC-Seal i={instance} has h=")
    if SEAL.encode() in (name.strip().lower() for name in one.signature.tags.get(b"h", b"").split(b":")):
        raise Refused(Result.FAIL, f"the ARC-Message-Signature i={instance} covers an ARC-Seal")
    return one
