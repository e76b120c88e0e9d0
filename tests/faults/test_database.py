"""Whatever the database does, mail waits in the mailbox, and is filed once when the database is back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager

import psycopg
import pytest

from models.inbound import Delivery
from poller.errors import Transient
from poller.mailbox.inbox import Inbox
from poller.storage import database as database_module
from poller.storage import postgresql as postgresql_module
from poller.storage.database import connected
from tests.faults.breaking import Moment, breaking
from tests.faults.ending import FILED, assert_all_filed, made, opened, refusal
from tests.servers.needs import need
from tests.servers.postgresql import POSTGRESQL, running
from tests.workplace import eventually, mail

LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""


@contextmanager
def locked(place):
    """Another process has the database to itself."""
    if place.database_url:
        with psycopg.connect(place.database_url) as connection:
            connection.execute("LOCK TABLE lease")
            yield connection.rollback
        return
    other = subprocess.Popen(
        [sys.executable, "-c", LOCKING, place.folder / "mailfiler.db"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "locked\n"
    try:
        yield lambda: other.communicate("go\n")
    finally:
        other.communicate()


def execute(place, *statements):
    """As somebody else does, beside the worker."""
    if place.database_url:
        with psycopg.connect(place.database_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    with closing(sqlite3.connect(place.folder / "mailfiler.db", isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_f45_a_database_that_is_locked_is_waited_for(place):
    place.user.deliver(mail(1))
    outcomes = []
    with opened(place) as worker, breaking() as watched, locked(place) as unlock:
        polling = threading.Thread(target=lambda: outcomes.append(worker.poll()))
        polling.start()
        eventually(lambda: watched.said)
        unlock()
        polling.join()
    assert outcomes == [FILED]
    assert_all_filed(place, [1])


def test_f45_a_database_that_stays_locked_means_later(place, monkeypatch):
    monkeypatch.setattr(database_module, "_LOCK_SECONDS", 0.1)
    monkeypatch.setitem(postgresql_module._SESSION, "lock_timeout", "100ms")
    place.user.deliver(mail(1))
    with opened(place) as worker:
        with locked(place), pytest.raises(Transient, match=r"database: .*(lock|wait)"):
            worker.poll()
        assert place.user.count() == 1
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


@pytest.mark.parametrize(
    ("moment", "of", "times"),
    [(Moment.BEFORE, "", 1), (Moment.BEFORE, "COMMIT", 5), (Moment.AFTER, "COMMIT", 5)],
)
def test_f46_a_database_that_restarts_at_each_statement_however_often_loses_and_poisons_nothing(
    place, moment, of, times
):
    number = statement = 1
    with opened(place) as worker, breaking(moment, of) as database:
        while True:
            place.user.deliver(mail(number))
            for _ in range(times):
                database.restart(statement)
                poll_and_fail(worker, database)
            if not database.has_failed:
                break
            database.restart(0)
            worker.poll()
            number, statement = number + 1, statement + 1
    with connected():
        assert {one.attempts for one in Delivery.select()} == {1}
    # What was committed before each failure stays done, so that the last of the times has fewer left to fail at.
    assert statement > (2 if moment is Moment.AFTER else 3)
    assert_all_filed(place, range(1, number + 1))


def poll_and_fail(worker, database):
    try:
        worker.poll()
    except Transient:
        return
    assert not database.has_failed, f"nobody minded that {database.said[-1]} failed"


@pytest.fixture
def server(dovecot, tmp_path):
    """A PostgreSQL that may be stopped, and a workplace on it."""
    need(POSTGRESQL, "postgresql", "postgresql")
    with running() as server:
        yield server


@contextmanager
def away(place, server=None):
    """The database is down: the server, or the disk that the file lies on."""
    if server:
        server.stop()
        yield
        server.start()
        return
    for name in ("mailfiler.db", "mailfiler.db-wal", "mailfiler.db-shm"):
        if (place.folder / name).exists():
            (place.folder / name).rename(place.folder / f"away-{name}")
    yield
    for path in place.folder.glob("away-*"):
        path.rename(path.with_name(path.name.removeprefix("away-")))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_f47_while_the_database_is_down_nothing_is_fetched_and_then_all_is_filed(
    dovecot, tmp_path, kind, request, monkeypatch
):
    server = request.getfixturevalue("server") if kind == "postgresql" else None
    place = made(tmp_path, dovecot, server.migrated() if server else "")
    fetch, fetched = Inbox.fetch, []
    monkeypatch.setattr(Inbox, "fetch", lambda *args: fetched.append(args) or fetch(*args))
    with opened(place) as worker:
        worker.poll()
        place.user.deliver(mail(1))
        with away(place, server):
            for _ in range(3):
                with pytest.raises(Transient, match=r"^database: "):
                    worker.poll_until_empty()
                with pytest.raises(Transient, match=r"^database: "):
                    worker.send_notices()
            assert (fetched, place.user.count()) == ([], 1)
            assert not (place.folder / "mailfiler.db").exists()
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


def test_f48_a_database_without_a_unique_index_is_refused(place):
    place.user.deliver(mail(1))
    execute(place, "DROP INDEX delivery_epoch_id_uid")
    assert "DATABASE_URL: the database lacks unique index delivery(epoch_id, uid)" in refusal(place)
    assert place.user.count() == 1


def test_f49_a_database_of_a_newer_mailfiler_is_refused(place):
    place.user.deliver(mail(1))
    execute(place, "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')")
    assert "was made by a newer mailfiler: it has 9999_later, which this one does not know" in refusal(place)
    assert place.user.count() == 1


def test_f50_a_deadlock_with_another_program_means_later(on_postgresql, postgresql, monkeypatch):
    """The worker has its lease locked and waits for a table of the other, which waits for the lease."""
    place, name = on_postgresql, on_postgresql.database_url.rpartition("/")[2]
    place.user.deliver(mail(1))
    # Afterwards it waits in vain to give back the attempt, while the other has the lease.
    monkeypatch.setitem(postgresql_module._SESSION, "lock_timeout", "3s")
    postgresql.admin(f"ALTER DATABASE {name} SET deadlock_timeout = '1h'")  # the other is not to be the victim
    with psycopg.connect(place.database_url) as other, opened(place) as worker, breaking() as database:
        postgresql.admin(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'")
        other.execute("LOCK TABLE activity IN SHARE MODE")
        waiting = threading.Thread(target=other.execute, args=("UPDATE lease SET fence = fence",))

        def meet(what):
            if what.startswith('INSERT INTO "activity"'):
                waiting.start()
                eventually(lambda: postgresql.admin("SELECT 1 FROM pg_locks WHERE NOT granted"))

        database.meets = meet
        with pytest.raises(Transient, match="deadlock detected"):
            worker.poll()
        waiting.join()
        other.rollback()
        database.meets = None
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


def test_f50_a_transaction_that_cannot_be_serialized_means_later(on_postgresql, postgresql):
    """Where the administrator has set a stricter isolation than we need."""
    place, name = on_postgresql, on_postgresql.database_url.rpartition("/")[2]
    postgresql.admin(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    place.user.deliver(mail(1))
    with opened(place) as worker, psycopg.connect(place.database_url) as other:
        other.execute("UPDATE lease SET fence = fence")
        raised = []
        polling = threading.Thread(target=lambda: raised.append(outcome_of(worker)))
        polling.start()
        eventually(lambda: postgresql.admin("SELECT 1 FROM pg_locks WHERE NOT granted"))
        other.commit()
        polling.join()
        assert "could not serialize access" in str(raised)
        assert worker.poll() == FILED
    assert_all_filed(place, [1])


def outcome_of(worker):
    try:
        return worker.poll()
    except Transient as error:
        return error
