"""Signatures of every kind, also of those that no sane signer makes: dkimpy's canonicalisation, and tags at will."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unittest.mock import patch

import dkim
from dkim.canonicalization import CanonicalizationPolicy

from tests.acceptance.authentication.keys import Ed25519, key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ARRIVED = datetime(2025, 3, 3, 10, tzinfo=UTC)
"""INTERNALDATE of every message."""
SIGNED = ("from", "to", "cc", "subject", "date", "message-id", "mime-version", "content-type",
          "content-transfer-encoding", "reply-to", "sender", "in-reply-to", "references")  # fmt: skip

Fields = list[tuple[bytes, bytes]]
"""Names, and raw values with their final CRLF, as dkimpy has them."""


def at(seconds: int) -> str:
    """So many seconds after the message arrived, as t= and x= count."""
    return str(int(ARRIVED.timestamp()) + seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sig:
    """One DKIM-Signature field. `tags` replaces, adds or (None) removes tags; `raw` is put before v= as it is."""

    d: str = "acme.fi"
    s: str = "s1"
    key: str = "rsa"
    c: str = "relaxed/relaxed"
    hash: str = "sha256"
    h: str = ""
    """Fields to sign, colon-separated; empty: what is there of SIGNED."""
    without: tuple[str, ...] = ()
    """Fields not to sign though they are there."""
    tags: Mapping[str, str | None] = field(default_factory=dict)
    raw: str = ""
    separator: str = "; "


def signature(sig: Sig, fields: Fields, body: bytes) -> bytes:
    """The field for this header and body, line breaks included."""
    policy = CanonicalizationPolicy.from_c_value(sig.c.encode())
    hashed = hashlib.new(sig.hash, digest_of(sig, policy, body), usedforsecurity=False)
    present = [name.lower().decode() for name, _ in fields]
    signed = sig.h or ":".join(name for name in SIGNED if name in present and name not in sig.without)
    kind = "ed25519" if isinstance(key(sig.key), Ed25519) else "rsa"
    tags: dict[str, str | None] = {
        "v": "1",
        "a": f"{kind}-{sig.hash}",
        "c": sig.c,
        "d": sig.d,
        "s": sig.s,
        "t": at(-60),
        "h": signed,
        "bh": b64encode(hashed.digest()).decode(),
    }
    told = sig.separator.join(f"{name}={value}" for name, value in (tags | dict(sig.tags)).items() if value is not None)
    value = f" {sig.raw}{told};\r\n\tb=".encode()
    final = hashlib.new(sig.hash, usedforsecurity=False)
    names = [name.strip().lower().encode() for name in str((tags | dict(sig.tags))["h"]).split(":")]
    dkim.hash_headers(
        final, policy, policy.canonicalize_headers(fields), names, (b"DKIM-Signature", value + b"\r\n"), {}
    )
    return b"DKIM-Signature:" + value + folded(key(sig.key).sign(final)) + b"\r\n"


def digest_of(sig: Sig, policy: CanonicalizationPolicy, body: bytes) -> bytes:
    """What is hashed of the body; nothing where the case says bh= itself, because dkimpy would take minutes."""
    if "bh" in sig.tags:
        return b""
    canonical: bytes = policy.canonicalize_body(body)
    length = sig.tags.get("l")
    return canonical[: int(length)] if length is not None and length.isdigit() else canonical


def folded(octets: bytes) -> bytes:
    return re.sub(rb"(.{72})(?=.)", rb"\1\r\n\t", b64encode(octets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One ARC set (RFC 8617): what the sealer says it found, and who seals."""

    results: str
    """Behind the authserv-id: `dkim=pass header.d=acme.fi; dmarc=pass header.from=acme.fi`."""
    d: str = "list.example"
    s: str = "s1"
    key: str = "sealer"
    h: tuple[str, ...] = SIGNED


def sealed(seals: Sequence[Seal], message: bytes) -> bytes:
    """The message with the ARC sets of the sealers, in the order in which it passed them."""
    for seal in seals:
        results = f"Authentication-Results: {seal.d}; {seal.results}\r\n".encode()
        arc = dkim.ARC(results + message)
        names = [name.encode() for name in seal.h if re.search(rf"(?im)^{name}:", message.decode("latin-1"))]
        private = key(seal.key)
        with (
            patch.object(dkim, "parse_pem_private_key", lambda _: None),
            patch.object(dkim, "RSASSA_PKCS1_v1_5_sign", lambda hashed, _, private=private: private.sign(hashed)),
        ):
            lines = arc.sign(
                seal.s.encode(), seal.d.encode(), b"", seal.d.encode(), include_headers=names, timestamp=at(-30)
            )
        assert lines, f"dkimpy would not seal for {seal.d}"
        message = b"".join(lines) + message
    return message
