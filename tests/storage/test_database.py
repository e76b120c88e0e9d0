import sqlite3
import subprocess
import sys
from pathlib import Path

import peewee
import pytest

from models.inbound import Lease
from poller.errors import ConfigurationError, Transient
from poller.settings import DatabaseSettings
from poller.storage import database as module
from poller.storage.database import connected, database_errors, open_database, reading
from tests.patience import PATIENCE


def open_file(path: Path) -> peewee.Database:
    return open_database(DatabaseSettings(path=path, url=None))


def open_url(url: str) -> peewee.Database:
    return open_database(DatabaseSettings(path=None, url=url))


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        open_file(path)
    assert len(refused.value.problems) == 1
    return refused.value.problems[0]


@pytest.fixture
def path(tmp_path):
    """A database with a row in it."""
    path = tmp_path / "mailfiler.db"
    with open_file(path).connection_context():
        Lease.create(name="inbox", fence=7)
    return path


def test_a_new_database_appears_whole_with_its_folders_and_for_its_owner_only(tmp_path):
    path = tmp_path / "var" / "lib" / "mailfiler.db"
    database = open_file(path)
    assert [entry.name for entry in path.parent.iterdir()] == ["mailfiler.db"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert database.is_closed()


def test_what_was_written_is_there_the_next_time(path):
    with open_file(path).connection_context():
        assert Lease.get(name="inbox").fence == 7


def test_a_connection_is_durable_waits_for_locks_and_keeps_references(path):
    database = open_file(path)
    with database.connection_context():
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        assert [database.pragma(name) for name in names] == ["wal", 2, 1, 30_000]


def test_a_transaction_has_the_lock_from_its_start(path):
    database = open_file(path)
    with database.connection_context(), database.atomic():
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_connection_ends_with_its_job_also_when_the_job_fails(path):
    database = open_file(path)
    with pytest.raises(Transient), connected():
        raise peewee.OperationalError("gone")
    assert database.is_closed()


def test_an_insert_that_is_ignored_gives_back_no_row(path):
    with open_file(path).connection_context():
        query = Lease.insert(name="inbox", fence=8).on_conflict_ignore().returning(Lease.id)
        assert list(query.execute()) == []


def test_an_empty_file_is_a_damaged_database(tmp_path):
    path = tmp_path / "mailfiler.db"
    path.touch()
    assert refusal(path).startswith(f"DATABASE_URL: {path} is empty, so it was damaged")
    assert path.stat().st_size == 0


def test_a_database_that_is_gone_while_its_log_is_there_is_not_made_anew(path):
    path.rename(path.with_name("lost"))
    path.with_name(f"{path.name}-wal").write_bytes(b"x")
    assert "is gone, yet mailfiler.db-wal is there" in refusal(path)
    assert not path.exists()


def test_a_database_that_is_gone_while_its_lock_file_is_there_is_not_made_anew(path):
    path.rename(path.with_name("lost"))
    path.with_name(f"{path.name}.lock").touch()
    assert "restore it from a backup, or remove mailfiler.db.lock to start anew" in refusal(path)
    assert not path.exists()


def test_a_file_that_goes_while_the_service_runs_is_missed_and_not_made_anew(path):
    database = open_file(path)
    path.unlink()
    with pytest.raises(Transient, match="unable to open database file"), connected():
        Lease.get()
    assert database.is_closed()
    assert not path.exists()


def test_of_a_transaction_that_the_database_itself_has_undone_the_first_error_is_told(path):
    @database_errors()
    def work():
        with database.atomic(), database.atomic():
            database.execute_sql("ROLLBACK")  # as SQLite does of itself when the disk fails
            raise peewee.OperationalError(failing(sqlite3.SQLITE_IOERR_WRITE), "disk I/O error")

    database = open_file(path)
    with database.connection_context(), pytest.raises(Transient, match="disk I/O error"):
        work()


@pytest.mark.parametrize(
    "damage",
    [
        lambda octets: b"From: anna@acme.fi\r\n" * 1000,
        lambda octets: b"\0" * len(octets),
        lambda octets: octets[:100],
        lambda octets: octets[:4096],
        lambda octets: octets[: len(octets) // 2],
        lambda octets: octets[:100] + b"\xff" * 3996 + octets[4096:],
    ],
    ids=["text", "zeros", "header only", "one page", "half", "page overwritten"],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(path, damage):
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    assert "is damaged" in refusal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("/proc/nowhere/mailfiler.db", "/proc/nowhere/mailfiler.db cannot be made"),
        ("/dev/null/mailfiler.db", "cannot be made: File exists (/dev/null)"),
        ("/dev/null", "is not a file"),
        ("/", "is not a file"),
    ],
)
def test_a_path_that_cannot_be_is_refused_with_a_reason(name, said):
    assert said in refusal(Path(name))


@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_file_or_folder_that_must_not_be_written_is_refused(path, monkeypatch, place):
    forbidden = path if place == "file" else path.parent
    monkeypatch.setattr(module.os, "access", lambda asked, mode: asked != forbidden)
    assert refusal(path) == f"DATABASE_URL: {path} and its folder must be writable"


def test_a_database_without_a_unique_index_is_refused(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DROP INDEX lease_name")
    connection.close()
    assert refusal(path) == "DATABASE_URL: the database lacks unique index lease(name)"


PROCESS = """
import sys
from pathlib import Path
from poller.settings import DatabaseSettings
from poller.storage.database import open_database
from models.inbound import Lease
sys.stdin.readline()
with open_database(DatabaseSettings(path=Path(sys.argv[1]), url=None)).connection_context():
    Lease.create(name=sys.argv[2])
"""


def test_processes_that_start_at_once_make_one_database(tmp_path):
    path = tmp_path / "new" / "mailfiler.db"
    root = Path(module.__file__).parents[2]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(path), str(number)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for number in range(4)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=PATIENCE)[1] for process in started] == [""] * 4
    with open_file(path).connection_context():
        assert sorted(lease.name for lease in Lease.select()) == ["0", "1", "2", "3"]


