"""Sites for histories on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.crash import sites
from tests.crash.matrix import FEW, Points, points_of
from tests.crash.place import Site
from tests.servers.dovecot import Dovecot, Kind
from tests.servers.postgresql import Postgresql


@pytest.fixture(scope="session")
def site(dovecot_of: Callable[[Kind], Dovecot]) -> Iterator[Site]:
    with sites.sqlite_site(dovecot_of(Kind())) as made:
        yield made


@pytest.fixture(scope="session")
def points(site: Site) -> Points:
    return points_of(site, FEW)


@pytest.fixture(scope="session")
def points_by_readers(site: Site) -> Points:
    return points_of(site, FEW, readers=True)


@pytest.fixture(scope="session")
def postgresql_site(dovecot_of: Callable[[Kind], Dovecot], postgresql: Postgresql) -> Iterator[Site]:
    with sites.postgresql_site(dovecot_of(Kind()), postgresql) as made:
        yield made


@pytest.fixture(scope="session")
def postgresql_points(postgresql_site: Site) -> Points:
    return points_of(postgresql_site, FEW)
