"""Mail servers between the probe and the mailbox: real SMTP in front, a test's own idea of delivery behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from aiosmtpd.controller import Controller

from poller.settings import Settings
from tests.servers.dns import DnsServer
from tests.servers.ports import free_port
from tests.workplace import Workplace

OUTSIDE = "203.0.113.5"
Deliver = Callable[[str, list[str], bytes], str]
"""Envelope sender, recipients, message -> what the server answers."""


@dataclass
class Handler:
    deliver: Deliver
    refuses: Callable[[str], str] = lambda _recipient: ""
    refuses_sender: str = ""
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_MAIL(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if self.refuses_sender:
            return self.refuses_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - as above
        if refusal := self.refuses(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - as above
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.deliver(envelope.mail_from, envelope.rcpt_tos, envelope.content) or "250 OK"


@pytest.fixture
def serving() -> Iterator[Callable[..., Controller]]:
    """Starts a submission server that hands what it takes to a function."""
    started: list[Controller] = []

    def start(deliver: Deliver, **more: object) -> Controller:
        started.append(Controller(Handler(deliver, **more), hostname="127.0.0.1", port=free_port()))
        started[-1].start()
        return started[-1]

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def zone() -> Iterator[DnsServer]:
    records = {"in.example.com MX": ["10 mx.example.com"], "acme.fi TXT": [f"v=spf1 ip4:{OUTSIDE} -all"]}
    with DnsServer(records=records) as dns:
        yield dns


@dataclass(frozen=True, kw_only=True)
class House:
    """A workplace, its mailbox, and what stands in the header of the mail that is put there."""

    workplace: Workplace
    dns: DnsServer
    serving: Callable[..., Controller]

    def keys(self, controller: Controller | None = None, **more: str) -> dict[str, str]:
        usual = {"DNS_SERVERS": f"127.0.0.1:{self.dns.port}", "MAIL_PROVIDER": "postfix"}
        usual |= {"OUR_MTA_NAMES": "mx.example.com", "AUTH_POLICY": "aligned", "NOTICE_FROM": "anna@acme.fi"}
        if controller:
            usual |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(controller.port), "SMTP_SECURITY": "plain"}
        return usual | more

    def settings(self, controller: Controller | None = None, **more: str) -> Settings:
        return self.workplace.settings(**self.keys(controller, **more))

    def put(self, source: bytes, folder: str = "") -> None:
        self.workplace.user.deliver(source, folder=folder)


@pytest.fixture
def house(dovecot, tmp_path, zone, serving) -> House:
    return House(workplace=Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()), dns=zone, serving=serving)
