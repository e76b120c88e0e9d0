"""A connection of HTTP (RFC 9110, 9112): one request for one of two pages, its answer, and the end, within seconds."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Final

from poller.metrics.answers import Answer, Answers

SECONDS: Final = 10
"""For a request and its answer."""

LOOK_SECONDS: Final = 3
"""That the metrics wait for the database: then they say what was known before."""

_LONGEST: Final = 8 << 10  # octets of a request
_END: Final = b"\r\n\r\n"
_HOST: Final = re.compile(rb"^https?://[^/?]*", re.IGNORECASE)

_log = logging.getLogger(__name__)


class Client(asyncio.Protocol):
    """`came` and `left` are told of the connection; `call` has something called in its thread, from any other."""

    def __init__(
        self,
        answers: Answers,
        *,
        came: Callable[[Client], None],
        left: Callable[[Client], None],
        call: Callable[[Callable[[], object]], None],
    ) -> None:
        self._answers = answers
        self._came = came
        self._left = left
        self._call = call
        self._asked = b""
        self._wants_body = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what a server has
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._patience = self._loop.call_later(SECONDS, self.cut)
        self._came(self)

    def data_received(self, data: bytes) -> None:
        self._asked += data
        if _END not in self._asked and len(self._asked) < _LONGEST:
            return
        self._transport.pause_reading()  # whatever comes behind it is never looked at
        if _END in self._asked:
            self._answer(*_words(self._asked))
        else:
            self._send(_plain("431 Request Header Fields Too Large"))

    def eof_received(self) -> bool:
        """Whoever asked may have no more to say, and is answered all the same."""
        return _END in self._asked

    def connection_lost(self, _error: Exception | None) -> None:
        self._patience.cancel()
        self._left(self)

    def cut(self) -> None:
        self._transport.abort()

    def _answer(self, method: bytes, path: bytes, version: bytes) -> None:
        self._wants_body = method != b"HEAD"
        if not version.startswith(b"HTTP/1."):
            self._send(_plain("400 Bad Request"))
        elif path not in {b"/metrics", b"/healthz"}:
            self._send(_plain("404 Not Found"))
        elif method not in {b"GET", b"HEAD"}:
            self._send(_plain("405 Method Not Allowed"), "Allow: GET, HEAD")
        elif path == b"/healthz":
            self._send_page(self._answers.healthz)
        else:
            self._loop.call_later(LOOK_SECONDS, self._send_page, self._answers.metrics)
            self._answers.refresh(lambda: self._call(lambda: self._send_page(self._answers.metrics)))

    def _send_page(self, page: Callable[[], Answer]) -> None:
        """Unless it was sent already."""
        if self._transport.is_closing():
            return
        try:
            answer = page()
        except Exception:  # noqa: BLE001 - whatever a bug raises: the next one is answered
            _log.exception("a request could not be answered")
            answer = _plain("500 Internal Server Error")
        self._send(answer)

    def _send(self, answer: Answer, *fields: str) -> None:
        lines = [
            f"HTTP/1.1 {answer.status}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            *fields,
            "Cache-Control: no-store",
            "Connection: close",
        ]
        self._transport.write("\r\n".join([*lines, "", ""]).encode() + (answer.body if self._wants_body else b""))
        self._transport.close()


def _words(request: bytes) -> tuple[bytes, bytes, bytes]:
    """The method, the path without host and query, and the version; of what is no request any of them is empty."""
    method, _, rest = request.partition(b"\r\n")[0].partition(b" ")
    target, _, version = rest.rpartition(b" ")
    path = _HOST.sub(b"", target).partition(b"?")[0]
    return method, path, version


def _plain(status: str) -> Answer:
    return Answer(status=status, content_type="text/plain; charset=utf-8", body=f"{status}\n".encode())
