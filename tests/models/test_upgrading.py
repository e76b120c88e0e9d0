"""A database as the first mailfiler left it, with its mail, brought up to date: nothing is lost, whatever happens."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import peewee
import pytest
from click.testing import CliRunner
from playhouse.migrations import Runner

from models import schema
from models.schema import migrate, verify
from poller.cli import main
from tests.patience import PATIENCE
from tests.workplace import Workplace, eventually, mail

ROWS = Path(__file__).parent / "rows_of_0001.sql"
FIRST = schema._MIGRATIONS / "0001_initial.py"


def first_tables():
    found = importlib.util.spec_from_file_location("first_tables", FIRST)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.TABLES


TABLES = first_tables()


def opened(url):
    if url.startswith("sqlite:///"):
        return peewee.SqliteDatabase(url.removeprefix("sqlite:///"), pragmas={"journal_mode": "wal"}, timeout=30)
    return peewee.PostgresqlDatabase(url, prefer_psycopg3=True)


def make_as_the_first_did(url, folder):
    """Tables by the first migration alone, and its rows."""
    only_first = folder / "only-first"
    only_first.mkdir()
    shutil.copy(FIRST, only_first)
    with contextlib.closing(sqlite3.connect(":memory:")) as memory, opened(url) as database, database.atomic():
        Runner(database, str(only_first)).up()
        as_sqlite = peewee.SqliteDatabase(":memory:")
        as_sqlite._state.set_connection(memory)
        with as_sqlite.bind_ctx(TABLES):
            as_sqlite.create_tables(TABLES)
            memory.executescript(ROWS.read_text())
            rows = {table: list(table.select().dicts()) for table in TABLES}
        with database.bind_ctx(TABLES):
            for table, its_rows in rows.items():
                if its_rows:
                    table.insert_many(its_rows).execute()
                continue_numbers(database, table)


def continue_numbers(database, table):
    if isinstance(database, peewee.PostgresqlDatabase) and isinstance(table._meta.primary_key, peewee.AutoField):
        name = table._meta.table_name
        database.execute_sql(
            f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 0) + 1, false) FROM {name}"
        )


@pytest.fixture
def url(database_kind, request, tmp_path):
    """Of a database of the first schema, with rows."""
    postgresql = database_kind == "postgresql"
    url = request.getfixturevalue("empty_postgresql_url") if postgresql else f"sqlite:///{tmp_path / 'mailfiler.db'}"
    make_as_the_first_did(url, tmp_path)
    if not postgresql:
        (tmp_path / "mailfiler.db").chmod(0o600)
    return url


@pytest.fixture
def migrations(tmp_path):
    """Those of this program, to which a test may add."""
    return Path(shutil.copytree(schema._MIGRATIONS, tmp_path / "migrations"))


def contents(url):
    """All that the first schema knows, as it is now."""
    with opened(url) as database, database.bind_ctx(TABLES):
        return {
            table._meta.table_name: [str(row) for row in table.select().order_by(table._meta.primary_key).dicts()]
            for table in TABLES
        }


def history(url):
    with opened(url) as database:
        return [name for (name,) in database.execute_sql("SELECT name FROM schema_migration ORDER BY name")]


def tables(url):
    with opened(url) as database:
        return sorted(database.get_tables())


def described(url):
    with opened(url) as database:
        return {name: sorted(str(column) for column in database.get_columns(name)) for name in database.get_tables()}


ALL = sorted(path.stem for path in schema._MIGRATIONS.glob("0*.py"))


def test_all_rows_survive_and_a_second_upgrade_changes_nothing(url):
    before = contents(url)
    for _ in range(2):
        with opened(url) as database:
            migrate(database)
            verify(database)
        assert contents(url) == before
        assert history(url) == ALL


def test_what_was_filed_is_shown_by_the_new_program(url, tmp_path):
    place = Workplace(folder=tmp_path, database_url=url)
    place.write_settings()
    before = contents(url)
    place.import_directory()  # the first command that writes brings it up to date
    assert history(url) == ALL
    assert {name: rows for name, rows in contents(url).items() if name != "employee"} == {
        name: rows for name, rows in before.items() if name != "employee"
    }
    assert [one["subject"] for one in place.listing("activities")] == ["Message 1", "Message 6"]
    assert [one["outcome"] for one in place.listing("messages")] == [
        *("filed", "duplicate", "rejected", "review", "quarantined", "rejected", "filed")
    ]
    (activity,) = place.listing("activity", "1")
    assert activity["projects"] == ["1001"]
    assert [one["name"] for one in activity["files"]] == ["plan.pdf"]


@pytest.mark.parametrize("words", [["check"], ["explain", "{folder}/mail.eml"]], ids=["check", "explain"])
def test_what_changes_nothing_leaves_an_older_database_alone(url, tmp_path, words):
    (tmp_path / "mail.eml").write_bytes(mail(1))
    Workplace(folder=tmp_path, database_url=url).write_settings()
    words = [word.format(folder=tmp_path) for word in words]
    CliRunner().invoke(main, ["--settings", str(tmp_path / "settings.env"), *words])
    assert history(url) == ["0001_initial"]


PROCESS = """
import sys
from pathlib import Path
from models import schema
from tests.models.test_upgrading import opened
schema._MIGRATIONS = Path(sys.argv[2])
database = opened(sys.argv[1])
sys.stdin.readline()
with database.connection_context():
    schema.migrate(database)
