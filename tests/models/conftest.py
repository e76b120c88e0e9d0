"""The tables as the migrations make them, once; what a test writes into them is gone after it."""

from collections.abc import Iterator

import peewee
import pytest

from models.schema import MODELS, migrate


@pytest.fixture(scope="session")
def migrated_sqlite() -> Iterator[peewee.Database]:
    database = peewee.SqliteDatabase(":memory:", pragmas={"foreign_keys": 1})
    with database.connection_context():
        migrate(database)
        yield database


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql) -> Iterator[peewee.Database]:
    url = postgresql.migrated()
    database = peewee.PostgresqlDatabase(url, prefer_psycopg3=True)
    with database.connection_context():
        yield database
    postgresql.drop(url)


@pytest.fixture
def tables(database_kind: str, request: pytest.FixtureRequest) -> Iterator[peewee.Database]:
    migrated = request.getfixturevalue(f"migrated_{database_kind}")
    with migrated.bind_ctx(MODELS), migrated.atomic() as transaction:
        yield migrated
        transaction.rollback()
