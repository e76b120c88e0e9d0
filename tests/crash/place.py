"""Where histories take place: the servers, a database and a directory to copy, and the process that forks lives."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from click.testing import CliRunner

from poller.cli import main
from tests.acceptance.program import DIRECTORY, KINDS, lines
from tests.crash.letters import MX, Domains
from tests.crash.zygote import Zygote
from tests.servers.dns import DnsServer, Trouble
from tests.servers.dovecot import Dovecot, User
from tests.servers.smtp import ScriptedSmtp

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`new_database` makes one with the tables and the directory, and gives its URL."""

    dovecot: Dovecot
    dns: DnsServer
    smtp: ScriptedSmtp
    zygote: Zygote
    home: Path
    new_database: Callable[[Path], str]
    drop_database: Callable[[str], None]

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """A mailbox, a database and a folder of its own; all gone at the end."""
        user, folder = self.dovecot.user(), Path(tempfile.mkdtemp(dir=self.home))
        names = Domains(mark=f"h{next(_numbers)}")
        spf = ["v=spf1 ip4:192.0.2.10 -all"]
        self.dns.records |= {f"{names.outside} TXT": spf, f"{names.late} TXT": spf}
        self.dns.troubles |= {names.late: Trouble.SERVFAIL}
        url = self.new_database(folder)
        made = Installation(site=self, folder=folder, user=user, names=names)
        (folder / "settings.env").write_text(lines(_settings(self) | {"IMAP_USERNAME": user.name, "DATABASE_URL": url}))
        try:
            yield made
        finally:
            self.drop_database(url)
            shutil.rmtree(folder)
            shutil.rmtree(user.maildir, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    site: Site
    folder: Path
    user: User
    names: Domains

    def mend_dns(self) -> None:
        self.site.dns.troubles.pop(self.names.late, None)


def _settings(site: Site) -> dict[str, str]:
    return {
        "FILING_ADDRESS": "mycompany@in.example.com",
        "ACTIVITY_TYPE": "E-mail",
        "ACTIVITY_STATUS": "Done",
        "AUTH_POLICY": "aligned",
        "MAIL_PROVIDER": "postfix",
        "OUR_MTA_NAMES": MX,
        "DNS_SERVERS": f"127.0.0.1:{site.dns.port}",
        "DNS_TIMEOUT": "1s",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(site.dovecot.port),
        "IMAP_SECURITY": "plain",
        "IMAP_PASSWORD": site.dovecot.password,
        "START_POLICY": "all",
        "BATCH_SIZE": "5",
        "NOTICE_FROM": "notices@mycompany.example",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(site.smtp.port),
        "SMTP_SECURITY": "plain",
    }


def load_directory(folder: Path, url: str) -> None:
    """The people and projects of the acceptance tests, into a database, in this process."""
    settings = folder / "directory.env"
    essential = ("FILING_ADDRESS", "ACTIVITY_TYPE", "ACTIVITY_STATUS", "AUTH_POLICY", "IMAP_PASSWORD", "NOTICE_FROM")
    nowhere = SimpleNamespace(port=1, password="secret")
    usual = _settings(SimpleNamespace(dns=nowhere, dovecot=nowhere, smtp=nowhere))  # type: ignore[arg-type]
    settings.write_text(
        lines(
            {key: usual[key] for key in essential}
            | {"DATABASE_URL": url, "IMAP_USERNAME": "nobody", "IMAP_HOST": "127.0.0.1", "IMAP_SECURITY": "plain"}
        )
    )
    for kind in KINDS:
        path = DIRECTORY / "mycompany" / f"{kind}.csv"
        ended = CliRunner().invoke(main, ["--settings", str(settings), "import", kind, str(path)])
        assert ended.exit_code == 0, ended.output
