from __future__ import annotations

import os
import signal
import threading

import pytest

from poller import ending
from poller.ending import stop_on_signals
from tests.patience import PATIENCE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event(number, caplog):
    caplog.set_level("INFO")
    with stop_on_signals() as stop:
        signal.raise_signal(number)
        assert stop.wait(PATIENCE)
    assert f"{number.name}: ending after what is under way" in caplog.text


def test_a_signal_that_comes_while_the_stop_is_being_asked_for_blocks_nothing():
    with stop_on_signals() as stop:
        held = threading.Timer(0.1, stop._cond.release)
        stop._cond.acquire()  # as `stop.wait` holds it for a moment
        held.start()
        signal.raise_signal(signal.SIGTERM)
        held.join()
        assert stop.wait(PATIENCE)


def test_other_signals_are_others():
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with stop_on_signals() as stop:
            signal.raise_signal(signal.SIGUSR1)
            assert not stop.wait(0.2)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_what_does_not_end_in_time_is_ended_by_force(monkeypatch, caplog):
    ended, statuses = threading.Event(), []
    monkeypatch.setattr(ending, "LAST_SECONDS", 0.01)
    monkeypatch.setattr(os, "_exit", lambda status: (statuses.append(status), ended.set()))
    with stop_on_signals(75):
        signal.raise_signal(signal.SIGTERM)
        assert ended.wait(PATIENCE)
    assert statuses == [75]
    assert "ended by force" in caplog.text


def test_afterwards_signals_are_what_they_were():
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.set_wakeup_fd(-1) == -1
