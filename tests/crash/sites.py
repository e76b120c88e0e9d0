"""The servers of histories, started and ended, and a database for each history."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.crash.judge import LISTINGS
from tests.crash.letters import letters
from tests.crash.life import Spec
from tests.crash.place import Site, load_directory
from tests.crash.zygote import Zygote
from tests.servers.dns import DnsServer
from tests.servers.dovecot import Dovecot
from tests.servers.postgresql import Postgresql
from tests.servers.smtp import ScriptedSmtp

_SPF = ["v=spf1 ip4:192.0.2.10 -all"]
_MEMORY = Path("/dev/shm")
"""Where there is one: a killed process loses nothing that it wrote, be it on a disk or not, and a disk is slow."""


@contextmanager
def sqlite_site(dovecot: Dovecot) -> Iterator[Site]:
    """Histories in SQLite files."""

    def prepare(home: Path) -> Callable[[Path], str]:
        template = home / "template.db"
        load_directory(home, f"sqlite:///{template}")

        def copied(folder: Path) -> str:
            shutil.copy(template, folder / "mail.db")
            return "sqlite:///mail.db"

        return copied

    with _site(dovecot, prepare, lambda _: None) as site:
        yield site


@contextmanager
def postgresql_site(dovecot: Dovecot, server: Postgresql) -> Iterator[Site]:
    """Histories in databases of a PostgreSQL server."""

    def prepare(home: Path) -> Callable[[Path], str]:
        template = server.create()
        load_directory(home, template)
        return lambda _: server.create(template.rpartition("/")[2])

    with _site(dovecot, prepare, server.drop) as site:
        yield site


@contextmanager
def _site(
    dovecot: Dovecot, prepare: Callable[[Path], Callable[[Path], str]], drop: Callable[[str], None]
) -> Iterator[Site]:
    with ExitStack() as stack:
        memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crash-", dir=memory)))
        site = Site(
            dovecot=dovecot,
            dns=stack.enter_context(DnsServer(records={"mycompany.example TXT": _SPF}, troubles={})),
            smtp=stack.enter_context(ScriptedSmtp()),
            zygote=stack.enter_context(Zygote()),
            home=home,
            new_database=prepare(home),
            drop_database=drop,
        )
        with site.installation() as place:
            for one in letters(place.names).values():
                place.user.deliver(one.source(), one.written)
            assert site.zygote.live(Spec(folder=str(place.folder), listings=LISTINGS)) == 0
        yield site
