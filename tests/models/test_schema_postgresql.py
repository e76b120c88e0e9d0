"""What `test_schema.py` asks of SQLite, where PostgreSQL has ways of its own: its DDL can be rolled back."""

import subprocess
import sys
from pathlib import Path

import peewee
import pytest

from models import schema
from models.schema import MODELS, SchemaError, create, migrate, table_name, verify
from tests.patience import PATIENCE

UNIQUE = [
    (model, index._name)
    for model in MODELS
    for index in model._meta.fields_to_index()
    if isinstance(index, peewee.Index) and index._unique
]


def opened(url: str) -> peewee.PostgresqlDatabase:
    return peewee.PostgresqlDatabase(url, prefer_psycopg3=True)


@pytest.fixture
def database(migrated_postgresql):
    """Migrated; what a test does to it is undone."""
    with migrated_postgresql.atomic() as transaction:
        yield migrated_postgresql
        transaction.rollback()


def described(database: peewee.Database) -> dict[str, tuple]:
    return {
        name: (
            [(column.name, column.data_type, column.null, column.primary_key) for column in database.get_columns(name)],
            sorted((index.name, index.sql, index.columns, index.unique) for index in database.get_indexes(name)),
            sorted((key.column, key.dest_table, key.on_delete) for key in database.get_foreign_keys(name)),
        )
        for name in map(table_name, MODELS)
    }


def test_the_migrations_make_what_the_models_describe(database, empty_postgresql_url):
    with opened(empty_postgresql_url) as direct:
        create(direct)
        assert described(database) == described(direct)


def test_migrating_again_changes_nothing(database):
    before = described(database)
    migrate(database)
    verify(database)
    assert before == described(database)


def test_each_missing_unique_index_is_named(database):
    for model, name in UNIQUE:
        columns = next(index.columns for index in database.get_indexes(table_name(model)) if index.name == name)
        with database.atomic() as point:
            database.execute_sql(f'DROP INDEX "{name}"')
            with pytest.raises(SchemaError) as refused:
                migrate(database)
            point.rollback()
        assert str(refused.value) == f"lacks unique index {table_name(model)}({', '.join(columns)})"


def test_tables_columns_and_indexes_of_the_administrator_are_left_alone(database):
    database.execute_sql("CREATE TABLE report (id INTEGER)")
    database.execute_sql("CREATE INDEX my_own ON activity (subject)")
    database.execute_sql("ALTER TABLE project ADD COLUMN note TEXT")
    migrate(database)


def test_a_database_of_a_newer_program_is_refused(database):
    database.execute_sql("INSERT INTO schema_migration (name, applied) VALUES ('9998_later', now())")
    for work in (migrate, verify):
        with pytest.raises(SchemaError, match="newer mailfiler: it has 9998_later"):
            work(database)


def test_a_migration_that_fails_leaves_nothing_behind(empty_postgresql_url, tmp_path, monkeypatch):
    for path in schema._MIGRATIONS.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "9998_later.py").write_text("def up(migrator, db):\n    raise KeyboardInterrupt\n")
    monkeypatch.setattr(schema, "_MIGRATIONS", tmp_path)
    with opened(empty_postgresql_url) as database:
        with pytest.raises(KeyboardInterrupt):
            migrate(database)
        assert set(database.get_tables()) <= {"schema_migration"}
        with pytest.raises(SchemaError, match="the next `mailfiler once`"):
            verify(database)


PROCESS = """
import sys, peewee
from models.schema import migrate
database = peewee.PostgresqlDatabase(sys.argv[1], prefer_psycopg3=True)
sys.stdin.readline()
with database.connection_context():
    migrate(database)
"""


def test_processes_that_start_at_once_migrate_once(empty_postgresql_url):
    command = [sys.executable, "-c", PROCESS, empty_postgresql_url]
    root = Path(schema.__file__).parents[1]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) for _ in range(4)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE)[1] for process in started] == [""] * 4
    with opened(empty_postgresql_url) as database:
        once = [(path.stem,) for path in sorted(schema._MIGRATIONS.glob("*.py"))]
        assert database.execute_sql("SELECT name FROM schema_migration ORDER BY id").fetchall() == once
        migrate(database)
