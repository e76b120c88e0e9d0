"""Keys from their numbers, and what they recognise."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from poller.authentication.crypto import ed25519_key, rsa_key
from tests.authentication.signing import Key

DIGEST = sha256(b"x").digest()


def test_an_rsa_key_recognises_its_own_signature_only():
    private = load_pem_private_key(Key.rsa().private, None)
    numbers = private.public_key().public_numbers()
    key = rsa_key(numbers.n, numbers.e)
    signature = private.sign(DIGEST, PKCS1v15(), Prehashed(SHA256()))
    assert key.verifies(signature, DIGEST)
    assert not key.verifies(signature, sha256(b"y").digest())
    assert not key.verifies(b"\0" + signature, DIGEST)
    assert not key.verifies(b"", DIGEST)


def test_an_ed25519_key_recognises_its_own_signature_only():
    private = Ed25519PrivateKey.from_private_bytes(b64decode(Key.ed25519().private))
    key = ed25519_key(b64decode(Key.ed25519().public))
    assert key.verifies(private.sign(DIGEST), DIGEST)
    assert not key.verifies(private.sign(b"y" * 32), DIGEST)
    assert not key.verifies(b"short", DIGEST)


@pytest.mark.parametrize(("modulus", "exponent"), [(0, 3), (2**1024 + 1, 2), (2**1024 + 1, 1), (2**1024 + 1, -3)])
def test_numbers_that_no_rsa_key_has_make_none(modulus, exponent):
    assert rsa_key(modulus, exponent) is None


def test_an_even_modulus_recognises_nothing():
    key = rsa_key(2**1024, 3)
    assert key is None or not key.verifies(b"\1" * 129, DIGEST)


@pytest.mark.parametrize("octets", [b"", b"x" * 31, b"x" * 33])
def test_anything_but_32_octets_is_no_ed25519_key(octets):
    assert ed25519_key(octets) is None
