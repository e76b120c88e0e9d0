"""A refresh token, or client credentials -> access tokens, each kept until shortly before it expires (RFC 6749)."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from poller.errors import ConfigurationError, Transient
from poller.settings import OAuthSettings

_SECONDS = 30
_MARGIN = 60  # seconds before its end from which a token is not used any more
_USUAL_LIFE = 300  # seconds, where the provider does not say
_MAX_OCTETS = 100_000
_REFUSED = range(400, 500)
_TOO_MANY = 429


class Tokens:
    """`clock` is monotonic, in seconds."""

    def __init__(self, settings: OAuthSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._token = ""
        self._expires = clock()

    def access_token(self) -> str:
        """Raises Transient, or ConfigurationError where the provider refuses what was set."""
        if self._clock() >= self._expires:
            answer = self._ask()
            self._token = str(answer["access_token"])
            self._expires = self._clock() + float(answer.get("expires_in") or _USUAL_LIFE) - _MARGIN
        return self._token

    def forget(self) -> None:
        """The server refused it, however young it is: the next one is fetched anew."""
        self._expires = self._clock()

    def _ask(self) -> dict[str, str]:
        url = self._settings.token_url
        try:
            request = Request(url, data=urlencode(self._grant()).encode(), headers={"Accept": "application/json"})  # noqa: S310 - the settings take https alone
            with urlopen(request, timeout=_SECONDS, context=ssl.create_default_context()) as response:  # noqa: S310
                answer = json.loads(response.read(_MAX_OCTETS))
        except HTTPError as error:
            with error:  # it is the answer, too
                raise _judged(url, error) from error
        except (URLError, OSError, ValueError) as error:
            raise Transient(f"{url} gives no access token now: {error}") from error
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise Transient(f"{url} answered without an access token")
        return answer

    def _grant(self) -> dict[str, str]:
        """RFC 6749, 6 and 4.4.2."""
        settings = self._settings
        fields = {
            "grant_type": "refresh_token" if settings.refresh_token else "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
            "refresh_token": settings.refresh_token,
            "scope": settings.scope,
        }
        return {name: value for name, value in fields.items() if value}


def _judged(url: str, error: HTTPError) -> Exception:
    if error.code not in _REFUSED or error.code == _TOO_MANY:
        return Transient(f"{url} gives no access token now: {error.code}")
    why = f"{url} refused to give an access token: {error.code} {_told(error)}".rstrip()
    return ConfigurationError(f"OAUTH2_TOKEN_URL: {why}; check the keys OAUTH2_…")


def _told(error: HTTPError) -> str:
    """The provider's own word (RFC 6749, 5.2), which names no secret."""
    try:
        answer = json.loads(error.read(_MAX_OCTETS))
        return str(answer["error"])[:100] if answer["error"] else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""
