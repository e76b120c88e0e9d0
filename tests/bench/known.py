"""Mailboxes of any number of messages, all of which mailfiler knows: made in seconds, one message filed for all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from imaplib import IMAP4
from itertools import islice, repeat
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from tests.bench.contestants import prepare_mailfiler
from tests.bench.race import Race
from tests.bench.stock import Stock
from tests.bench.workload import small, zone
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Dovecot

_KNOWN = "($MailfilerFiled)"
_DATE = '"02-Mar-2026 12:00:00 +0000"'


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMailbox:
    """`race` has mailfiler's settings and database, as after many polls."""

    race: Race
    messages: int

    def add(self, sources: Iterable[bytes]) -> None:
        """New mail."""
        _append(self.race, sources, "()")


@contextmanager
def known_mailbox(dovecot: Dovecot, dns: DnsServer, messages: int) -> Iterator[KnownMailbox]:
    """Its messages are one and the same, filed once; the ledger has a line for each, as if each had been filed."""
    folder = Path(mkdtemp(prefix="bench-"))
    user = dovecot.user()
    dns.records = zone()
    stock = Stock(name="known", folder=folder, messages=messages, octets=0, attachments=(), zone={})
    settings = {"SETTLE": "flag"}
    race = Race(stock=stock, user=user, folder=folder, imap_port=dovecot.port, dns_port=dns.port, settings=settings)
    try:
        (letter,) = small(1)
        _append(race, [letter.source], "()")
        race.run(prepare_mailfiler(race))
        _append(race, repeat(letter.source, messages - 1), _KNOWN)
        _multiply(folder / "mailfiler.db", messages)
        yield KnownMailbox(race=race, messages=messages)
    finally:
        rmtree(folder)
        rmtree(user.maildir)


def _append(race: Race, sources: Iterable[bytes], flags: str) -> None:
    """By MULTIAPPEND (RFC 3502), which imaplib has not."""
    with IMAP4("127.0.0.1", race.imap_port) as client:
        client.login(race.user.name, race.user.password)
        left = iter(sources)
        while together := list(islice(left, 1_000)):
            client.send(b"A APPEND INBOX")
            for source in together:
                client.send(f" {flags} {_DATE} {{{len(source)}+}}\r\n".encode() + source)
            client.send(b"\r\n")
            answer = client.readline()
            if not answer.startswith(b"A OK"):
                raise RuntimeError(f"APPEND was answered: {answer.decode()}")


def _multiply(database: Path, messages: int) -> None:
    """The line of UID 1 in the ledger -> one for each UID."""
    with closing(sqlite3.connect(database)) as opened, opened:
        names = [name for _, name, *_ in opened.execute("PRAGMA table_info(delivery)") if name not in {"id", "uid"}]
        columns = ", ".join(f'"{name}"' for name in names)
        opened.execute(
            f"WITH RECURSIVE number(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < {messages:d}) "
            f"INSERT INTO delivery (uid, {columns}) SELECT n, {columns} FROM number, delivery WHERE uid = 1"
        )
