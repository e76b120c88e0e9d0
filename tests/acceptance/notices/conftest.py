"""Installations of one or two organizations whose submission server keeps what it took."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.notices.mail import MX
from tests.acceptance.notices.notice import FROM
from tests.acceptance.notices.place import Place
from tests.servers.dns import DnsServer
from tests.servers.smtp import ScriptedSmtp

if TYPE_CHECKING:
    from tests.acceptance.ready import Ready

GLOBEX = {
    "FILING_ADDRESS": "globex@in.example.com",
    "ACTIVITY_TYPE": "Mail",
    "ACTIVITY_STATUS": "Open",
    "NOTICE_LANGUAGE": "fi",
}
RETIRED = "former@in.example.com oldcompany@old.example"


@pytest.fixture(scope="session")
def notices_dns() -> Iterator[DnsServer]:
    mine = {f"{name} TXT": ["v=spf1 ip4:192.0.2.10 -all"] for name in ("mycompany.example", "globex.example")}
    with DnsServer(records=mine) as server:
        yield server


@pytest.fixture(scope="session")
def place_with(ready: Callable[..., Ready], notices_dns: DnsServer) -> Iterator[Callable[..., Place]]:
    """Makes installations; `smtp` is told as for ScriptedSmtp."""
    servers: list[ScriptedSmtp] = []

    def make(
        settings: Mapping[str, str] | None = None, *, both: bool = False, answers: Mapping[str, Any] | None = None
    ) -> Place:
        smtp = ScriptedSmtp(answers=answers or {})
        servers.append(smtp.__enter__())
        usual = {
            "AUTH_POLICY": "aligned",
            "MAIL_PROVIDER": "postfix",
            "OUR_MTA_NAMES": MX,
            "DNS_SERVERS": f"127.0.0.1:{notices_dns.port}",
            "DNS_TIMEOUT": "1s",
            "RETIRED_ADDRESSES": RETIRED,
            "MAX_MESSAGE_SIZE": "100k",
            "NOTICE_FROM": FROM,
        } | smtp.keys()
        here = ready(usual | dict(settings or {}), {"globex": GLOBEX} if both else None)
        if both:
            here.program.load("globex")
        return Place(here=here, dns=notices_dns, smtp=smtp)

    yield make
    for one in servers:
        one.__exit__()


@pytest.fixture
def place(place_with: Callable[..., Place]) -> Place:
    """An installation of the usual settings."""
    return place_with()
