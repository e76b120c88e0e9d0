from __future__ import annotations

from datetime import timedelta

import pytest

from poller.metrics.pulse import HANGING_SECONDS, PAUSE_SECONDS, Pulse
from poller.schedule import _LOGIN_PAUSE as LOGIN_PAUSE


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pulse(clock: Clock) -> Pulse:
    """Of a worker that polls every minute, and exchanges nothing with any server."""
    pulse = Pulse(timedelta(minutes=1), clock)
    pulse.working(lambda: 0.0)
    return pulse


def test_it_is_missed_after_three_intervals_without_a_poll(pulse, clock):
    clock.now += 180
    assert pulse.trouble() == ""
    clock.now += 1
    assert pulse.trouble() == "no poll for 181 s"


def test_a_poll_that_fails_is_a_poll(pulse, clock):
    clock.now += 170
    for event in ("polling", "poll-failed"):
        pulse.heard(event, {"seconds": 0})
    clock.now += 170
    assert pulse.trouble() == ""


def test_the_pause_after_a_poll_that_failed_is_no_hang(pulse, clock):
    for event in ("polling", "poll-failed"):
        pulse.heard(event, {"seconds": 0})
    clock.now += (LOGIN_PAUSE * 1.1).total_seconds()
    assert pulse.trouble() == ""
    clock.now += PAUSE_SECONDS
    assert pulse.trouble().startswith("no poll for ")
    for event in ("polling", "poll-ended"):
        pulse.heard(event, {"seconds": 0})
    clock.now += 181
    assert pulse.trouble() == "no poll for 181 s"


def test_polls_every_second_may_be_late_for_a_minute(clock):
    pulse = Pulse(timedelta(seconds=1), clock)
    pulse.working(lambda: 0.0)
    clock.now += 60
    assert pulse.trouble() == ""


@pytest.mark.parametrize("step", ["fetched", "stored", "stage", "settled"])
def test_a_poll_of_hours_is_well_as_long_as_it_takes_steps(pulse, clock, step):
    pulse.heard("polling", {})
    for _ in range(20):
        clock.now += HANGING_SECONDS - 1
        assert pulse.trouble() == ""
        pulse.heard(step, {})
    clock.now += HANGING_SECONDS + 1
    assert pulse.trouble() == f"the poll under way has taken no step for {HANGING_SECONDS + 1} s"


def test_exchanges_with_the_server_are_steps_too(clock):
    pulse = Pulse(timedelta(minutes=1), clock)
    pulse.working(lambda: clock.now - 1)
    pulse.heard("polling", {})
    clock.now += 2 * HANGING_SECONDS
    assert pulse.trouble() == ""


def test_notices_are_no_sign_of_a_poll(pulse, clock):
    clock.now += 181
    pulse.heard("notice-sent", {})
    assert pulse.trouble() != ""


def test_who_starts_or_stands_by_need_not_poll(pulse, clock):
    starting = Pulse(timedelta(minutes=1), clock)
    pulse.standing_by()
    clock.now += 100_000
    assert (starting.trouble(), pulse.trouble()) == ("", "")
    assert (starting.state, pulse.state) == ("starting", "standby")


def test_the_backlog_is_what_is_left_of_what_was_found(pulse):
    for event, waiting in (("poll-found", 120), ("poll-left", 70), ("poll-left", 20)):
        pulse.heard(event, {"waiting": waiting})
        assert pulse.backlog == waiting
    assert pulse.polled_at is None
    pulse.heard("poll-ended", {"seconds": 1.0})
    assert pulse.polled_at is not None
