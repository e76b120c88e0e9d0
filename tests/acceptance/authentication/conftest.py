"""One DNS server, and one directory, for all cases: each case brings its own zone, settings and cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.authentication.judging import Judge, judge_with
from tests.servers.dns import DnsServer

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def dns() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


@pytest.fixture(scope="session")
def judge(dns: DnsServer, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return judge_with(tmp_path_factory.mktemp("authentication"), dns)
