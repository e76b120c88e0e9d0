"""The tables as the migrations make them, once; what a test writes into them is gone after it."""

from collections.abc import Iterator

import peewee
import pytest

from models.schema import MODELS, migrate


@pytest.fixture(scope="session")
def migrated() -> Iterator[peewee.Database]:
    database = peewee.SqliteDatabase(":memory:", pragmas={"foreign_keys": 1})
    with database.connection_context():
        migrate(database)
        yield database


@pytest.fixture
def tables(migrated: peewee.Database) -> Iterator[peewee.Database]:
    with migrated.bind_ctx(MODELS), migrated.atomic() as transaction:
        yield migrated
        transaction.rollback()
