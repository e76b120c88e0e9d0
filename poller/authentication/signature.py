"""One DKIM-Signature field -> what it claims, or why it cannot count (RFC 6376, 3.5 and 6.1.1; RFC 8301; RFC 8463).

Most of what a signature may leave open is refused, because it would let somebody else change what is shown.
ARC-Message-Signature and ARC-Seal have the same tags: `read_tags`, `read_seal` and `read_signature` serve them too.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from poller.authentication.engine import Forms, Unreadable, parse_forms, parse_tags
from poller.authentication.findings import Result
from poller.mail.message import Header

MAX_FIELD = 8_192
"""Octets of a signature field; the b= of the largest key has 1,400, a long h= as many."""

MAX_TAGS = 32
"""Tags of a signature field; there are 14 of them."""

FUTURE = 36_000
"""Seconds that t= may lie ahead: clocks are wrong, and time zones misunderstood. As dkimpy has it."""

ALGORITHMS = {b"rsa-sha256": "rsa", b"ed25519-sha256": "ed25519"}
"""a= -> the k= of its key."""

COVERED = ("from", "subject", "content-type", "content-transfer-encoding")
"""What decides who seems to have written, and what is shown: unsigned, a second one could be put on top."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# RFC 6376 has LDH here too, but the DNS has not, and names like `mail_2` are in use.
_SELECTOR = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")
_HOSTS = {b"d": _DOMAIN, b"s": _SELECTOR}
_MAX_NAME = 253  # RFC 1035, 2.3.4
_TIME = re.compile(rb"[0-9]{1,12}")
_NAMES = re.compile(rb"[!-~]+")  # with a colon between two


class Refused(Exception):  # noqa: N818 - a finding on its way out
    """The signature does not count: with which result, and why (a sentence without a full stop)."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What every signature field says. `domain` (d=), `selector` (s=) and `identity` are in lower case.

    `key_type` is "rsa" or "ed25519"; `identity` the domain of i=, which is `domain` where the field has none; `proof`
    the octets of b=; `bare` the value of the field with b= emptied; `form` the header's canonicalization.
    """

    key_type: str
    domain: str
    selector: str
    identity: str
    proof: bytes
    bare: bytes
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A seal over fields and a body: `names` is h= in lower case, `body_hash` is bh=."""

    seal: Seal
    names: tuple[bytes, ...]
    body_form: str
    body_hash: bytes


def read_dkim(tags: Mapping[bytes, bytes], value: bytes, header: Header, at: datetime) -> Signature:
    """A DKIM-Signature field's tags and raw value -> Signature. x= and t= are judged at the time of delivery, `at`."""
    if tags.get(b"v") != b"1":
        raise Refused(Result.PERMERROR, "the signature has no v=1")
    if b"l" in tags:
        raise Refused(Result.POLICY, "the signature covers only a part of the body (l=)")
    if tags.get(b"q", b"dns/txt") != b"dns/txt":
        raise Refused(Result.PERMERROR, "the signature's key is not in the DNS (q=)")
    signature = read_signature(tags, value, identity=tags.get(b"i"))
    if missing := uncovered(signature.names, header):
        raise Refused(Result.POLICY, f"the signature does not cover the field {missing}")
    check_times(tags, int(at.timestamp()))
    return signature


def read_tags(value: bytes) -> Mapping[bytes, bytes]:
    """The raw value of a signature field -> its tags. Nothing larger is ever parsed."""
    if len(value) > MAX_FIELD:
        raise Refused(Result.PERMERROR, f"the signature field is larger than {MAX_FIELD:,} octets")
    if value.count(b";") > MAX_TAGS:
        raise Refused(Result.PERMERROR, f"the signature field has more than {MAX_TAGS} tags")
    try:
        return parse_tags(value)
    except Unreadable as error:
        raise Refused(Result.PERMERROR, f"the signature field cannot be read: {error}") from error


def claimed_host(tags: Mapping[bytes, bytes], name: bytes) -> str | None:
    """d= or s= in lower case; None where it is missing or is no host name."""
    value = tags.get(name, b"")
    return _host_name(name, value) if len(value) <= _MAX_NAME else None


@lru_cache(maxsize=1024)
def _host_name(tag: bytes, value: bytes) -> str | None:
    """Most mail is signed by a few large senders; the same names come again."""
    host = value.decode("latin-1").lower()
    return host if _HOSTS[tag].fullmatch(host) else None


def forms_of(tags: Mapping[bytes, bytes]) -> Forms:
    """c=, the canonicalizations of header and body (RFC 6376, 3.5)."""
    try:
        return parse_forms(tags.get(b"c", b"simple/simple"))
    except Unreadable as error:
        raise Refused(Result.PERMERROR, f"the signature cannot be checked: {error}") from error


