from __future__ import annotations

import pytest
from tenacity.wait import wait_none

from poller.errors import Transient
from poller.retrying import pause_after, recording


def test_after_failures_it_is_tried_again_in_half_a_minute_to_a_quarter_of_an_hour():
    for failures, seconds in ((1, 30), (2, 60), (3, 120), (5, 480), (6, 900), (50, 900), (100_000, 900)):
        assert seconds <= pause_after(failures) <= seconds * 1.25
    assert len({pause_after(9) for _ in range(5)}) > 1


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
