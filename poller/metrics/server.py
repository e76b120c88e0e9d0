"""A thread that listens on loopback and never waits for any client, so that slow ones hold up no other."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from poller.health import Health
from poller.metrics.answers import Answers
from poller.metrics.client import Client
from poller.settings import MetricsSettings

AGAIN_SECONDS: Final = 30
"""Until the port is tried again where another program has it."""

MOST: Final = 50
"""Connections at once. One more, and the one that has taken longest is cut."""

_PART: Final = "metrics"

_log = logging.getLogger(__name__)


@contextmanager
def serving(where: MetricsSettings, answers: Answers, health: Health) -> Iterator[None]:
    """While the context lasts. Where the port cannot be had it is tried again, and the health tells."""
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
        self._clients: dict[Client, None] = {}  # in the order in which they came

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
                server = await self._loop.create_server(self._client, self._where.address, self._where.port)
            except OSError as error:
                await self._wait(error)
                continue
            self._health.well(_PART)
            _log.info("metrics at http://%s/metrics", self._where)
            await self._stop.wait()
            server.close()
            for client in tuple(self._clients):
                client.cut()

    async def _wait(self, error: OSError) -> None:
        why = os.strerror(error.errno) if error.errno else str(error)
        trouble = f"METRICS_LISTEN: {self._where} cannot be had: {why}"
        if not self._health.part(_PART).failures:
            _log.error("%s; mail is filed all the same, and it is tried again every %d s", trouble, AGAIN_SECONDS)
        self._health.failed(_PART, trouble)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), AGAIN_SECONDS)

    def _client(self) -> Client:
        return Client(self._answers, came=self._came, left=self._left, call=self._call)

    def _came(self, client: Client) -> None:
        if self._stop.is_set():
            client.cut()
            return
        if len(self._clients) >= MOST:
            oldest = next(iter(self._clients))
            del self._clients[oldest]
            oldest.cut()
        self._clients[client] = None

    def _left(self, client: Client) -> None:
        self._clients.pop(client, None)
