"""The Message-IDs of our notices: the same for the same refusal, and known again when somebody answers them.

An answer to a notice names it in In-Reply-To or References (RFC 5322, 3.6.4), whatever else an answering machine leaves
out. Nothing has to be looked up: the identifier carries the proof of its origin.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode

_OCTETS = 10
"""Of each half of an identifier: short enough for one line, and more than chance or patience will ever hit."""

_HALF = r"[a-z2-7]{16}"
_FORM = re.compile(rf"({_HALF})\.({_HALF})@.+", re.DOTALL)


def notice_id(key: bytes, identity: str, reason: str, address: str, domain: str) -> str:
    """A refusal, unique by `identity`, `reason` and `address`, -> the Message-ID of its notice, without brackets.

    Lower case throughout, so that a gateway which folds case changes nothing.
    """
    number = _half(key, "notice", identity, reason, address)
    return f"{number}.{_half(key, 'seal', number)}@{domain}"


def is_ours(message_id: str, key: bytes) -> bool:
    """Whether `notice_id` made the identifier (without brackets) with this key, for whatever domain."""
    found = _FORM.fullmatch(message_id.lower())
    return found is not None and hmac.compare_digest(found[2], _half(key, "seal", found[1]))


def _half(key: bytes, *words: str) -> str:
    digest = hmac.digest(key, "\0".join(words).encode(), "sha256")
    return b32encode(digest[:_OCTETS]).decode().lower()