def read_signature(tags: Mapping[bytes, bytes], value: bytes, *, identity: bytes | None) -> Signature:
    """The tags that say what is signed. `value` is the field they came from, `identity` an i= that names an address."""
    forms = forms_of(tags)
    seal = read_seal(tags, value, form=forms.header, identity=identity)
    digest = _decoded(tags, b"bh")
    if len(digest) != 32:  # noqa: PLR2004 - the size of SHA-256
        raise Refused(Result.PERMERROR, "bh= of the signature is no SHA-256 digest")
    return Signature(seal=seal, names=_names(tags), body_form=forms.body, body_hash=digest)


def read_seal(tags: Mapping[bytes, bytes], value: bytes, *, form: str, identity: bytes | None = None) -> Seal:
    """The tags that say who signed, and with what."""
    key_type = ALGORITHMS.get(tags.get(b"a", b""))
    if key_type is None:
        raise Refused(Result.POLICY, "the signature is neither rsa-sha256 nor ed25519-sha256")
    domain, selector = _host(tags, b"d"), _host(tags, b"s")
    if len(f"{selector}._domainkey.{domain}") > _MAX_NAME:
        raise Refused(Result.PERMERROR, "s= and d= of the signature make too long a name")
    return Seal(
        key_type=key_type,
        domain=domain,
        selector=selector,
        identity=_identity(identity, domain),
        proof=_decoded(tags, b"b"),
        bare=_bare(value),
        form=form,
    )


def uncovered(names: tuple[bytes, ...], header: Header) -> str | None:
    """A field of COVERED that stands in the header more often than in h=, or From when h= has none."""
    present = [field.name for field in header.fields]
    missing = (name for name in COVERED if names.count(name.encode()) < (present.count(name) or name == "from"))
    return next((name.title() for name in missing), None)


def check_times(tags: Mapping[bytes, bytes], at: int) -> None:
    """t= and x= (seconds since 1970), compared with the delivery: a message that waited for us is no older for it."""
    signed, expires = (_seconds(tags, name) for name in (b"t", b"x"))
    if signed is not None and signed > at + FUTURE:
        raise Refused(Result.FAIL, "the signature was made after the message arrived (t=)")
    if expires is not None and expires < at:
        raise Refused(Result.FAIL, "the signature had expired when the message arrived (x=)")
    if signed is not None and expires is not None and expires < signed:
        raise Refused(Result.PERMERROR, "the signature expires before it was made (x= and t=)")


def _seconds(tags: Mapping[bytes, bytes], name: bytes) -> int | None:
    value = tags.get(name)
    if value is None:
        return None
    if not _TIME.fullmatch(value):
        raise Refused(Result.PERMERROR, f"{name.decode()}= of the signature is no time")
    return int(value)


def _names(tags: Mapping[bytes, bytes]) -> tuple[bytes, ...]:
    """h=: field names with colons between them. Empty ones, after a last colon, sign nothing and harm nothing."""
    names = tuple(filter(None, map(bytes.strip, tags.get(b"h", b"").lower().split(b":"))))
    if not _NAMES.fullmatch(b":".join(names)):
        raise Refused(Result.PERMERROR, "h= of the signature is no list of field names")
    return names


def _host(tags: Mapping[bytes, bytes], name: bytes) -> str:
    host = claimed_host(tags, name)
    if host is None:
        raise Refused(Result.PERMERROR, f"{name.decode()}= of the signature is missing or is no host name")
    return host


def _identity(identity: bytes | None, domain: str) -> str:
    """The domain of i=, which must be d= or below it (RFC 6376, 3.5)."""
    if identity is None:
        return domain
    _, at, host = identity.decode("latin-1").lower().rpartition("@")
    is_host = len(host) <= _MAX_NAME and _DOMAIN.fullmatch(host)
    if not at or not is_host or not f".{host}".endswith(f".{domain}"):
        raise Refused(Result.PERMERROR, f"i= of the signature is not within d={domain}")
    return host


def _decoded(tags: Mapping[bytes, bytes], name: bytes) -> bytes:
    """Base64, in which only folds and blanks may stand besides."""
    text = b"".join(tags.get(name, b"").split())
    try:
        octets = b64decode(text, validate=True)
    except (Error, ValueError):
        octets = b""
    if not octets or len(text) % 4:  # b64decode passes over padding that is too long
        raise Refused(Result.PERMERROR, f"{name.decode()}= of the signature is missing or is not base64")
    return octets


def _bare(value: bytes) -> bytes:
    """The value with b= emptied, blanks around it included (RFC 6376, 3.7); the tags are split as the parser does."""
    specs = value.split(b";")
    for index, spec in enumerate(specs):
        name, equals, _ = spec.partition(b"=")
        if equals and name.strip() == b"b":
            specs[index] = name + equals
            break
    return b";".join(specs)
