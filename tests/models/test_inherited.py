"""The third migration: a database with links in it keeps them, and all of them were named."""

import peewee
import psycopg
import pytest
from playhouse.migrations import Runner

from models import schema
from models.schema import migrate

LINKS = "INSERT INTO activity_project (activity_id, project_id) VALUES (7, 8), (7, 9)"


def link_in_sqlite(path):
    with peewee.SqliteDatabase(path, pragmas={"foreign_keys": 0}) as database:
        database.execute_sql(LINKS)
    database.close()


def link_in_postgresql(url):
    with psycopg.connect(url, options="-c session_replication_role=replica") as connection:
        connection.execute(LINKS)


@pytest.fixture
def database(database_kind, request, tmp_path):
    """With `link`, which makes links to things that are not there: they do not matter here."""
    if database_kind == "postgresql":
        url = request.getfixturevalue("empty_postgresql_url")
        database = peewee.PostgresqlDatabase(url, prefer_psycopg3=True)
        superuser = request.getfixturevalue("postgresql").superuser(url.rpartition("/")[2])
        database.link = lambda: link_in_postgresql(superuser)
    else:
        database = peewee.SqliteDatabase(str(tmp_path / "old.db"), pragmas={"foreign_keys": 1})
        database.link = lambda: link_in_sqlite(str(tmp_path / "old.db"))
    with database.connection_context():
        yield database


def test_links_that_are_there_were_named(database):
    Runner(database, str(schema._MIGRATIONS)).up("0001_initial")
    database.link()
    for _ in range(2):
        migrate(database)
        rows = database.execute_sql("SELECT activity_id, project_id, inherited_from FROM activity_project ORDER BY id")
        assert rows.fetchall() == [(7, 8, None), (7, 9, None)]
