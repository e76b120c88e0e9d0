"""A very small HTTP server (RFC 9112) on loopback: two pages, one answer a connection, and nobody may take his time.

All connections are served by one thread that never waits for any of them, so that slow clients hold up no other.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from poller.health import Health
from poller.metrics.answers import Answer, Answers
from poller.settings import MetricsSettings

SECONDS: Final = 10
"""For a request and its answer."""

LOOK_SECONDS: Final = 3
"""That the metrics wait for the database: then they say what was known before."""

AGAIN_SECONDS: Final = 30
"""Until the port is tried again where another program has it."""

MOST: Final = 50
"""Connections at once. One more, and the one that has taken longest is cut."""

_LONGEST: Final = 8 << 10  # octets of a request
_PART: Final = "metrics"

_log = logging.getLogger(__name__)


@contextmanager
def serving(where: MetricsSettings, answers: Answers, health: Health) -> Iterator[None]:
    """In a thread while the context lasts. Where the port cannot be had it is tried again, and the health tells."""
    server = _Server(where, answers, health)
    thread = threading.Thread(target=server.run, name="metrics-server", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join(timeout=2)


class _Server:
    def __init__(self, where: MetricsSettings, answers: Answers, health: Health) -> None:
        self._where = where
        self._answers = answers
        self._health = health
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._open: dict[asyncio.StreamWriter, None] = {}  # in the order in which they came

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        self._call(self._stop.set)

    def _call(self, what: Callable[[], object]) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # it has ended meanwhile
            self._loop.call_soon_threadsafe(what)

    async def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                server = await asyncio.start_server(
                    self._connected, self._where.address, self._where.port, limit=_LONGEST
                )
            except OSError as error:
                await self._wait(error)
                continue
            self._health.well(_PART)
            _log.info("metrics at http://%s/metrics", self._where)
            async with server:
                await self._stop.wait()
                for writer in tuple(self._open):
                    writer.transport.abort()

    async def _wait(self, error: OSError) -> None:
        trouble = f"METRICS_LISTEN: {self._where} cannot be had: {error.strerror}"
        if not self._health.part(_PART).failures:
            _log.error("%s; mail is filed all the same, and it is tried again every %d s", trouble, AGAIN_SECONDS)
        self._health.failed(_PART, trouble)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), AGAIN_SECONDS)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MOST:
            next(iter(self._open)).transport.abort()
        self._open[writer] = None
        try:
            async with asyncio.timeout(SECONDS):
                writer.write(_http(*await self._answered(reader)))
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._open.pop(writer, None)

    async def _answered(self, reader: asyncio.StreamReader) -> tuple[Answer, str]:
        """And which method would be right where the request's is not."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _plain("431 Request Header Fields Too Large"), ""
        method, _, rest = head.partition(b"\r\n")[0].partition(b" ")
        target, _, version = rest.rpartition(b" ")
        path = target.partition(b"?")[0]
        if not version.startswith(b"HTTP/1."):
            return _plain("400 Bad Request"), ""
        if path not in {b"/metrics", b"/healthz"}:
            return _plain("404 Not Found"), ""
        if method != b"GET":
            return _plain("405 Method Not Allowed"), "GET"
        if path == b"/healthz":
            return self._answers.healthz(), ""
        await self._refreshed()
        return self._answers.metrics(), ""

    async def _refreshed(self) -> None:
        seen = asyncio.Event()
        self._answers.refresh(lambda: self._call(seen.set))
        with suppress(TimeoutError):
            await asyncio.wait_for(seen.wait(), LOOK_SECONDS)


def _plain(status: str) -> Answer:
    return Answer(status=status, content_type="text/plain; charset=utf-8", body=f"{status}\n".encode())


def _http(answer: Answer, allowed: str) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        *([f"Allow: {allowed}"] if allowed else []),
        "Cache-Control: no-store",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body
