"""Numbers or octets of a public key -> a key that can tell whether it made a signature, by `cryptography`."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

_PADDING = PKCS1v15()
_DIGEST = Prehashed(SHA256())


@dataclass(frozen=True, slots=True)
class RsaKey:
    _key: RSAPublicKey

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Did this key sign that SHA-256 digest (RFC 8017, 8.2.2)?"""
        try:
            self._key.verify(signature, digest, _PADDING, _DIGEST)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    _key: Ed25519PublicKey

    def verifies(self, signature: bytes, digest: bytes) -> bool:
        """Did this key sign that SHA-256 digest, taken as the message (RFC 8463, 3)?"""
        try:
            self._key.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


PublicKey = RsaKey | Ed25519Key


def rsa_key(modulus: int, exponent: int) -> RsaKey | None:
    """None where no RSA key can have such numbers."""
    try:
        return RsaKey(RSAPublicNumbers(exponent, modulus).public_key())
    except (ValueError, OverflowError, UnsupportedAlgorithm):
        return None


def ed25519_key(octets: bytes) -> Ed25519Key | None:
    """None where the 32 octets are no key."""
    try:
        return Ed25519Key(Ed25519PublicKey.from_public_bytes(octets))
    except (ValueError, UnsupportedAlgorithm):
        return None
