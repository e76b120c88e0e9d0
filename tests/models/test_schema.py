import sqlite3
import subprocess
import sys
from pathlib import Path

import peewee
import pytest

from models import schema
from models.base import BaseModel
from models.schema import MODELS, SchemaError, create, migrate, verify
from tests.patience import PATIENCE

OUR_MIGRATIONS = schema._MIGRATIONS
LATER = """
def up(migrator, db):
    db.execute_sql("CREATE TABLE later (id INTEGER)")
    {more}
"""


def open_sqlite(path: Path) -> peewee.SqliteDatabase:
    return peewee.SqliteDatabase(str(path), pragmas={"journal_mode": "wal", "foreign_keys": 1}, timeout=30)


@pytest.fixture
def database(tmp_path):
    database = open_sqlite(tmp_path / "test.db")
    with database.connection_context():
        yield database


@pytest.fixture
def migrations(tmp_path, monkeypatch):
    """The folder of migrations, to which a test may add its own."""
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in schema._MIGRATIONS.glob("*.py"):
        (folder / path.name).write_text(path.read_text())
    monkeypatch.setattr(schema, "_MIGRATIONS", folder)
    return folder


def described(database: peewee.Database) -> dict[str, tuple]:
    """All that the database says about each of our tables."""
    return {
        model._meta.table_name: (
            [
                (column.name, column.data_type, column.null, column.primary_key)
                for column in database.get_columns(model._meta.table_name)
            ],
            sorted((index.name, index.sql, index.columns, index.unique) for index in indexes(database, model)),
            sorted(
                (key.column, key.dest_table, key.dest_column, key.on_delete)
                for key in database.get_foreign_keys(model._meta.table_name)
            ),
        )
        for model in MODELS
    }


def applied() -> list[tuple[str]]:
    """The names of our own migrations, in their order."""
    return [(name,) for name in sorted(path.stem for path in OUR_MIGRATIONS.glob("[0-9]*.py"))]


def indexes(database: peewee.Database, model: type[BaseModel]) -> list:
    return [index for index in database.get_indexes(model._meta.table_name) if index.sql]


def test_every_model_is_migrated():
    assert set(MODELS) == set(BaseModel.__subclasses__())


def test_the_migrations_make_what_the_models_describe(database, tmp_path):
    migrate(database)
    direct = open_sqlite(tmp_path / "direct.db")
    with direct.connection_context():
        create(direct)
        assert described(database) == described(direct)


def test_no_two_indexes_have_one_name():
    names = [index._name for model in MODELS for index in model._meta.fields_to_index()]
    assert len(names) == len(set(names))
    assert max(map(len, names)) < 64, "PostgreSQL would cut them off"


def test_migrating_again_changes_nothing(database):
    migrate(database)
    before = described(database), list(database.execute_sql("SELECT name, applied FROM schema_migration"))
    migrate(database)
    assert before == (described(database), list(database.execute_sql("SELECT name, applied FROM schema_migration")))


UNIQUE = [
    (model, index._name)
    for model in MODELS
    for index in model._meta.fields_to_index()
    if isinstance(index, peewee.Index) and index._unique
]


@pytest.mark.parametrize(("model", "name"), UNIQUE, ids=[name for _, name in UNIQUE])
def test_a_missing_unique_index_is_named(database, model, name):
    migrate(database)
    columns = next(index.columns for index in indexes(database, model) if index.name == name)
    database.execute_sql(f'DROP INDEX "{name}"')
    with pytest.raises(SchemaError) as refused:
        migrate(database)
    assert str(refused.value) == f"lacks unique index {model._meta.table_name}({', '.join(columns)})"


def test_an_index_of_the_same_name_that_is_not_unique_does_not_count(database):
    migrate(database)
    database.execute_sql("DROP INDEX delivery_epoch_id_uid")
    database.execute_sql("CREATE INDEX delivery_epoch_id_uid ON delivery (epoch_id, uid)")
    with pytest.raises(SchemaError, match=r"unique index delivery\(epoch_id, uid\)"):
        migrate(database)


