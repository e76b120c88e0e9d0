"""An authorization server on loopback: what it is asked, and what it answers."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Self
from urllib.parse import parse_qsl


class TokenServer:
    """Answers each request for a token with `status` and `answer`, by default token-1, token-2 … for an hour."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status = 200
        self.answer: bytes | None = None

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.asked.append(dict(parse_qsl(body.decode())))
                token = {"access_token": f"token-{len(server.asked)}", "expires_in": 3600}
                self.send_response(server.status)
                self.end_headers()
                self.wfile.write(json.dumps(token).encode() if server.answer is None else server.answer)

            def log_message(self, *_: object) -> None:
                """Nothing on standard error."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/token"