def test_a_server_that_is_not_there_is_a_matter_of_time():
    with pytest.raises(Transient, match=r"^database: connection to server at .* refused$"):
        open_url("postgresql://mailfiler:secret@127.0.0.1:1/mailfiler")


@pytest.mark.parametrize("url", ["postgresql://u:sec%zzret@127.0.0.1/x", "postgres://127.0.0.1/x?sec=ret"])
def test_a_url_that_the_driver_does_not_understand_is_not_repeated(url):
    with pytest.raises(ConfigurationError) as refused:
        open_url(url)
    assert str(refused.value) == "DATABASE_URL: is not a PostgreSQL URL that the driver understands"


def failing(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    error = kind("said")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (failing(sqlite3.SQLITE_BUSY), Transient),
        (failing(sqlite3.SQLITE_BUSY_SNAPSHOT), Transient),
        (failing(sqlite3.SQLITE_FULL), Transient),
        (failing(sqlite3.SQLITE_IOERR_WRITE), Transient),
        (failing(sqlite3.SQLITE_CORRUPT_INDEX, sqlite3.DatabaseError), ConfigurationError),
        (failing(sqlite3.SQLITE_NOTADB, sqlite3.DatabaseError), ConfigurationError),
        (failing(sqlite3.SQLITE_READONLY_DBMOVED), ConfigurationError),
        (failing(sqlite3.SQLITE_ERROR), sqlite3.OperationalError),
        (failing(sqlite3.SQLITE_CONSTRAINT, sqlite3.IntegrityError), sqlite3.IntegrityError),
        (peewee.OperationalError(failing(sqlite3.SQLITE_BUSY), "said"), Transient),
        (peewee.OperationalError(failing(sqlite3.SQLITE_ERROR), "said"), peewee.OperationalError),
        (peewee.OperationalError("server closed the connection unexpectedly\n\tmore"), Transient),
        (peewee.InterfaceError("connection already closed"), Transient),
        (peewee.OperationalError(), Transient),
        (peewee.IntegrityError("unique"), peewee.IntegrityError),
        (peewee.ProgrammingError("no such column"), peewee.ProgrammingError),
        (KeyError("ours"), KeyError),
    ],
    ids=str,
)
def test_what_a_database_raises_is_later_or_misconfigured_or_a_bug(error, becomes):
    with pytest.raises(becomes), database_errors():
        raise error


def read_file(path: Path):
    return reading(DatabaseSettings(path=path, url=None))


def lying(path: Path) -> dict[str, bytes]:
    """Every file in the database's folder, and what is in it."""
    return {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}


def test_reading_sees_what_is_there_and_leaves_the_folder_as_it_was(path):
    before = lying(path)
    with read_file(path) as is_there:
        assert is_there
        assert Lease.get(name="inbox").fence == 7
    assert lying(path) == before


def test_reading_can_change_nothing(path):
    with pytest.raises(ConfigurationError, match="cannot be written"), read_file(path):
        Lease.create(name="another")
    with open_file(path).connection_context():
        assert Lease.select().count() == 1


def test_reading_beside_a_worker_that_writes(path):
    database = open_file(path)
    with database.connection_context(), database.atomic():
        Lease.update(fence=8).execute()
        other = subprocess.run(
            [sys.executable, "-c", READER, str(path)],
            cwd=Path(module.__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert (other.stdout, other.stderr) == ("7\n", "")


READER = """
import sys
from pathlib import Path
from poller.settings import DatabaseSettings
from poller.storage.database import reading
from models.inbound import Lease
with reading(DatabaseSettings(path=Path(sys.argv[1]), url=None)):
    print(Lease.get().fence)
"""


def test_a_file_that_is_missing_reads_as_an_empty_database_and_stays_missing(tmp_path):
    path = tmp_path / "no" / "mailfiler.db"
    with read_file(path) as is_there:
        assert not is_there
        assert Lease.select().count() == 0
    assert list(tmp_path.iterdir()) == []


def test_an_older_database_is_left_to_the_worker(path):
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM schema_migration")
    connection.close()
    before = lying(path)
    with pytest.raises(ConfigurationError, match="which the next `mailfiler once` makes"), read_file(path):
        pass
    assert lying(path) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty, so it was damaged"), (b"From: anna@acme.fi\r\n" * 1000, "is damaged"), (None, "is not a file")],
)
def test_what_cannot_be_read_is_refused_with_a_reason_and_left_as_it_is(tmp_path, content, said):
    path = tmp_path / "mailfiler.db"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=said), read_file(path):
        pass
    assert path.is_dir() if content is None else path.read_bytes() == content


def test_a_file_that_must_not_be_read_is_refused(path, monkeypatch):
    monkeypatch.setattr(module.os, "access", lambda *_: False)
    with pytest.raises(ConfigurationError, match="be the user that mailfiler runs as"), read_file(path):
        pass