def test_missing_tables_and_columns_are_named(database):
    migrate(database)
    database.execute_sql("DROP TABLE lease")
    database.execute_sql("ALTER TABLE delivery DROP COLUMN detail")
    with pytest.raises(SchemaError, match=r"^lacks table lease, column delivery\.detail$"):
        migrate(database)


def test_tables_columns_and_indexes_of_the_administrator_are_left_alone(database):
    migrate(database)
    database.execute_sql("CREATE TABLE report (id INTEGER)")
    database.execute_sql("CREATE INDEX my_own ON activity (subject)")
    database.execute_sql("ALTER TABLE project ADD COLUMN note TEXT")
    migrate(database)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database, migrations):
    (migrations / "9998_later.py").write_text(LATER.format(more=""))
    migrate(database)
    (migrations / "9998_later.py").unlink()
    (migrations / "9999_other.py").write_text(LATER.format(more=""))
    with pytest.raises(SchemaError, match=r"newer mailfiler: it has 9998_later"):
        migrate(database)
    assert database.execute_sql("SELECT name FROM schema_migration").fetchall() == [*applied(), ("9998_later",)]


def test_verifying_changes_nothing_and_leaves_what_is_pending_to_who_may_migrate(database):
    with pytest.raises(SchemaError, match="the next `mailfiler once`"):
        verify(database)
    assert database.get_tables() == []
    migrate(database)
    verify(database)


def test_verifying_a_database_of_a_newer_program_refuses_it(database, migrations):
    (migrations / "9998_later.py").write_text(LATER.format(more=""))
    migrate(database)
    (migrations / "9998_later.py").unlink()
    with pytest.raises(SchemaError, match="newer mailfiler"):
        verify(database)


def test_a_migration_that_fails_leaves_nothing_behind(database, migrations):
    migrate(database)
    (migrations / "9998_later.py").write_text(LATER.format(more="raise KeyboardInterrupt"))
    with pytest.raises(KeyboardInterrupt):
        migrate(database)
    assert not database.table_exists("later")
    assert not database.in_transaction()
    assert database.pragma("foreign_keys") == 1


def test_tables_of_another_program_are_refused_and_nothing_is_added(database):
    database.execute_sql("CREATE TABLE project (id INTEGER, title TEXT)")
    with pytest.raises((SchemaError, peewee.OperationalError)):
        migrate(database)
    assert database.get_tables() == ["project"]


def test_a_migration_that_rebuilds_a_table_keeps_the_rows_that_refer_to_it(database, migrations):
    migrate(database)
    database.execute_sql("INSERT INTO organization VALUES (1, '', 'p', 'p@x.fi')")
    database.execute_sql("INSERT INTO employee VALUES (1, 1, 'u', 'U', 1)")
    database.execute_sql("INSERT INTO employee_address VALUES (1, 1, 1, 0, 'a@x.fi', 'a@x.fi')")
    rebuild = "migrator.migrate(migrator.add_not_null('employee', 'name'), migrator.drop_not_null('employee', 'name'))"
    (migrations / "9998_later.py").write_text(LATER.format(more=rebuild))
    migrate(database)
    assert database.execute_sql("SELECT count(*) FROM employee_address").fetchone() == (1,)


PROCESS = """
import sys, peewee
from models.schema import migrate
database = peewee.SqliteDatabase(sys.argv[1], pragmas={"journal_mode": "wal"}, timeout=30)
sys.stdin.readline()
with database.connection_context():
    migrate(database)
"""


def test_processes_that_start_at_once_migrate_once(tmp_path):
    path = tmp_path / "test.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = wal")
    connection.close()
    command = [sys.executable, "-c", PROCESS, str(path)]
    root = Path(schema.__file__).parents[1]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) for _ in range(4)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE)[1] for process in started] == [""] * 4
    with open_sqlite(path) as database:
        once = [(path.stem,) for path in sorted(schema._MIGRATIONS.glob("*.py"))]
        assert database.execute_sql("SELECT name FROM schema_migration ORDER BY id").fetchall() == once
        migrate(database)
    database.close()
