"""Once a day, on whatever trouble there is: what is not to be kept is dropped, and orphans are swept."""

import logging
import os
import time

import pytest

from poller import housekeeping as module
from poller.errors import Transient
from poller.housekeeping import Housekeeping
from poller.storage.database import connected, open_database
from poller.storage.files import SWEPT_AFTER, FileStore
from poller.storage.lease import LeaseTaken, lease
from tests.storage.making import MAILBOX, NOW
from tests.workplace import Workplace


@pytest.fixture
def settings(tmp_path):
    return Workplace(folder=tmp_path).settings(RETAIN_SOURCES="30d", RETAIN_LEDGER="60d")


@pytest.fixture
def store(settings):
    return FileStore(settings.files, MAILBOX)


@pytest.fixture
def held(settings, tmp_path):
    open_database(settings.database)
    with lease(MAILBOX, settings.database) as held, connected():
        yield held


@pytest.fixture
def work(settings, store, held, monkeypatch):
    """What one round does, an hour after the last."""
    one = Housekeeping(settings, store, held, lambda: NOW)
    done = []
    for name in ("drop_sources", "blank_messages", "blank_notices"):
        monkeypatch.setattr(module.retention, name, lambda before, _, name=name: done.append((name, before)) or 0)
    monkeypatch.setattr(store, "sweep_orphans", lambda _: done.append("sweep") or os.utime(store.folder / "owner") or 0)

    def work(*, may_sweep=True):
        done.clear()
        one._not_before = 0
        one.work(may_sweep=may_sweep)
        return list(done)

    return work


def a_day_later(store, seconds=SWEPT_AFTER):
    os.utime(store.folder / "owner", (time.time() - seconds,) * 2)


def names(done):
    return [one if isinstance(one, str) else one[0] for one in done]


ALL = ["drop_sources", "blank_messages", "blank_notices", "sweep"]


def test_all_is_done_at_first_and_then_once_a_day(work, store):
    assert names(work()) == ALL
    assert work() == []
    a_day_later(store, SWEPT_AFTER - 600)
    assert work() == []
    a_day_later(store)
    assert names(work()) == ALL
    a_day_later(store, -SWEPT_AFTER)  # the clock was set back
    assert names(work()) == ALL


def test_each_keeps_its_own_time(work):
    times = dict(one for one in work() if not isinstance(one, str))
    assert [(NOW - times[name]).days for name in ALL[:3]] == [30, 60, 60]


def test_what_is_kept_for_ever_is_not_even_looked_for(settings, store, held, monkeypatch, tmp_path):
    forever = Workplace(folder=tmp_path).settings()
    for name in ALL[:3]:
        monkeypatch.setattr(module.retention, name, lambda *_: pytest.fail("looked"))
    Housekeeping(forever, store, held, lambda: NOW).work(may_sweep=True)
    assert time.time() - store.swept_at() < 60


def test_within_the_hour_nobody_looks_again(settings, store, held, monkeypatch):
    one = Housekeeping(settings, store, held, lambda: NOW)
    one.work(may_sweep=True)
    monkeypatch.setattr(store, "belongs_to", lambda _: pytest.fail("looked"))
    one.work(may_sweep=True)


def test_nothing_is_swept_while_the_database_may_be_an_older_copy(work):
    assert names(work(may_sweep=False)) == ALL[:3]


def test_nothing_is_swept_from_another_databases_files(work, store, caplog):
    work()
    (store.folder / "owner").write_text("another")
    a_day_later(store)
    assert names(work()) == ALL[:3]
    assert "belongs to another database" in caplog.text


@pytest.mark.parametrize("error", [Transient("the database is away"), OSError(5, "Input/output error")])
def test_trouble_is_told_and_stops_no_poll(work, monkeypatch, caplog, error):
    def fail(*_):
        raise error

    monkeypatch.setattr(module.retention, "drop_sources", fail)
    with caplog.at_level(logging.WARNING):
        work()
    assert str(error) in caplog.text


def test_a_worker_that_lost_its_mailbox_hears_of_it(work, monkeypatch):
    def fail(*_):
        raise LeaseTaken("taken")

    monkeypatch.setattr(module.retention, "drop_sources", fail)
    with pytest.raises(LeaseTaken):
        work()
