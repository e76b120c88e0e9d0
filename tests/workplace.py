"""A folder with settings, a directory and a mailbox of its own: what a test of the whole program starts from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from poller.cli import main
from poller.settings import ImapSettings, Security, Settings, load_settings
from tests.patience import PATIENCE
from tests.servers.dovecot import Dovecot, User

_NOWHERE = ImapSettings(
    host="localhost", port=1, security=Security.PLAIN, username="nobody", password="secret", folder="INBOX"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Without a server there is no mailbox to poll, and the rest works. `database_url` is the default where empty."""

    folder: Path
    dovecot: Dovecot | None = None
    user: User | None = None
    database_url: str = ""

    def write_settings(self, **settings: str) -> Path:
        imap = self.dovecot.settings(self.user) if self.dovecot and self.user else _NOWHERE
        keys = {
            "FILING_ADDRESS": "mycompany@in.example.com",
            "ACTIVITY_TYPE": "E-mail",
            "ACTIVITY_STATUS": "done",
            "AUTH_POLICY": "monitor",
            "DNS_SERVERS": "127.0.0.1:1",  # nobody is asked about made-up domains
            "IMAP_HOST": imap.host,
            "IMAP_PORT": str(imap.port),
            "IMAP_SECURITY": "plain",
            "IMAP_USERNAME": imap.username,
            "IMAP_PASSWORD": imap.password,
            "START_POLICY": "all",
            "DATABASE_URL": self.database_url or "sqlite:///mailfiler.db",
        }
        path = self.folder / "settings.env"
        path.write_text("".join(f"{key}={value}\n" for key, value in (keys | settings).items()))
        return path

    def settings(self, **settings: str) -> Settings:
        return load_settings(self.write_settings(**settings), {})

    def import_directory(self) -> None:
        """Anna, who may file, and project 1001."""
        self.write_settings()
        for kind, text in (
            ("users", "key,name,addresses\nanna,Anna Aalto,anna@acme.fi\n"),
            ("projects", "number,name,kind,customer,state\n1001,Harbour,project,,open\n"),
        ):
            file = self.folder / f"{kind}.csv"
            file.write_text(text)
            self.do("import", kind, str(file))

    def do(self, *words: str) -> str:
        """A command, in this process, for which it is a tenth of the time."""
        ended = CliRunner().invoke(main, ["--settings", str(self.folder / "settings.env"), *words])
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def listing(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.do(*words, "--json").splitlines()]


def mail(number: int, *lines: str, to: str = "1001.mycompany@in.example.com") -> bytes:
    """One message of Anna's, unlike every other number's."""
    header = (
        f"X-Original-To: {to}",
        "From: Anna Aalto <anna@acme.fi>",
        "To: Carl <carl@globex.example>",
        f"Subject: Message {number}",
        f"Message-ID: <{number}@acme.fi>",
        f"Date: {datetime(2026, 3, 2, 12, number % 60, tzinfo=UTC):%a, %d %b %Y %H:%M:%S +0000}",
        *lines,
    )
    return "".join(f"{line}\r\n" for line in (*header, "", f"Text {number}.")).encode()


def eventually(condition: Callable[[], bool]) -> None:
    """Waits until the condition holds, and fails when it never does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
