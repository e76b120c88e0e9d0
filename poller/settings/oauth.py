"""The keys of OAuth 2.0 -> where access tokens come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from poller.settings.model import OAuthSettings
from poller.settings.reader import Reader
from poller.settings.servers import is_loopback, secret


def oauth_settings(reader: Reader) -> OAuthSettings | None:
    """None where no token endpoint is named."""
    url = reader.get("OAUTH2_TOKEN_URL", _token_url)
    client_secret, refresh_token = secret(reader, "OAUTH2_CLIENT_SECRET"), secret(reader, "OAUTH2_REFRESH_TOKEN")
    if not url:
        return None
    if not reader.text("OAUTH2_CLIENT_ID"):
        reader.refuse("OAUTH2_CLIENT_ID", "is missing: OAUTH2_TOKEN_URL needs it")
    if not client_secret and not refresh_token:
        reader.refuse("OAUTH2_REFRESH_TOKEN", "is missing, and so is OAUTH2_CLIENT_SECRET: one of them is needed")
    return OAuthSettings(
        token_url=url,
        client_id=reader.text("OAUTH2_CLIENT_ID"),
        client_secret=client_secret,
        refresh_token=refresh_token,
        scope=reader.text("OAUTH2_SCOPE"),
    )


def _token_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme != "https" and not is_loopback(parts.hostname or "")):
        raise ValueError("is not an https:// address: secrets are sent to it")
    return text
