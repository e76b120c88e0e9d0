"""What the watchdog does when, with looks that are asked for; real hangs are tests/faults/test_process.py's."""

from __future__ import annotations

import threading

import pytest

from poller import watchdog
from poller.watchdog import Watchdog

NEVER = float("inf")


@pytest.fixture
def anew(monkeypatch):
    started = []
    monkeypatch.setattr(watchdog, "start_anew", lambda: started.append(True))
    return started


class Work:
    def __init__(self):
        self.moved_at = 0.0
        self.aborted = 0

    def abort(self):
        self.aborted += 1


def looks(work, *times):
    """The watchdog looks at these monotonic times."""
    dog = Watchdog(threading.Event())
    with dog.watching("poll", lambda: work.moved_at, work.abort):
        (watched,) = dog._watched
        watched.began_at = 0.0
        for now in times:
            dog._look_at(watched, now)


def test_who_takes_a_step_in_half_an_hour_is_left_alone(anew):
    looks(work := Work(), 1799)
    assert (work.aborted, anew) == (0, [])


def test_who_takes_none_is_cut_short_once_and_told_of(anew, caplog):
    looks(work := Work(), 1800, 1801, 1859)
    assert (work.aborted, anew) == (1, [])
    assert [record.getMessage() for record in caplog.records] == ["poll: no step for 1800 s: cut short"]


def test_where_that_does_not_help_the_process_starts_anew(anew, caplog):
    looks(Work(), 1800, 1860)
    assert anew == [True]
    assert caplog.records[-1].levelname == "CRITICAL"


def test_who_goes_on_after_all_is_left_alone_again(anew):
    work = Work()
    dog = Watchdog(threading.Event())
    with dog.watching("poll", lambda: work.moved_at, work.abort):
        (watched,) = dog._watched
        watched.began_at = 0.0
        dog._look_at(watched, 1800)
        work.moved_at = 1850.0
        dog._look_at(watched, 1870)
        assert anew == []
        dog._look_at(watched, 1850 + 1800)
    assert work.aborted == 2


def test_after_a_stop_what_is_under_way_has_a_grace():
    work = Work()
    dog = Watchdog(threading.Event())
    with dog.watching("poll", lambda: work.moved_at, work.abort):
        dog._look_at_end(100)
        dog._look_at_end(109)
        assert work.aborted == 0
        dog._look_at_end(110)
        assert work.aborted == 1


def test_what_is_over_is_not_watched_any_more():
    dog = Watchdog(threading.Event())
    with dog.watching("poll", lambda: NEVER, lambda: None):
        pass
    assert dog._watched == []


def test_it_ends_with_its_context():
    with Watchdog(threading.Event()) as dog:
        assert dog._thread.is_alive()
    assert not dog._thread.is_alive()
