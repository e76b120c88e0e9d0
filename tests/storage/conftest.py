"""A database of its own for each test that asks for one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import peewee
import pytest

from poller.settings import DatabaseSettings
from poller.storage.database import open_database
from poller.storage.directory import ensure_organization


@pytest.fixture
def database(tmp_path: Path) -> Iterator[peewee.Database]:
    """The database as a new installation has it, with a connection open and the models bound to it."""
    database = open_database(DatabaseSettings(path=tmp_path / "mailfiler.db", url=None))
    with database.connection_context():
        yield database


@pytest.fixture
def make_organization(database: peewee.Database) -> Callable[..., int]:
    def make(key: str = "", prefix: str = "mycompany") -> int:
        address = f"{prefix}@in.example.com"
        ids = ensure_organization(
            key=key, prefix=prefix, filing_address=address, activity_type="E-mail", calendar_sync=False
        )
        return ids.organization

    return make


@pytest.fixture
def organization(make_organization: Callable[..., int]) -> int:
    return make_organization()
