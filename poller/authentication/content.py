"""What the signatures of a message cover: its fields and its body, put into canonical form once for all of them.

How a signature field is verified, be it DKIM's or ARC's (all of it raises Refused, and nothing else):

    content = Content(header, source)
    tags = read_tags(field.value)
    signature = read_signature(tags, field.value, identity=None)     # DKIM, ARC-Message-Signature
    prove_signature(content, signature, position, resolver)          # bh=, then the key, then b=
    seal = read_seal(tags, field.value, form="relaxed")              # ARC-Seal
    prove_seal(content, seal, position, positions_covered, resolver)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import sha256

from poller.authentication.canonical import body_hash, canonical_field, canonical_line
from poller.authentication.dns import Resolver
from poller.authentication.findings import Result
from poller.authentication.keys import fetch_key
from poller.authentication.signature import Refused, Seal, Signature
from poller.mail.message import Header, Octets

BodyHashes = Mapping[str, bytes]
"""The SHA-256 digest of the body by canonicalization ("simple", "relaxed"), as `body_hashes` computes them."""


class Content:
    """The message as signers see it: its octets, or its header and the digests of its body that signatures ask for.

    `source` is None where the body was not fetched, positions are those of fields.
    """

    def __init__(self, header: Header, source: Octets | BodyHashes | None) -> None:
        self.header = header
        self._source = source
        self._body_hashes: dict[str, bytes] = {}
        self._fields: dict[tuple[int, str], bytes] = {}

    def body_hash(self, form: str) -> bytes:
        if self._source is None:
            raise Refused(Result.NEUTRAL, "the message is too large to be fetched, so its signatures cannot be checked")
        if isinstance(self._source, Mapping):
            return self._source[form]
        if form not in self._body_hashes:
            self._body_hashes[form] = body_hash(self._source, self.header.body_offset, form)
        return self._body_hashes[form]

    def covered(self, names: Iterable[bytes]) -> Iterator[int]:
        """h= -> positions. Of fields with the same name the lowest comes first, none comes twice (RFC 6376, 5.4.2)."""
        taken: dict[bytes, int] = {}
        for name in names:
            positions, count = self._positions.get(name, ()), taken.get(name, 0)
            if count < len(positions):
                yield positions[count]
                taken[name] = count + 1

    def digest(self, seal: Seal, position: int, covered: Iterable[int]) -> bytes:
        """What b= signs: those fields in that order, then the signature field itself, with b= emptied."""
        fields = [self._field(place, seal.form) for place in covered]
        last = canonical_line(self.header.fields[position].label, seal.bare, seal.form)
        return sha256(b"".join([*fields, last])).digest()

    def _field(self, position: int, form: str) -> bytes:
        key = position, form
        if key not in self._fields:
            self._fields[key] = canonical_field(self.header.fields[position], form)
        return self._fields[key]

    @cached_property
    def _positions(self) -> dict[bytes, list[int]]:
        positions: dict[bytes, list[int]] = {}
        for position in reversed(range(len(self.header.fields))):
            positions.setdefault(self.header.fields[position].name.encode(), []).append(position)
        return positions


def prove_signature(content: Content, signature: Signature, position: int, resolver: Resolver) -> None:
    """The body first: where it is another one, no answer of the DNS can help."""
    if content.body_hash(signature.body_form) != signature.body_hash:
        raise Refused(Result.FAIL, f"the body is not the one that {signature.seal.domain} signed")
    prove_seal(content, signature.seal, position, content.covered(signature.names), resolver)


def prove_seal(content: Content, seal: Seal, position: int, covered: Iterable[int], resolver: Resolver) -> None:
    """Did the key of d= and s= sign those fields?"""
    key = fetch_key(seal, resolver)
    if not key.verifies(seal.proof, content.digest(seal, position, covered)):
        raise Refused(Result.FAIL, f"the header is not the one that {seal.domain} signed with {seal.selector}")
