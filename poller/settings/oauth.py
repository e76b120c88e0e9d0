"""The keys of OAuth 2.0 -> where access tokens come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from poller.errors import ConfigurationError
from poller.settings.keys import DEFAULTS
from poller.settings.model import OAuthSettings, Provider
from poller.settings.reader import Reader
from poller.settings.servers import is_loopback, secret
from poller.settings.source import overridden, read_env_file

_SECRETS = ("OAUTH2_CLIENT_SECRET", "OAUTH2_REFRESH_TOKEN")
_GOOGLE = "https://oauth2.googleapis.com/token"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationSettings:
    """What a refresh token is asked for with, and the file that it belongs in, None where none is set."""

    oauth: OAuthSettings
    refresh_token_file: Path | None


def authorization_settings(path: Path, environment: Mapping[str, str] = os.environ) -> AuthorizationSettings:
    """Of a settings file that may not be complete yet. Raises ConfigurationError."""
    texts = read_env_file(path, DEFAULTS.keys(), []) if path.exists() else {}
    problems: list[str] = []
    reader = Reader(path, overridden(texts, environment, []), problems, environment.keys())
    url, client_secret = token_url(reader), secret(reader, "OAUTH2_CLIENT_SECRET")
    for name in ("OAUTH2_CLIENT_ID", "OAUTH2_SCOPE"):
        if not reader.text(name):
            reader.refuse(name, "is missing")
    if url == "":
        reader.refuse("OAUTH2_TOKEN_URL", "is missing")
    if problems:
        raise ConfigurationError(*problems)
    file = reader.text("OAUTH2_REFRESH_TOKEN_FILE")
    return AuthorizationSettings(
        oauth=OAuthSettings(
            token_url=url or "",
            client_id=reader.text("OAUTH2_CLIENT_ID"),
            client_secret=client_secret,
            refresh_token="",
            scope=reader.text("OAUTH2_SCOPE"),
        ),
        refresh_token_file=Path(os.path.realpath(path)).parent / file if file else None,
    )


def oauth_settings(reader: Reader) -> OAuthSettings | None:
    """None where no token endpoint is known."""
    url = token_url(reader)
    client_secret, refresh_token = (secret(reader, name) for name in _SECRETS)
    if not url:
        if url == "" and wants_token(reader):
            reader.refuse("OAUTH2_TOKEN_URL", "is missing: there is no IMAP_PASSWORD, but OAUTH2_CLIENT_ID")
        return None
    if not reader.text("OAUTH2_CLIENT_ID"):
        reader.refuse("OAUTH2_CLIENT_ID", "is missing: OAUTH2_TOKEN_URL needs it")
    if not any(reader.text(name) or reader.text(f"{name}_FILE") for name in _SECRETS):
        reader.refuse("OAUTH2_REFRESH_TOKEN", "is missing, and so is OAUTH2_CLIENT_SECRET: one of them is needed")
    return OAuthSettings(
        token_url=url,
        client_id=reader.text("OAUTH2_CLIENT_ID"),
        client_secret=client_secret,
        refresh_token=refresh_token,
        scope=reader.text("OAUTH2_SCOPE"),
    )


def wants_token(reader: Reader) -> bool:
    """Whether the mailbox is logged in to by a token: there is no password, and something of OAuth 2.0 instead."""
    has_password = reader.text("IMAP_PASSWORD") or reader.text("IMAP_PASSWORD_FILE")
    return not has_password and bool(reader.text("OAUTH2_TOKEN_URL") or reader.text("OAUTH2_CLIENT_ID"))


def token_url(reader: Reader) -> str | None:
    """The token endpoint: "" where none is set, None where it is wrong. Google's is the same for everybody."""
    url = reader.get("OAUTH2_TOKEN_URL", _secure)
    of_google = reader.text("MAIL_PROVIDER").lower() == Provider.GMAIL and reader.text("OAUTH2_CLIENT_ID")
    return _GOOGLE if url == "" and of_google else url


def _secure(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme != "https" and not is_loopback(parts.hostname or "")):
        raise ValueError("is not an https:// address: secrets are sent to it")
    return text
