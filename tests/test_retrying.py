from __future__ import annotations

import threading

import pytest
from tenacity import RetryCallState

from poller.errors import ConfigurationError, Transient
from poller.retrying import reconnecting


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
