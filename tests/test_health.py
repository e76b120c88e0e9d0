from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from poller.health import Health, Part

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    now = NOON

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def health():
    return Health(Clock())


def told(caplog):
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_it_is_degraded_after_three_failures_in_a_row_and_says_so_once(health, caplog):
    for _ in range(5):
        health.failed("poll", "the server is away")
    assert told(caplog) == [("ERROR", "poll: degraded since 2026-03-02T12:01:00Z: the server is away")]


def test_it_says_when_it_is_healthy_again(health, caplog):
    caplog.set_level("INFO")
    for _ in range(4):
        health.failed("poll", "the server is away")
    health.well("poll")
    health.well("poll")
    assert told(caplog)[1:] == [("INFO", "poll: healthy again, after 4 failures since 2026-03-02T12:01:00Z")]


def test_two_failures_are_weather(health, caplog):
    for _ in range(5):
        health.failed("poll", "a hiccup")
        health.failed("poll", "a hiccup")
        health.well("poll")
    assert told(caplog) == []


def test_each_part_in_trouble_has_a_line(health):
    health.well("heartbeat")
    health.failed("poll", "the server is away")
    health.failed("notices", "no SMTP")
    assert health.trouble() == (
        "poll, since 2026-03-02T12:02:00Z: the server is away\nnotices, since 2026-03-02T12:03:00Z: no SMTP"
    )


def test_the_last_good_time_outlives_failures(health):
    health.well("poll")
    health.failed("poll", "away")
    assert health.part("poll") == Part(
        well_at=NOON + timedelta(minutes=1), failures=1, since=NOON + timedelta(minutes=2), trouble="away"
    )


def test_changes_are_told(health):
    changes = []
    health.changed = lambda: changes.append(health.part("poll").failures)
    health.well("poll")
    health.well("poll")
    for _ in range(5):
        health.failed("poll", "away")
    health.well("poll")
    assert changes == [0, 1, 3, 0]
