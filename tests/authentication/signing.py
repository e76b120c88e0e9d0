"""Keys and signatures for tests: made anew in every run, by dkimpy, the odd ones that it would not make included."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import dkim
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

DEFAULT_HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type")
PLACEHOLDER = b"b=" + b"0" * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key as dkimpy takes it, and `public`: what p= says, in base64."""

    algorithm: bytes
    private: bytes
    public: str
    bare: str = ""  # RSA only: the same as a bare RSAPublicKey

    @staticmethod
    @cache
    def rsa(bits: int = 2048, exponent: int = 65_537, name: str = "") -> Key:
        """One key per size and name in a run: making them is slow."""
        key = generate_private_key(exponent, bits)
        return Key(
            algorithm=b"rsa-sha256",
            private=_pem(key),
            public=_base64(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            bare=_base64(key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)),
        )

    @staticmethod
    @cache
    def ed25519(name: str = "") -> Key:
        key = Ed25519PrivateKey.generate()
        seed = key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return Key(
            algorithm=b"ed25519-sha256",
            private=b64encode(seed),
            public=_base64(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)),
        )

    @property
    def type(self) -> str:
        return self.algorithm.partition(b"-")[0].decode()

    def record(self, more: str = "") -> str:
        """The TXT record, as in `record("t=y; ")`."""
        return f"v=DKIM1; k={self.type}; {more}p={self.public}"

    def zone(self, domain: str = "acme.fi", selector: str = "s1", more: str = "") -> dict[str, list[str]]:
        """For `Zone`: the record at its name."""
        return {f"{selector}._domainkey.{domain} TXT": [self.record(more)]}


def sign(
    message: bytes,
    key: Key,
    *,
    domain: str = "acme.fi",
    selector: str = "s1",
    headers: Sequence[str] | None = None,
    canon: str = "relaxed/relaxed",
    algorithm: str | None = None,
    tags: str = "",
    drop: Sequence[str] = (),
    length: int | None = None,
    name: str = "DKIM-Signature",
) -> bytes:
    """The message with a signature field on top, its lines ended as those of the message.

    `headers` become h= as they are (default: those of DEFAULT_HEADERS that it has), `tags` stand before bh=, as in
    "t=1; x=2; ", a tag of the same name replaces the usual one, `drop` leaves tags out; `length` is l= in octets.
    What dkimpy's own `sign` refuses to make is made too: its parts are used, not its checks.
    """
    linesep = b"\r\n" if b"\r\n" in message else b"\n"
    signer = dkim.DKIM(message, signature_algorithm=(algorithm or key.algorithm.decode()).encode())
    signer.hasher = dkim.HASH_ALGORITHMS[signer.signature_algorithm]
    policy = dkim.CanonicalizationPolicy.from_c_value(canon.encode())
    present = {label.lower() for label, _ in signer.headers}
    covered = [h for h in DEFAULT_HEADERS if h.lower().encode() in present] if headers is None else list(headers)
    body = policy.canonicalize_body(signer.body)[:length]
    replaced = dict(re.findall(r"(\w+)=([^;]*)", tags))
    fields = {
        "v": "1",
        "a": signer.signature_algorithm.decode(),
        "c": canon,
        "d": domain,
        "s": selector,
        "h": " : ".join(covered),
        **({"l": str(length)} if length is not None else {}),
        **replaced,
        "bh": replaced.get("bh") or _base64(signer.hasher(body).digest()),
    }
    pairs = [(tag.encode(), value.encode()) for tag, value in fields.items() if tag not in drop]
    include = [h.strip().lower().encode() for h in fields["h"].split(":")]
    value = signer.gen_header([*pairs, (b"b", b"0" * 60)], include, policy, name.encode(), _private(key))
    field = name.encode() + b": " + value
    return (field.replace(b"\r\n", b"\n").replace(b"\n", linesep)) + message


@lru_cache(maxsize=64)
def _private(key: Key) -> object:
    if key.type == "rsa":
        return dkim.parse_pem_private_key(key.private)
    import nacl.encoding  # noqa: PLC0415 - for one kind of key
    import nacl.signing  # noqa: PLC0415

    return nacl.signing.SigningKey(key.private, encoder=nacl.encoding.Base64Encoder)


def _pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode()
