"""What is asked of a provider's token endpoint, and what its answers mean.

RFC 6749, 4.1.3, 4.4.2, 5 and 6; 7636 (PKCE); 8628 (device codes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from oauthlib.oauth2 import BackendApplicationClient, DeviceClient, OAuth2Error, WebApplicationClient
from oauthlib.oauth2.rfc6749.errors import MissingTokenError

from poller.errors import ConfigurationError, Transient
from poller.oauth2.posting import Answer, post
from poller.settings import OAuthSettings

_USUAL_SECONDS = 300  # of a token's life, where the provider does not say
_MAX_WORDS = 300
_VERIFIER_LENGTH = 64
_PENDING = frozenset({"authorization_pending", "slow_down"})
_LATER = frozenset({408, 425, 429})
_LATER_CODES = frozenset({"temporarily_unavailable", "server_error"})
_TRACE = re.compile(r"\s*\(?Trace ID\b.*", re.DOTALL)  # Microsoft's, of use to Microsoft alone
_REMEDIES = {
    "invalid_grant": "The refresh token has expired, was replaced, or its consent was withdrawn: get a new one with "
    "`mailfiler authorize`",
    "invalid_client": "Check OAUTH2_CLIENT_ID and OAUTH2_CLIENT_SECRET; a secret expires, too",
    "unauthorized_client": "Check OAUTH2_CLIENT_ID, and what the application may do at the provider",
    "invalid_scope": "Check OAUTH2_SCOPE",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """`refresh_token` is the one to use next: another one, or the one that was used, "" where there is none."""

    access_token: str
    seconds: int
    refresh_token: str


class RefusedGrantError(ConfigurationError):
    """The provider does not take this refresh token any more (invalid_grant); it may take another one."""


class PendingError(Transient):
    """The person has not decided yet; `slower`: it is asked too often."""

    def __init__(self, message: str, *, slower: bool) -> None:
        super().__init__(message)
        self.slower = slower


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That who redeems a code is who asked for it: `challenge` goes with the request, `verifier` with the code."""

    verifier: str
    challenge: str

    @classmethod
    def make(cls) -> Proof:
        client = WebApplicationClient("")
        verifier = client.create_code_verifier(_VERIFIER_LENGTH)
        return cls(verifier=verifier, challenge=client.create_code_challenge(verifier, "S256"))


def by_code(settings: OAuthSettings, code: str, redirect: str, proof: Proof) -> Granted:
    client = WebApplicationClient(settings.client_id)
    form = client.prepare_request_body(
        code=code, redirect_uri=redirect, code_verifier=proof.verifier, client_secret=settings.client_secret or None
    )
    return _granted(client, settings, form, code, proof.verifier)


def by_device_code(settings: OAuthSettings, device_code: str) -> Granted:
    """Raises PendingError as long as the person has not decided."""
    client = DeviceClient(settings.client_id)
    secret = settings.client_secret or None
    form = client.prepare_request_body(device_code, include_client_id=True, client_secret=secret)
    return _granted(client, settings, form, device_code)


def by_refresh_token(settings: OAuthSettings, refresh_token: str) -> Granted:
    client = WebApplicationClient(settings.client_id)
    form = client.prepare_refresh_body(refresh_token=refresh_token, **_as_application(settings))
    granted = _granted(client, settings, form, refresh_token)
    return granted if granted.refresh_token else replace(granted, refresh_token=refresh_token)


def by_client_credentials(settings: OAuthSettings) -> Granted:
    client = BackendApplicationClient(settings.client_id)
    return _granted(client, settings, client.prepare_request_body(**_as_application(settings)))


def _as_application(settings: OAuthSettings) -> dict[str, Any]:
    """In the form rather than in a header (2.3.1): what all providers take."""
    return {
        "client_id": settings.client_id,
        "include_client_id": True,
        "client_secret": settings.client_secret or None,
        "scope": settings.scope,
    }


def _granted(client: Any, settings: OAuthSettings, form: str, *more_secrets: str) -> Granted:  # noqa: ANN401 - oauthlib has no types
    """Raises Transient, or ConfigurationError where the provider refuses what was set. No message names a secret."""
    url, secrets = settings.token_url, (settings.client_secret, *more_secrets)
    answer = post(url, form)
    try:
        told = client.parse_request_body_response(answer.text)
        return Granted(
            access_token=_token(told["access_token"]),
            seconds=max(0, int(told.get("expires_in") or _USUAL_SECONDS)),
            refresh_token=_token(told["refresh_token"]) if told.get("refresh_token") else "",
        )
    except MissingTokenError as error:
        raise _judged(url, answer, "", "") from error
    except OAuth2Error as error:
        words = _without(secrets, str(error.description or ""))
        raise _judged(url, answer, _without(secrets, str(error.error)), words) from error
    except Exception as error:
        # Whatever the library raises at an answer that it does not expect.
        raise _judged(url, answer, "", "") from error


def _token(value: object) -> str:
    if not isinstance(value, str) or not value or not (value.isascii() and value.isprintable()):
        raise TypeError("no token")
    return value


def _judged(url: str, answer: Answer, code: str, words: str) -> Exception:
    status = answer.status
    said = " ".join(filter(None, (str(status), code, words and f"({words})")))
    if code in _PENDING:
        return PendingError(f"{url} waits for a decision: {said}", slower=code == "slow_down")
    if 200 <= status < 300 and not code:  # noqa: PLR2004 - a success, by its status
        return Transient(f"{url} gives no access token now: it answered without an access token")
    if 300 <= status < 400:  # noqa: PLR2004 - a redirection
        return ConfigurationError(f"OAUTH2_TOKEN_URL: {url} is not the token endpoint: it leads elsewhere ({status})")
    if status >= 500 or status in _LATER or code in _LATER_CODES:  # noqa: PLR2004 - the server's own trouble
        return Transient(f"{url} gives no access token now: {said}")
    remedy = _REMEDIES.get(code, "Check the keys OAUTH2_…")
    kind = RefusedGrantError if code == "invalid_grant" else ConfigurationError
    return kind(f"OAUTH2_TOKEN_URL: {url} refused to give an access token: {said}. {remedy}.")


def _without(secrets: tuple[str, ...], words: str) -> str:
    """A provider's own words (5.2), in one line and without what some of them repeat."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "…")
    line = " ".join(_TRACE.sub("", words).split())
    return "".join(one for one in line if one.isprintable()).rstrip(".")[:_MAX_WORDS]
