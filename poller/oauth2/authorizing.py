"""A person's consent -> a refresh token: through a browser on this machine (RFC 8252), or on any other (RFC 8628)."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from poller.errors import ConfigurationError, Transient
from poller.oauth2.posting import post
from poller.oauth2.provider import PendingError, Proof, by_code, by_device_code
from poller.settings import OAuthSettings

_PATIENCE = 10 * 60
"""Seconds that a person has to decide."""
_INTERVAL = 5  # seconds between two questions, and what is added where they come too often (RFC 8628, 3.5)
_GOOGLE = {
    "https://oauth2.googleapis.com/token": "https://accounts.google.com/o/oauth2/v2/auth",
    "https://oauth2.googleapis.com/devicecode": "https://oauth2.googleapis.com/device/code",
}
_MICROSOFT = "login.microsoftonline.com"
_THANKS = b"<!doctype html><title>mailfiler</title><p>That is all: you may close this window."

Show = Callable[[str], None]
"""Told what the person is to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    """`user_code` is what the person types at `address`."""

    device_code: str
    user_code: str
    address: str
    seconds: float
    interval: float


def in_browser(settings: OAuthSettings, show: Show, port: int = 0) -> str:
    """The refresh token, by the authorization code grant with PKCE; the browser comes back to `port` here, 0 is any.

    Raises Transient, or ConfigurationError where the person or the provider refuses.
    """
    state, proof = secrets.token_urlsafe(24), Proof.make()
    with _Listener(port, state) as listener:
        host = "localhost" if _MICROSOFT in settings.token_url else "127.0.0.1"  # as each lets them be registered
        redirect = f"http://{host}:{listener.server_port}"
        show(
            f"Open this address in a browser on this machine, as the user of the mailbox: "
            f"{_address(settings, redirect, state, proof)}"
        )
        code = listener.wait()
    return _refresh_token(by_code(settings, code, redirect, proof).refresh_token)


def on_another_device(settings: OAuthSettings, show: Show, sleep: Callable[[float], None] = time.sleep) -> str:
    """The refresh token, by a code that the person types into a browser anywhere. Errors as above."""
    code = _device_code(settings)
    show(f"Open {code.address} in any browser, as the user of the mailbox, and enter {code.user_code}")
    interval, end = code.interval, time.monotonic() + min(code.seconds, _PATIENCE)
    while time.monotonic() < end:
        try:
            return _refresh_token(by_device_code(settings, code.device_code).refresh_token)
        except PendingError as pending:
            interval += _INTERVAL if pending.slower else 0
            sleep(interval)
    raise Transient("nobody decided in time; begin again")


def _address(settings: OAuthSettings, redirect: str, state: str, proof: Proof) -> str:
    """RFC 6749, 4.1.1; RFC 7636, 4.3. Google gives a refresh token only where it is asked like this."""
    url = _endpoint(settings, "authorize")
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect,
        "scope": settings.scope,
        "state": state,
        "code_challenge": proof.challenge,
        "code_challenge_method": "S256",
    }
    more = {"access_type": "offline", "prompt": "consent"} if url in _GOOGLE.values() else {}
    return f"{url}?{urlencode(asked | more)}"


def _endpoint(settings: OAuthSettings, name: str) -> str:
    """The provider's other endpoints stand beside the token endpoint, or are known."""
    url = settings.token_url
    beside, _, last = url.rpartition("/")
    if last != "token":
        raise ConfigurationError(f"OAUTH2_TOKEN_URL: {url} does not end with /token: where to ask is not known")
    return _GOOGLE.get(url if name == "authorize" else f"{beside}/{name}", f"{beside}/{name}")


def _device_code(settings: OAuthSettings) -> _Code:
    url = _endpoint(settings, "devicecode")
    answer = post(url, urlencode({"client_id": settings.client_id, "scope": settings.scope}))
    try:
        told: dict[str, Any] = json.loads(answer.text)
        return _Code(
            device_code=str(told["device_code"]),
            user_code=str(told["user_code"]),
            address=str(told.get("verification_uri") or told["verification_url"]),
            seconds=float(told["expires_in"]),
            interval=float(told.get("interval", _INTERVAL)),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigurationError(f"{url} gives no device code ({answer.status}): leave --device out") from error


def _refresh_token(token: str) -> str:
    if not token:
        raise ConfigurationError(
            "OAUTH2_SCOPE: the provider gave no refresh token; Microsoft wants offline_access in it, Google the "
            "consent to be withdrawn and given again"
        )
    return token


class _Listener(HTTPServer):
    """Waits on loopback for the browser to come back with a code."""

    def __init__(self, port: int, state: str) -> None:
        self.state = state
        self.came: dict[str, str] = {}
        try:
            super().__init__(("127.0.0.1", port), _Answering)
        except OSError as error:
            raise ConfigurationError(f"--port {port} cannot be listened at: {error.strerror}") from error

    def wait(self) -> str:
        end = time.monotonic() + _PATIENCE
        while not self.came and (left := end - time.monotonic()) > 0:
            self.timeout = left
            self.handle_request()
        if not self.came:
            raise Transient("nobody decided in time; begin again")
        if "code" not in self.came:
            words = f"{self.came.get('error', '')} {self.came.get('error_description', '')}".strip()
            raise ConfigurationError(f"the provider refused: {words}")
        return self.came["code"]


class _Answering(BaseHTTPRequestHandler):
    timeout = 10

    def do_GET(self) -> None:
        """What does not know the state did not come from the provider (RFC 6749, 10.12), and is passed over."""
        assert isinstance(self.server, _Listener)  # noqa: S101 - for mypy
        came = dict(parse_qsl(urlsplit(self.path).query))
        is_ours = secrets.compare_digest(came.get("state", "").encode(), self.server.state.encode())
        self.send_response(200 if is_ours else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        if is_ours:
            self.wfile.write(_THANKS)
            self.server.came = came

    def log_message(self, *_: object) -> None:
        """Nothing: the code is a secret."""
