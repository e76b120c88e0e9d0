"""What a contestant gets for one run: a mailbox of its own, with the workload as new mail, and an empty folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from compileall import compile_dir
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage, rmtree
from tempfile import mkdtemp

import models
import poller
from tests.bench.stock import Stock
from tests.servers import dovecot
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Dovecot, Kind, User

_AS_IT_COMES = Kind()
_NOTHING: Mapping[str, str] = {}


_ROOM = 20 << 30
"""Octets that stay free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """One run. `settings` are mailfiler's, beside those that everybody needs."""

    stock: Stock
    user: User
    folder: Path
    imap_port: int
    dns_port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        """mailfiler with these settings."""
        return [sys.executable, "-m", "poller", "--settings", str(self.folder / "settings.env"), *words]

    def run(self, command: Sequence[str | Path]) -> None:
        """Before the start: it is not measured."""
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where races are run: a Dovecot and a DNS server of their own.

    What a race leaves is removed `afterwards`, as long as there is room: ext4 passes over the inodes of files that were
    removed in the last minutes, one by one, at each file that the next race makes.
    """

    dovecot: Dovecot
    dns: DnsServer
    afterwards: ExitStack

    @contextmanager
    def race(self, stock: Stock, settings: Mapping[str, str] = _NOTHING, *, empty: bool = False) -> Iterator[Race]:
        """Its mailbox may be `empty` at first."""
        folder = Path(mkdtemp(prefix="bench-"))
        user = stock.mailbox(self.dovecot, empty=empty)
        self.dns.records = stock.zone
        try:
            yield Race(
                stock=stock,
                user=user,
                folder=folder,
                imap_port=self.dovecot.port,
                dns_port=self.dns.port,
                settings=settings,
            )
        finally:
            for left in (folder, user.maildir):
                self.afterwards.callback(rmtree, left)
            if disk_usage(folder).free < _ROOM:
                self.afterwards.pop_all().close()


@contextmanager
def course(kind: Kind = _AS_IT_COMES) -> Iterator[Course]:
    """The program is compiled, as where it was installed: the environment may forbid that a run does so."""
    compile_dir(Path(poller.__file__).parent, quiet=1)
    compile_dir(Path(models.__file__).parent, quiet=1)
    with ExitStack() as stack:
        server = stack.enter_context(dovecot.running(kind))
        dns = stack.enter_context(DnsServer())
        yield Course(dovecot=server, dns=dns, afterwards=stack.enter_context(ExitStack()))