"""
ROOT = Path(__file__).parents[2]


def started(url, migrations):
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, url, str(migrations)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_processes_that_start_at_once_bring_it_up_to_date_once(url):
    before = contents(url)
    processes = [started(url, schema._MIGRATIONS) for _ in range(3)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE)[1] for process in processes] == [""] * 3
    assert history(url) == ALL
    assert contents(url) == before


LAST = """
from pathlib import Path
import threading
def up(migrator, db):
    db.execute_sql("CREATE TABLE half_done (id INTEGER)")
    db.execute_sql("DELETE FROM attachment")
    db.execute_sql("UPDATE delivery SET subject = 'gone'")
    {then}
"""


def test_one_that_is_killed_in_the_middle_leaves_all_as_it_was(url, tmp_path, migrations):
    before = contents(url), history(url), described(url)
    reached = tmp_path / "reached"
    wait = f"Path({str(reached)!r}).touch(); threading.Event().wait()"
    (migrations / "9998_waits.py").write_text(LAST.format(then=wait))
    process = started(url, migrations)
    process.stdin.write("go\n")
    process.stdin.flush()
    eventually(reached.exists)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    eventually(lambda: tables(url) == sorted(before[2]))
    assert (contents(url), history(url), described(url)) == before
    with opened(url) as database:
        migrate(database)
    assert (contents(url), history(url)) == (before[0], ALL)


FAILURES = [
    ("raise ValueError('no such year')", "no such year"),
    ("db.execute_sql('SELECT 1 FROM nowhere')", "nowhere"),
    ("db.execute_sql(\"INSERT INTO lease (id, name, fence) VALUES (1, 'x', 1)\")", "unique"),
]


@pytest.mark.parametrize(("then", "why"), FAILURES, ids=["bug", "statement", "key"])
def test_one_that_fails_says_so_and_leaves_all_as_it_was(url, tmp_path, migrations, monkeypatch, then, why):
    before = contents(url), history(url), described(url)
    (migrations / "9998_fails.py").write_text(LAST.format(then=then))
    monkeypatch.setattr(schema, "_MIGRATIONS", migrations)
    Workplace(folder=tmp_path, database_url=url).write_settings()
    ended = CliRunner().invoke(main, ["--settings", str(tmp_path / "settings.env"), "once"])
    assert ended.exit_code == 78, ended.output
    assert "DATABASE_URL: the tables cannot be made or brought up to date, and stay as they are: " in ended.stderr
    assert why in ended.stderr.lower()
    assert "Traceback" not in ended.stderr
    assert (contents(url), history(url), described(url)) == before


@pytest.fixture
def newer(url, tmp_path):
    """A place whose database a newer mailfiler has had."""
    place = Workplace(folder=tmp_path, database_url=url)
    place.import_directory()
    with opened(url) as database:
        database.execute_sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
    return place


ARGUMENTS = {
    "activity": ["1"],
    "customer": ["globex"],
    "explain": ["1"],
    "export": ["--project", "1001", "--output", "{folder}/exported"],
    "import": ["users", "{folder}/users.csv"],
    "project": ["1001"],
    "retry": ["1"],
}


# `check` tells of everything that it finds; the others do without a database.
@pytest.mark.parametrize("command", sorted(set(main.commands) - {"authorize", "check", "file"}))
def test_every_command_refuses_a_newer_database_and_leaves_it_alone(newer, url, command):
    before = contents(url), history(url)
    words = [word.format(folder=newer.folder) for word in ARGUMENTS.get(command, [])]
    ended = CliRunner().invoke(main, ["--settings", str(newer.folder / "settings.env"), command, *words])
    assert ended.exit_code == 78, ended.output
    assert "was made by a newer mailfiler: it has 9999_later, which this one does not know" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (contents(url), history(url)) == before


def test_check_names_a_newer_database_among_what_it_found(newer):
    ended = CliRunner().invoke(main, ["--settings", str(newer.folder / "settings.env"), "check"])
    assert ended.exit_code == 1
    assert "was made by a newer mailfiler: it has 9999_later" in " ".join(ended.stdout.split())
