"""What is read at once is what peewee reads table by table, as far as the schema is compared by it."""

from __future__ import annotations

import pytest
from playhouse.schema_diff import diff_models

from models.catalogue import Catalogue
from models.schema import MODELS, table_name


@pytest.fixture
def database(migrated_postgresql):
    """Migrated; what a test does to it is undone."""
    with migrated_postgresql.atomic() as transaction:
        yield migrated_postgresql
        transaction.rollback()


CHANGES = {
    "nothing": (),
    "a table of the administrator's": ('CREATE TABLE "Report of 2026" ("from" INTEGER UNIQUE)',),
    "indexes of all kinds": (
        "CREATE UNIQUE INDEX one ON activity (lower(subject), id) WHERE id > 7",
        "CREATE INDEX two ON activity (id) INCLUDE (subject)",
        'ALTER TABLE activity ADD COLUMN "order by" TEXT',
        'CREATE UNIQUE INDEX three ON activity ("order by" DESC, id)',
    ),
    "a column less": ("ALTER TABLE delivery DROP COLUMN detail",),
    "a table less": ("DROP TABLE lease",),
    "another schema": ("CREATE SCHEMA other", "CREATE TABLE other.lease (id INTEGER)", "DROP TABLE lease"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_all_that_is_compared_is_as_peewee_reads_it(database, change):
    for statement in CHANGES[change]:
        database.execute_sql(statement)
    there = Catalogue(database)
    assert sorted(there.get_tables(None)) == sorted(database.get_tables())
    for table in database.get_tables():
        columns = {column.name for column in database.get_columns(table)}
        assert {column.name for column in there.get_columns(table, None)} == columns
        assert sorted(there.get_indexes(table, None)) == sorted(database.get_indexes(table))
    assert diff_models(there, MODELS) == diff_models(database, MODELS)


def test_it_takes_two_statements(database, monkeypatch):
    asked = []
    execute = type(database).execute_sql
    monkeypatch.setattr(type(database), "execute_sql", lambda *words: asked.append(words) or execute(*words))
    assert {table_name(model) for model in MODELS} <= set(Catalogue(database).get_tables(None))
    assert len(asked) == 2
