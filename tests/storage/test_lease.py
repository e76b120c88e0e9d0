"""Protocol rule 11: one worker per mailbox, in one process and in two, and no way to commit without the lease."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import peewee
import pytest

from models.base import database as handle
from models.inbound import Lease as LeaseRow
from poller.errors import ConfigurationError, Transient
from poller.settings.model import DatabaseSettings
from poller.storage.database import open_database
from poller.storage.lease import Lease, LeaseTaken, lease
from tests.storage.making import MAILBOX, sqlite_only

WORKER = """
import sys
from pathlib import Path
from poller.settings.model import DatabaseSettings
from poller.storage.database import open_database
from poller.storage.lease import lease

path, url, mailbox = sys.argv[1:]
settings = DatabaseSettings(path=Path(path) if path else None, url=url or None)
open_database(settings)
with lease(mailbox, settings) as held:
    print(held.fence, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(database_settings) -> DatabaseSettings:
    """A database that nobody has open, as a worker finds it when it takes the lease."""
    open_database(database_settings)
    return database_settings


@pytest.fixture
def worker(settings):
    """Another process that has the lease."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(settings.path or ""), settings.url or "", MAILBOX],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "1\n"
    yield process
    process.kill()
    process.communicate()


def test_each_worker_gets_a_larger_number(settings):
    for fence in (1, 2, 3):
        with lease(MAILBOX, settings) as held:
            assert held == Lease(name=MAILBOX, fence=fence)
            assert handle.is_closed()


def test_a_second_worker_in_another_process_is_turned_away(settings, worker):
    with pytest.raises(LeaseTaken), lease(MAILBOX, settings):
        pass
    assert isinstance(LeaseTaken(), Transient)
    with handle.connection_context():
        assert LeaseRow.get().fence == 1


def test_a_second_worker_in_the_same_process_is_turned_away(settings):
    with lease(MAILBOX, settings), pytest.raises(LeaseTaken), lease(MAILBOX, settings):
        pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_lease_of_a_worker_that_was_killed_is_free_at_once(settings, worker, number):
    os.kill(worker.pid, number)
    worker.wait()
    with lease(MAILBOX, settings) as held:
        assert held.fence == 2


def test_the_lease_is_given_back_at_the_end_and_after_an_error(settings, worker):
    worker.communicate("")
    with pytest.raises(RuntimeError), lease(MAILBOX, settings):
        raise RuntimeError
    with lease(MAILBOX, settings) as held:
        assert held.fence == 3


def test_the_lock_is_not_inherited_by_programs_that_the_worker_starts(settings):
    with lease(MAILBOX, settings):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with lease(MAILBOX, settings):
            pass
    finally:
        child.kill()
        child.wait()


def test_whoever_lost_the_lease_finds_out(settings):
    with lease(MAILBOX, settings) as lost:
        pass
    with lease(MAILBOX, settings) as held, handle.connection_context():
        held.check()
        with pytest.raises(LeaseTaken, match="taken this mailbox over"):
            lost.check()


def test_a_mailbox_that_nobody_ever_leased_is_nobodys(database):
    with pytest.raises(LeaseTaken):
        Lease(name=MAILBOX, fence=0).check()


def test_to_check_changes_nothing(database):
    LeaseRow.create(name=MAILBOX, fence=7)
    for _ in range(2):
        Lease(name=MAILBOX, fence=7).check()
    assert LeaseRow.get().fence == 7


def test_mailboxes_are_fenced_by_numbers_of_their_own(settings):
    with lease("a", settings) as first:
        pass
    with lease("b", settings) as second, handle.connection_context():
        first.check()
        second.check()
    assert (first.fence, second.fence) == (1, 1)


@sqlite_only
def test_a_lock_file_that_cannot_be_opened_is_for_the_administrator(settings):
    Path(f"{settings.path}.lock").mkdir()
    with pytest.raises(ConfigurationError, match="DATABASE_URL"), lease(MAILBOX, settings):
        pass


@sqlite_only
def test_the_lock_file_is_its_owners_and_stays(settings):
    """Removed, it would let two workers lock two files of one name."""
    with lease(MAILBOX, settings):
        pass
    path = Path(f"{settings.path}.lock")
    assert path.stat().st_mode & 0o077 == 0
    inode = path.stat().st_ino
    with lease(MAILBOX, settings):
        assert path.stat().st_ino == inode


@sqlite_only
def test_a_database_that_is_locked_is_later(settings):
    handle.obj.timeout = 0
    other = peewee.SqliteDatabase(settings.path)
    with other.connection_context():
        other.execute_sql("BEGIN IMMEDIATE")
        with pytest.raises(Transient, match="database"), lease(MAILBOX, settings):
            pass
        other.execute_sql("ROLLBACK")
    with lease(MAILBOX, settings) as held:
        assert held.fence == 1
