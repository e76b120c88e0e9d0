from __future__ import annotations

import pytest

from tests.faults.ending import made
from tests.faults.site import Site
from tests.servers.dovecot import Kind
from tests.servers.proxy import Proxy
from tests.workplace import Workplace


@pytest.fixture
def database_url(database_kind, request):
    """A database of the test's own, which may break it; empty for the default, SQLite."""
    return request.getfixturevalue("postgresql_url") if database_kind == "postgresql" else ""


@pytest.fixture
def place(dovecot, tmp_path, database_url):
    """A workplace on each database; the two below are on one."""
    return made(tmp_path, dovecot, database_url)


@pytest.fixture
def on_sqlite(dovecot, tmp_path):
    return made(tmp_path, dovecot)


@pytest.fixture
def on_postgresql(dovecot, tmp_path, postgresql_url):
    return made(tmp_path, dovecot, postgresql_url)


@pytest.fixture
def site_at(tmp_path):
    """A site at some Dovecot, with settings of its own."""
    proxies = []

    def make(dovecot, **keys):
        workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())
        workplace.import_directory()
        proxies.append(Proxy(target=dovecot.port).__enter__())
        return Site(workplace=workplace, proxy=proxies[-1], keys=keys)

    yield make
    for proxy in proxies:
        proxy.__exit__()


@pytest.fixture
def site(site_at, dovecot):
    return site_at(dovecot)


@pytest.fixture
def in_place(site_at, dovecot_of):
    """A site at a server that moves nothing."""
    return site_at(dovecot_of(Kind(without=("MOVE", "UIDPLUS", "IDLE"))))
