"""A company where everything is right, for tests that break one thing of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from poller.storage.database import connected, open_database
from poller.storage.health import Sign, record_sign
from poller.worker import mailbox_name
from tests.acceptance.program import Ended, Program
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import ScriptedSmtp
from tests.workplace import Workplace, mail

RECORDS = {
    "in.example.com MX": ["10 mx.example.com"],
    "in.example.com TXT": ["v=spf1 mx -all"],
    "mx.example.com A": ["192.0.2.25"],
    "_dmarc.in.example.com TXT": ["v=DMARC1; p=reject"],
    "acme.fi TXT": ["v=spf1 ip4:192.0.2.7 -all"],
    "_dmarc.acme.fi TXT": ["v=DMARC1; p=none"],
}
RECEIVED = (
    "Received: from mail.acme.fi (mail.acme.fi [192.0.2.7])\r\n\tby mx.example.com (Postfix) with ESMTPS id 4F2\r\n"
    "\tfor <1001.mycompany@in.example.com>; Mon, 2 Mar 2026 12:00:00 +0000 (UTC)"
)


@dataclass(kw_only=True)
class Company:
    """`keys` are in the settings file; `environment` is what the process has beside it."""

    place: Workplace
    dns: DnsServer
    smtp: ScriptedSmtp
    keys: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings_file(self) -> Path:
        return self.place.folder / "settings.env"

    def deliver(self, number: int = 1, *, top: str = RECEIVED, to: str = "1001.mycompany@in.example.com") -> None:
        """As a border server delivers it: its own fields on top."""
        own, _, rest = mail(number, to=to).partition(b"From:")
        lines = b"Return-Path: <anna@acme.fi>\r\n" + own + (f"{top}\r\n".encode() if top else b"")
        self.place.user.deliver(lines + b"From:" + rest)

    def write(self) -> None:
        usual = {
            "AUTH_POLICY": "aligned",
            "OUR_MTA_NAMES": "mx.example.com",
            "DNS_SERVERS": f"127.0.0.1:{self.dns.port}",
            **self.smtp.keys(),
        }
        self.place.write_settings(**usual | self.keys).chmod(0o600)

    def begin(self) -> None:
        """The service has run here, and does."""
        self.write()
        settings = self.place.settings(**self.keys)
        open_database(settings.database)
        now = datetime.now(UTC)
        sign = Sign(version="1", pid=7, began_at=now, beat_at=now, polled_at=now, failures=0, trouble="")
        with connected():
            record_sign(mailbox_name(settings), sign)

    def check(self) -> Ended:
        """The settings file is as `write` left it."""
        return Program(self.place.folder).tried("check", **self.environment)


@pytest.fixture
def company_at(tmp_path):
    """A company whose mailbox is at that Dovecot."""
    with contextlib.ExitStack() as stack:

        def make(dovecot: Dovecot) -> Company:
            dns = stack.enter_context(DnsServer(records=dict(RECORDS)))
            smtp = stack.enter_context(ScriptedSmtp())
            company = Company(
                place=Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()), dns=dns, smtp=smtp
            )
            company.deliver()
            company.begin()
            company.write()
            return company

        yield make


@pytest.fixture
def company(company_at, dovecot) -> Company:
    return company_at(dovecot)
