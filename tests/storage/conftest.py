"""A database of its own for each test that asks for one."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import peewee
import pytest

from models.organization import ActivityType
from poller.settings import DatabaseSettings
from poller.storage.activities import Kind
from poller.storage.database import open_database
from poller.storage.directory import ensure_organization
from poller.storage.ledger import Ledger
from tests.storage.making import make_ledger, open_view


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as a new installation has it: to copy it takes a tenth of making it."""
    path = tmp_path_factory.mktemp("new") / "mailfiler.db"
    open_database(DatabaseSettings(path=path, url=None))
    return path


@pytest.fixture
def database(new_database: Path, tmp_path: Path) -> Iterator[peewee.Database]:
    """The database as a new installation has it, with a connection open and the models bound to it."""
    path = shutil.copy(new_database, tmp_path)
    database = open_database(DatabaseSettings(path=Path(path), url=None))
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


@pytest.fixture
def kind(organization: int) -> Kind:
    """What the only organization files: at most five participants with an activity."""
    activity_type = ActivityType.get(organization=organization)
    return Kind(organization_id=organization, type_id=activity_type.id, status="done", max_participants=5)


@pytest.fixture
def ledger(kind: Kind) -> Ledger:
    """The ledger of a mailbox at first contact, of which everything is to be filed."""
    return make_ledger(open_view(), {"": kind})
