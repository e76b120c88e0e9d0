"""Keys of every size and shape, made while the tests run; none is ever stored."""

from __future__ import annotations

import math
import re
import secrets
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dkim.crypto import EMSA_PKCS1_v1_5_encode

if TYPE_CHECKING:
    from collections.abc import Callable

RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")
E = 65537


class Hash(Protocol):
    name: str

    def digest(self) -> bytes: ...


class Key(Protocol):
    @property
    def public(self) -> str:
        """What a key record says behind p=."""

    def sign(self, hashed: Hash) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Rsa:
    """Of any number of primes: so a 16,384-bit key costs a second instead of minutes (RFC 8017, 3.2)."""

    primes: tuple[int, ...]
    exponent: int = E

    @property
    def modulus(self) -> int:
        return math.prod(self.primes)

    @property
    def public(self) -> str:
        return spki(self.modulus, self.exponent)

    def sign(self, hashed: Hash) -> bytes:
        length = (self.modulus.bit_length() + 7) // 8
        encoded = int.from_bytes(EMSA_PKCS1_v1_5_encode(hashed, length))
        found, product = 0, 1
        for prime in self.primes:
            wanted = pow(encoded % prime, pow(self.exponent, -1, prime - 1), prime)
            found += product * ((wanted - found) * pow(product, -1, prime) % prime)
            product *= prime
        return found.to_bytes(length)


@dataclass(frozen=True, slots=True)
class Unused:
    """A public key that nobody can sign for, to see what merely looking at it costs."""

    bits: int
    exponent_bits: int

    @property
    def public(self) -> str:
        return spki(secrets.randbits(self.bits) | 1 | 1 << self.bits - 1, secrets.randbits(self.exponent_bits) | 1)

    def sign(self, hashed: Hash) -> bytes:
        return secrets.token_bytes(self.bits // 8 - 1)


@dataclass(frozen=True, slots=True)
class Ed25519:
    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        return b64encode(self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, hashed: Hash) -> bytes:
        return self.private.sign(hashed.digest())


def spki(modulus: int, exponent: int) -> str:
    """The two numbers of an RSA key -> base64 of its DER (RFC 5280, 4.1.2.7)."""
    numbers = der(0x30, integer(modulus) + integer(exponent))
    return b64encode(der(0x30, RSA_ENCRYPTION + der(0x03, b"\0" + numbers))).decode()


def integer(number: int) -> bytes:
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def der(tag: int, content: bytes) -> bytes:
    length = len(content)
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, length] if length < 0x80 else [tag, 0x80 | len(size), *size]) + content


def made(pairs: int) -> Rsa:
    """A key of `pairs` times 1,024 bits, and of a few bits less once in a while."""
    pairs_of_primes = (rsa.generate_private_key(E, 1024).private_numbers() for _ in range(pairs))
    return Rsa(tuple(prime for numbers in pairs_of_primes for prime in (numbers.p, numbers.q)))


def weak(count: int) -> Rsa:
    """A key of `count` times 256 bits, which the library refuses to make."""
    return Rsa(tuple(small_prime(256) for _ in range(count)))


def small_prime(bits: int) -> int:
    while True:
        number = secrets.randbits(bits) | 3 << bits - 2 | 1
        if all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7)) and number % E != 1:
            return number


def with_large_exponent() -> Rsa:
    primes = made(2).primes
    phi = math.prod(prime - 1 for prime in primes)
    exponent = next(e for e in range((1 << 40) + 1, 1 << 41, 2) if math.gcd(e, phi) == 1)
    return Rsa(primes, exponent)


MAKERS: dict[str, Callable[[], Key]] = {
    "rsa": lambda: made(1),
    "evil": lambda: made(1),
    "other": lambda: made(1),
    "sealer": lambda: made(1),
    "sealer2": lambda: made(1),
    "rsa512": lambda: weak(2),
    "rsa768": lambda: weak(3),
    "rsa2048": lambda: made(2),
    "rsa8192": lambda: made(8),
    "rsa16384": lambda: made(16),
    "exponent": with_large_exponent,
    "giant": lambda: Unused(8192, 8000),
    "ed": lambda: Ed25519(Ed25519PrivateKey.generate()),
}


@cache
def key(name: str) -> Key:
    return MAKERS[name]()


@cache
def public(name: str) -> str:
    return key(name).public


def filled(text: str) -> str:
    """A record's text, with `{rsa}` and the like replaced by the public key of that name."""
    return re.sub(r"\{(\w+)\}", lambda found: public(found[1]) if found[1] in MAKERS else found[0], text)
