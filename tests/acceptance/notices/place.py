"""An installation, and what its administrator and its correspondents see of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from click.testing import CliRunner

from poller.cli import main
from poller.settings import load_settings
from tests.acceptance.mailboxes import connected, deliver
from tests.acceptance.notices.mail import Mail
from tests.acceptance.notices.notice import Notice
from tests.acceptance.program import Ended
from tests.servers.dns import DnsServer
from tests.servers.smtp import ScriptedSmtp

if TYPE_CHECKING:
    from tests.acceptance.program import Program
    from tests.acceptance.ready import Ready


@dataclass(kw_only=True)
class Place:
    """One installation. `mails` are all that were put into its mailbox, by UID."""

    here: Ready
    dns: DnsServer
    smtp: ScriptedSmtp
    mails: dict[int, Mail] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        return self.here.program

    def put(self, *mails: Mail) -> None:
        for mail in mails:
            self.dns.records = {**self.dns.records, **mail.zone}
        with connected(self.here.account) as client:
            self.mails |= {deliver(client, mail.source(), mail.arrived): mail for mail in mails}

    def once(self, *mails: Mail) -> Ended:
        self.put(*mails)
        return self.do("once")

    def do(self, *words: str) -> Ended:
        """A command that must succeed; in this process, for which it is a tenth of the time."""
        done = CliRunner().invoke(main, ["--settings", str(self.program.settings), *words])
        assert done.exit_code == 0, f"{words}: {done.exception!r}\n{done.stderr[-3000:]}"
        return Ended(done.exit_code, done.stdout, done.stderr)

    def set(self, **settings: str) -> None:
        """Other values of settings that are there."""
        text = self.program.settings.read_text()
        for key, value in settings.items():
            text = re.sub(rf"(?m)^{key}=.*$", f"{key}={value}", text)
        self.program.settings.write_text(text)

    def rows(self) -> dict[str, dict[str, Any]]:
        """The ledger, by the names of the mails."""
        return {self.mails[row["uid"]].name: row for row in self.do("messages", "--json").rows}

    def notices(self) -> list[Notice]:
        return [Notice(taken) for taken in self.smtp.taken]

    def notices_of(self, mail: Mail) -> list[Notice]:
        own = [one for one in self.notices() if one.taken.recipient == mail.address]
        return [one for one in own if f"X-Case: {mail.key}" in one.original.splitlines()]

    def states(self) -> dict[str, str]:
        return {name: row["notice"] for name, row in self.rows().items()}

    def hours_pass(self, hours: float) -> None:
        """What waits or was counted, all of it is older now. The only thing here that knows a table."""
        database = load_settings(self.program.settings, {}).database
        (_make_older_in_postgresql if database.url else _make_older_in_sqlite)(
            str(database.url or database.path), hours
        )


def _make_older_in_sqlite(path: str, hours: float) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for table in ("notice", "delivery"):
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1].endswith("_at")]
            earlier = ", ".join(f"{c} = strftime('%Y-%m-%d %H:%M:%f000+00:00', {c}, '-{hours} hours')" for c in columns)
            database.execute(f"UPDATE {table} SET {earlier}")
        # A digest bears its day.
        database.execute("UPDATE notice SET identity = hex(randomblob(32)) WHERE reason = 'digest'")


def _make_older_in_postgresql(url: str, hours: float) -> None:
    with psycopg.connect(url) as database:
        for table in ("notice", "delivery"):
            moments = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
            columns = [name for (name,) in database.execute(f"{moments} AND column_name LIKE '%\\_at'".encode())]
            earlier = ", ".join(f"{name} = {name} - interval '{hours} hours'" for name in columns)
            database.execute(f"UPDATE {table} SET {earlier}".encode())
        database.execute("UPDATE notice SET identity = md5(id::text) || md5(random()::text) WHERE reason = 'digest'")


def wrong(place: Place, mails: Iterable[Mail]) -> list[str]:
    """What the ledger says of the mails, and how many notices came, where that is not what they expect."""
    rows = place.rows()
    return [
        f"{mail.name}: {row['outcome']} {row['reason']} {row['notice']}, {came} notices; {row['detail']}"
        for mail in mails
        for row, came in [(rows[mail.name], len(place.notices_of(mail)))]
        if (row["outcome"], row["reason"]) != (mail.outcome, mail.reason)
        or row["notice"] not in mail.notice.split("|")
        or came != mail.expected_notices
    ]
