"""What every test of this room may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.resolver.making import Clock
from tests.servers.dns import DnsServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[DnsServer]:
    """A DNS server that knows nothing yet."""
    with DnsServer() as server:
        yield server
