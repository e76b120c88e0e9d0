"""dkimpy, as far as it is right: tag lists and c= (here as it reads them), RSA keys. Errors come out as Unreadable.

What it accepts falsely is refused in `signature` and `keys`; what it does in quadratic time is done in `canonical` and
`content`, and what it does slowly in `crypto`. The tests hold its own verdicts against ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_FORMS = {b"simple": "simple", b"relaxed": "relaxed"}


class Unreadable(Exception):  # noqa: N818 - a stranger's text, no error of ours
    """The text cannot be parsed; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """The two canonicalizations of c= (RFC 6376, 3.4): "simple" or "relaxed"."""

    header: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RsaNumbers:
    modulus: int
    exponent: int


def parse_tags(octets: bytes) -> dict[bytes, bytes]:
    """A tag list (RFC 6376, 3.2) -> its values by name, blanks around them gone. A name may stand once only.

    As dkimpy parses it, in a fourth of the time: of a name it looks at the first octet.
    """
    tags: dict[bytes, bytes] = {}
    specs = octets.strip().split(b";")
    if not specs[-1]:
        specs.pop()
    for spec in specs:
        name, equals, value = spec.partition(b"=")
        name = name.strip()
        if not equals or not name[:1].isalpha():
            raise Unreadable("it is no list of tags")
        if name in tags:
            raise Unreadable("a tag stands twice")
        tags[name] = value.strip()
    return tags


@lru_cache(maxsize=64)
def parse_forms(c: bytes) -> Forms:
    """The value of c= -> canonicalization of header and body."""
    header, slash, body = c.partition(b"/")
    try:
        return Forms(header=_FORMS[header], body=_FORMS[body if slash else b"simple"])
    except KeyError as error:
        raise Unreadable("c= names no known canonicalization") from error


def parse_rsa(der: bytes) -> RsaNumbers:
    """A SubjectPublicKeyInfo or a bare RSAPublicKey in DER -> its numbers, unchecked."""
    # With the first key: it brings two libraries along that nothing here uses, in a tenth of a second.
    from dkim.asn1 import ASN1FormatError  # noqa: PLC0415
    from dkim.crypto import UnparsableKeyError, parse_public_key  # noqa: PLC0415

    try:
        numbers = parse_public_key(der)
    except (UnparsableKeyError, ASN1FormatError, AssertionError, IndexError, KeyError, TypeError) as error:
        raise Unreadable("p= is no RSA key") from error
    return RsaNumbers(modulus=numbers["modulus"], exponent=numbers["publicExponent"])
