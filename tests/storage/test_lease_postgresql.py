"""The lease on PostgreSQL is a lock of a connection, which can be lost while the worker lives."""

import threading

import pytest

from models.base import database as handle
from poller.errors import Transient
from poller.settings.model import DatabaseSettings
from poller.storage import lease as module
from poller.storage.database import open_database
from poller.storage.lease import LeaseTaken, lease
from tests.storage.making import MAILBOX


@pytest.fixture
def settings(postgresql) -> DatabaseSettings:
    settings = DatabaseSettings(path=None, url=postgresql.emptied())
    open_database(settings)
    return settings


@pytest.fixture
def holders(postgresql):
    """Who has an advisory lock."""
    return lambda: postgresql.admin("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")


@pytest.fixture
def cut(postgresql):
    """Ends every connection to the database, and waits until they are gone."""

    def cut():
        others = "FROM pg_stat_activity WHERE usename = 'mailfiler'"
        postgresql.admin(f"SELECT pg_terminate_backend(pid, 10000) {others}")

    return cut


def test_the_lock_is_held_as_long_as_the_lease(settings, holders):
    with lease(MAILBOX, settings) as held:
        held.renew()
        assert len(holders()) == 1
    assert holders() == []


def test_a_lock_that_was_lost_is_taken_again(settings, holders, cut, caplog):
    with lease(MAILBOX, settings) as held:
        before = holders()
        cut()
        held.renew()
        assert len(holders()) == 1
        assert holders() != before
        assert "was lost, and is taken again" in caplog.text
        with pytest.raises(LeaseTaken), lease(MAILBOX, settings):
            pass
        with handle.connection_context(), held.transaction():
            pass


def test_it_is_the_same_lock_in_every_thread(settings, holders):
    with lease(MAILBOX, settings) as held:
        before, said = holders(), []
        thread = threading.Thread(target=lambda: (held.renew(), said.extend(holders())))
        thread.start()
        thread.join()
        assert said == before


def test_whoever_lost_the_lock_to_another_worker_stops(settings, cut):
    with lease(MAILBOX, settings) as first:
        cut()
        with lease(MAILBOX, settings) as second:
            with pytest.raises(LeaseTaken, match="another worker is running"):
                first.renew()
            second.renew()
        # The other one is gone; what it did meanwhile is unknown to this one, whose number is too small.
        with pytest.raises(LeaseTaken, match="taken this mailbox over"):
            first.renew()


def test_while_the_server_is_away_it_is_later(settings, cut, monkeypatch):
    with lease(MAILBOX, settings) as held:
        cut()
        with monkeypatch.context() as patch:
            patch.setitem(held.lock._connection.connect_params, "port", "1")
            with pytest.raises(Transient) as later:
                held.renew()
            assert not isinstance(later.value, LeaseTaken)
        held.renew()


def test_mailboxes_do_not_share_a_lock(settings):
    with lease("a", settings) as one, lease("b", settings) as another:
        one.renew()
        another.renew()


def test_another_database_of_the_same_server_has_locks_of_its_own(settings, postgresql_url):
    with lease(MAILBOX, settings):
        other = DatabaseSettings(path=None, url=postgresql_url)
        open_database(other)
        with lease(MAILBOX, other) as held:
            assert held.fence == 1


def test_a_worker_that_had_no_lock_of_a_server_has_nothing_to_renew():
    assert module.Lease(name=MAILBOX, fence=1).lock is None
