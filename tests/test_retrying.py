from __future__ import annotations

import threading

import pytest
from tenacity import RetryCallState
from tenacity.wait import wait_none

from poller.errors import ConfigurationError, Transient
from poller.retrying import reconnecting, recording


def test_reconnecting_backs_off_from_half_a_minute_to_a_quarter_of_an_hour():
    policy = reconnecting(threading.Event())
    state = RetryCallState(policy, None, (), {})
    waits = []
    for state.attempt_number in range(1, 50):
        waits.append(policy.wait(state))
    assert 30 <= waits[0] <= 90
    assert all(14 * 60 <= wait <= 15 * 60 for wait in waits[10:])
    assert len(set(waits[10:])) > 1


@pytest.mark.parametrize("error", [Transient("later"), ConfigurationError("wrong")])
def test_reconnecting_ends_with_the_last_error_when_it_is_stopped(error):
    stop = threading.Event()

    def fail():
        stop.set()
        raise error

    with pytest.raises(type(error)):
        reconnecting(stop)(fail)


def test_a_bug_is_not_retried():
    with pytest.raises(ZeroDivisionError):
        reconnecting(threading.Event())(lambda: 1 / 0)


@pytest.fixture
def no_pause(monkeypatch):
    monkeypatch.setattr("poller.retrying.wait_fixed", lambda _seconds: wait_none())


def test_what_has_happened_is_recorded_at_the_third_attempt_at_the_latest(no_pause):
    failures = [Transient("database: locked")] * 2

    def record():
        if failures:
            raise failures.pop()
        return "recorded"

    assert recording()(record) == "recorded"


def test_a_database_that_stays_away_is_told_after_three_attempts(no_pause):
    attempts = []

    def fail():
        attempts.append(1)
        raise Transient("database: away")

    with pytest.raises(Transient, match="away"):
        recording()(fail)
    assert len(attempts) == 3
