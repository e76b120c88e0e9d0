from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from poller.health import Health
from poller.metrics.answers import Answer
from poller.metrics.server import serving
from poller.settings import MetricsSettings
from tests.metrics.watching import is_open
from tests.servers.ports import free_port
from tests.workplace import eventually


class Scripted:
    """Answers that a test thinks of. The database is never asked while it `hangs`."""

    hangs = False
    asked = 0

    def refresh(self, done: Callable[[], None]) -> None:
        self.asked += 1
        if not self.hangs:
            done()

    def metrics(self) -> Answer:
        return Answer(status="200 OK", content_type="text/plain", body=b"a 1\n")

    def healthz(self) -> Answer:
        return Answer(status="503 Service Unavailable", content_type="application/json", body=b"{}\n")


@pytest.fixture
def answers() -> Scripted:
    return Scripted()


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def port(answers: Scripted, health: Health) -> Iterator[int]:
    """Where the answers are served."""
    number = free_port()
    with ExitStack() as stack:
        stack.enter_context(serving(MetricsSettings(address="127.0.0.1", port=number), answers, health))
        eventually(lambda: is_open(number))
        yield number
