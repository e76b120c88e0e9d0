"""A signature's key record in the DNS -> public key, or why there is none to be used (RFC 6376, 3.6.1 and 6.1.2)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from poller.authentication.crypto import PublicKey, ed25519_key, rsa_key
from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.authentication.engine import Unreadable, parse_rsa, parse_tags
from poller.authentication.findings import Result
from poller.authentication.signature import Refused, Seal

MAX_RECORD = 4_096
"""Characters of a key record; that of the largest key has 1,500."""

MIN_BITS, MAX_BITS = 1_024, 8_192
MAX_EXPONENT = 2**33
"""Everybody uses 65,537; a 16,384-bit key with a large one costs 20 seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key, of what type ("rsa" or "ed25519"), and its flags: t=y says "testing", t=s "no subdomains in i="."""

    key: PublicKey
    key_type: str
    testing: bool
    strict: bool


def fetch_key(seal: Seal, resolver: Resolver) -> PublicKey:
    """The one key at s=._domainkey.d=, when it may be used for this signature."""
    name = f"{seal.selector}._domainkey.{seal.domain}"
    try:
        texts = resolver.lookup(name, RecordType.TXT)
    except TemporaryFailure as error:
        raise Refused(Result.TEMPERROR, f"the DNS gave no answer for the key {name}") from error
    except QueryBudgetSpent as error:
        raise Refused(Result.PERMERROR, f"too many DNS look-ups came before the key {name}") from error
    record = _only_key(name, texts)
    if record.testing:
        raise Refused(Result.POLICY, f"the key {name} is marked as a test (t=y), so it proves nothing")
    if record.key_type != seal.key_type:
        raise Refused(Result.PERMERROR, f"the key {name} is for {record.key_type}, the signature is {seal.key_type}")
    if record.strict and seal.identity != seal.domain:
        raise Refused(Result.PERMERROR, f"the key {name} is not for subdomains (t=s), but i= names {seal.identity}")
    return record.key


def _only_key(name: str, texts: tuple[str, ...]) -> KeyRecord:
    candidates = [text for text in texts if _may_be_key(text)]
    if not candidates:
        what = "no key among the records" if texts else "no key"
        raise Refused(Result.PERMERROR, f"the DNS has {what} at {name}")
    if len(candidates) > 1:
        raise Refused(Result.PERMERROR, f"the DNS has {len(candidates)} keys at {name} instead of one")
    try:
        return read_key(candidates[0])
    except Unreadable as error:
        raise Refused(Result.PERMERROR, f"the key {name} cannot be used: {error}") from error


def _may_be_key(text: str) -> bool:
    """Not the record of something else that a wildcard brings here: another v=, or no p= at all."""
    start = text[:64].replace(" ", "").replace("\t", "")
    if start.startswith("v="):
        return start.partition(";")[0] == "v=DKIM1"
    return any(piece.partition("=")[0].strip() == "p" for piece in text.split(";"))


@lru_cache(maxsize=256)
def read_key(text: str) -> KeyRecord:
    """A record -> its key. Raises Unreadable, with the reason as far as "cannot be used: "."""
    if len(text) > MAX_RECORD:
        raise Unreadable(f"the record is larger than {MAX_RECORD:,} octets")
    tags = parse_tags(text.encode("latin-1", "replace"))
    if b"v" in tags and next(iter(tags)) != b"v":
        raise Unreadable("v= is not its first tag")
    if b"sha256" not in _list(tags, b"h", b"sha256"):
        raise Unreadable("it is not for SHA-256 (h=)")
    if not {b"*", b"email"} & _list(tags, b"s", b"*"):
        raise Unreadable("it is not for mail (s=)")
    key_type = tags.get(b"k", b"rsa")
    octets = _octets(tags)
    flags = _list(tags, b"t", b"")
    return KeyRecord(
        key=_rsa(octets) if key_type == b"rsa" else _ed25519(octets, key_type),
        key_type=key_type.decode("ascii"),
        testing=b"y" in flags,
        strict=b"s" in flags,
    )


def _list(tags: Mapping[bytes, bytes], name: bytes, default: bytes) -> set[bytes]:
    return {piece.strip() for piece in tags.get(name, default).split(b":")}


def _octets(tags: Mapping[bytes, bytes]) -> bytes:
    if b"p" not in tags:
        raise Unreadable("it has no p=")
    if not tags[b"p"]:
        raise Unreadable("it has been revoked (p= is empty)")
    try:
        return b64decode(b"".join(tags[b"p"].split()), validate=True)
    except (Error, ValueError) as error:
        raise Unreadable("p= is not base64") from error


def _rsa(octets: bytes) -> PublicKey:
    numbers = parse_rsa(octets)
    bits = numbers.modulus.bit_length()
    if not MIN_BITS <= bits <= MAX_BITS:
        raise Unreadable(f"it has {bits:,} bits, not {MIN_BITS:,} to {MAX_BITS:,}")
    odd = numbers.exponent % 2 and numbers.modulus % 2
    sound = odd and 3 <= numbers.exponent < MAX_EXPONENT  # noqa: PLR2004 - the least exponent there is
    key = rsa_key(numbers.modulus, numbers.exponent) if sound else None
    if key is None:
        raise Unreadable("its numbers are not those of an RSA key")
    return key


def _ed25519(octets: bytes, key_type: bytes) -> PublicKey:
    if key_type != b"ed25519":
        raise Unreadable("its type (k=) is unknown")
    key = ed25519_key(octets)
    if key is None:
        raise Unreadable("p= is no Ed25519 key")
    return key
