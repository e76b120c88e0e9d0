"""What cannot be found out now is tried again, ever more seldom, and not for ever."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from poller.filing.deferral import may_wait, next_attempt

FIRST = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MAX_AGE = timedelta(hours=72)
HOUR = timedelta(hours=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (minutes(0), minutes(1)),
        (minutes(0.9), minutes(1)),
        (minutes(1), minutes(5)),
        (minutes(5.9), minutes(5)),
        (minutes(6), minutes(30)),
        (minutes(35.9), minutes(30)),
        (minutes(36), 2 * HOUR),
        (30 * HOUR, 2 * HOUR),
        (70 * HOUR, 2 * HOUR),
        (71 * HOUR, 1 * HOUR),
        (-3 * HOUR, minutes(1)),  # the clock was set back
    ],
)
def test_the_longer_a_message_waits_the_longer_is_the_pause(age, pause):
    assert next_attempt(FIRST, FIRST + age, MAX_AGE) == FIRST + age + pause


def attempts(late: timedelta = timedelta(), max_age: timedelta = MAX_AGE) -> list[timedelta]:
    """The ages at which a message is tried while it may wait, and the one at which it may no longer."""
    moment, ages = FIRST, []
    while may_wait(FIRST, moment, max_age):
        ages.append(moment - FIRST)
        moment = next_attempt(FIRST, moment, max_age) + late
    return [*ages, moment - FIRST]


def test_the_attempts_come_after_1_5_and_30_minutes_then_every_2_hours_and_end_with_the_age():
    ages = attempts()
    assert ages[:6] == [minutes(0), minutes(1), minutes(6), minutes(36), minutes(156), minutes(276)]
    assert ages[-1] == MAX_AGE
    assert len(ages) == 40


def test_attempts_that_come_late_make_no_pause_shorter():
    ages = attempts(late=minutes(1))
    assert [later - age for age, later in pairwise(ages)][:5] == [
        minutes(2),
        minutes(6),
        minutes(31),
        minutes(121),
        minutes(121),
    ]


@pytest.mark.parametrize("max_age", [timedelta(), timedelta(seconds=1), minutes(1), minutes(10), 3 * HOUR])
def test_no_message_waits_longer_than_it_may(max_age):
    assert attempts(max_age=max_age)[-1] == max_age


def test_an_outage_of_an_hour_is_over_for_every_message_within_three():
    """Whenever in the hour it came, the attempt that follows the outage comes soon."""
    ages = attempts()
    for begin in range(60):
        after = next(age for age in ages if age >= minutes(60 - begin))
        assert minutes(begin) + after <= 3 * HOUR
