"""What is asked of the database and the disks: in a thread, and never more often than it can afford."""

from __future__ import annotations

import threading

import pytest

from poller.metrics import outside
from poller.metrics.outside import Outside
from poller.opening import open_storage
from poller.storage.tally import NOTHING
from tests.patience import PATIENCE
from tests.workplace import Workplace, eventually


@pytest.fixture
def looking(tmp_path):
    settings = Workplace(folder=tmp_path).settings()
    open_storage(settings)
    settings.files.mkdir()
    return Outside(settings)


def refreshed(looking: Outside) -> None:
    done = threading.Event()
    looking.refresh(done.set)
    assert done.wait(PATIENCE)


def test_a_look_counts_the_ledger_and_what_is_free(looking):
    refreshed(looking)
    assert looking.seen.tally == NOTHING
    assert looking.seen.free.keys() == {"FILES_URL", "DATABASE_URL"}
    assert min(looking.seen.free.values()) > 0
    assert looking.seen.ended_at > 0


def test_a_database_that_is_away_is_no_look_at_old_numbers(looking, tmp_path, monkeypatch):
    monkeypatch.setattr(outside, "SHARE", 0)
    refreshed(looking)
    (tmp_path / "mailfiler.db").rename(tmp_path / "elsewhere")
    refreshed(looking)
    assert looking.seen.tally is None


def test_a_folder_that_is_away_is_absent(looking, tmp_path):
    (tmp_path / "files").rmdir()
    refreshed(looking)
    assert looking.seen.free.keys() == {"DATABASE_URL"}


def test_a_machine_without_a_thread_to_spare_is_asked_again(looking, monkeypatch):
    def refuses(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", refuses)
        refreshed(looking)
    assert looking.seen.tally is None
    refreshed(looking)
    assert looking.seen.tally == NOTHING


class Slow:
    """A count of the ledger that lasts as long as a test says, and how often it was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.go_on = threading.Event()
        monkeypatch.setattr(outside, "take_tally", self)

    def __call__(self):
        self.times += 1
        assert self.go_on.wait(PATIENCE)
        return NOTHING


def test_who_asks_while_a_look_is_under_way_waits_for_that_one(looking, monkeypatch):
    slow = Slow(monkeypatch)
    done = [threading.Event() for _ in range(5)]
    for one in done:
        looking.refresh(one.set)
    eventually(lambda: slow.times == 1)
    assert not any(one.is_set() for one in done)
    slow.go_on.set()
    assert all(one.wait(PATIENCE) for one in done)
    assert slow.times == 1


def test_a_slow_look_is_not_repeated_for_a_hundred_times_as_long(looking, monkeypatch):
    slow = Slow(monkeypatch)
    slow.go_on.set()
    now = 1000.0

    def clock() -> float:
        nonlocal now
        now += 2  # a look takes one step of it
        return now

    monkeypatch.setattr(outside.time, "monotonic", clock)
    refreshed(looking)
    now += 150
    refreshed(looking)
    assert slow.times == 1
    now += 100
    refreshed(looking)
    assert slow.times == 2
