"""An authorization server on loopback: gives tokens, ends and revokes them, and tells mail servers whose they are."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.certificates import Certificate

REFUSED = b'{"error": "invalid_grant", "error_description": "AADSTS70000: revoked.\\r\\nTrace ID: 1-2-3"}'
DRIP = b"drip"
"""An answer: one octet in a twentieth of a second, for ever."""


@dataclass(kw_only=True)
class TokenServer:
    """Gives token-1, token-2 … to whoever asks, for `seconds`; or answers with `status` and `answer` instead.

    Where `rotates`, only a refresh token in `good` is taken, and each use replaces it: refresh-1, refresh-2 …
    `user` is whose the access tokens are; `ended` are those that are valid no more. `asked` are the forms that came.
    Whoever asks for consent gets it at once; to device codes only after `pending` questions.
    """

    user: str = ""
    seconds: int = 3600
    rotates: bool = False
    good: set[str] = field(default_factory=lambda: {"refresh"})
    status: int = 200
    answer: bytes | None = None
    certificate: Certificate | None = None
    challenge: str = ""
    pending: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.lock = threading.Lock()
        self._refreshes = count(1)
        self.stop = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.tokens = self
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate.certificate, self.certificate.key)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def base(self) -> str:
        host = "https://localhost" if self.certificate else "http://127.0.0.1"
        return f"{host}:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.base}/token"

    def end_all(self) -> None:
        """Every access token so far is valid no more."""
        self.ended.update(self.given)

    def answer_to(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if path == "/devicecode":
            told = {"device_code": "d3v1ce", "user_code": "ABCD-1234", "expires_in": 60, "interval": 0}
            return 200, json.dumps(told | {"verification_uri": f"{self.base}/device"}).encode()
        self.asked.append(form)
        if self.answer is not None or self.status != 200:
            return self.status, self.answer or b""
        return self._granted(form)

    def _granted(self, form: dict[str, str]) -> tuple[int, bytes]:
        answer: dict[str, object] = {"token_type": "Bearer", "expires_in": self.seconds}
        match form["grant_type"]:
            case "refresh_token" if self.rotates:
                if form["refresh_token"] not in self.good:
                    return 400, REFUSED
                self.good.remove(form["refresh_token"])
                answer["refresh_token"] = self._another()
            case "authorization_code":
                digest = hashlib.sha256(form["code_verifier"].encode()).digest()
                if form["code"] != "c0de" or base64.urlsafe_b64encode(digest).decode().rstrip("=") != self.challenge:
                    return 400, REFUSED
                answer["refresh_token"] = self._another()
            case "urn:ietf:params:oauth:grant-type:device_code":
                if self.pending:
                    self.pending -= 1
                    return 400, b'{"error": "authorization_pending"}'
                answer["refresh_token"] = self._another()
        self.given.append(f"token-{len(self.given) + 1}")
        return 200, json.dumps(answer | {"access_token": self.given[-1]}).encode()

    def _another(self) -> str:
        refresh = f"refresh-{next(self._refreshes)}"
        self.good.add(refresh)
        return refresh


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tokens: TokenServer

    def handle_error(self, *_: object) -> None:
        """Clients go away as they like."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        with self.server.tokens.lock:
            status, answer = self.server.tokens.answer_to(self.path, form)
        self._say(status, answer)

    def do_GET(self) -> None:
        tokens, parts = self.server.tokens, urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        if parts.path == "/authorize":
            tokens.challenge = asked["code_challenge"]
            back = urlencode({"code": "c0de", "state": asked["state"]})
            self._say(302, b"", f"{asked['redirect_uri']}?{back}")
        else:
            is_active = asked["token"] in tokens.given and asked["token"] not in tokens.ended
            self._say(200, json.dumps({"active": is_active, "user": tokens.user}).encode())

    def _say(self, status: int, answer: bytes, location: str = "") -> None:
        tokens = self.server.tokens
        self.send_response(status)
        if status // 100 == 3:
            self.send_header("Location", location or f"{tokens.base}/elsewhere")
        if answer != DRIP:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        while answer == DRIP and not tokens.stop.wait(0.05):
            self.wfile.write(b" ")

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""
