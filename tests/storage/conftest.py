"""A database of its own for each test that asks for one."""

from collections.abc import Callable, Iterator

import peewee
import pytest

from models import base
from models.organization import ActivityType
from poller.settings import DatabaseSettings
from poller.storage.activities import Kind
from poller.storage.database import open_database
from poller.storage.directory import ensure_organization
from poller.storage.ledger import Ledger
from poller.storage.postgresql import postgresql
from tests.storage.making import make_ledger, open_view


@pytest.fixture
def database(database_settings: DatabaseSettings) -> Iterator[peewee.Database]:
    """The database as a new installation has it, with a connection open and the models bound to it."""
    if database_settings.url:
        database = postgresql(database_settings.url)  # `open_database` looks at the tables for 0.2 s
        base.database.initialize(database)
    else:
        database = open_database(database_settings)
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
    return Kind(
        organization_id=organization,
        type_id=activity_type.id,
        status="done",
        max_participants=5,
        inherit_project=False,
    )


@pytest.fixture
def ledger(kind: Kind) -> Ledger:
    """The ledger of a mailbox at first contact, of which everything is to be filed."""
    return make_ledger(open_view(), {"": kind})
