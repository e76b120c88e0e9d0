"""An access token -> what a client says to log in with it: OAUTHBEARER (RFC 7628), or its forerunner XOAUTH2."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field

from poller.settings import ImapSettings, SmtpSettings

_MAX_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """`first` is what the client says; `to_error` what it answers when the server then tells why it refuses."""

    name: str
    first: bytes = field(repr=False)
    to_error: bytes


def mechanism(offered: Collection[str], settings: ImapSettings | SmtpSettings, token: str) -> Mechanism | None:
    """Of the mechanisms that a server offers, in upper case; None where it takes no tokens."""
    bearer = f"auth=Bearer {token}\1\1"
    if "OAUTHBEARER" in offered:
        user = settings.username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, 4: saslname
        words = f"n,a={user},\1host={settings.host}\1port={settings.port}\1{bearer}"
        return Mechanism(name="OAUTHBEARER", first=words.encode(), to_error=b"\1")  # RFC 7628, 3.2.3
    if "XOAUTH2" in offered:
        return Mechanism(name="XOAUTH2", first=f"user={settings.username}\1{bearer}".encode(), to_error=b"")
    return None


def told(challenge: bytes) -> str:
    """A server's reason for a refusal (RFC 7628, 3.2.2) -> its status, such as invalid_token; "" where it has none."""
    try:
        status = str(json.loads(challenge)["status"])[:_MAX_WORDS]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return status if status.isprintable() else ""
