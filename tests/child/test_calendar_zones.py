"""Offsets of zones that calendars define."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from poller.child.calendar_zones import Observance, offset_at

WINTER, SUMMER = timedelta(hours=2), timedelta(hours=3)


def zone(winter, summer, *, since=datetime(1601, 1, 1, 3)):  # noqa: DTZ001 - local times
    return (
        Observance(start=since.replace(hour=4), offset_from=SUMMER, offset_to=WINTER, rule=winter),
        Observance(start=since, offset_from=WINTER, offset_to=SUMMER, rule=summer),
    )


EUROPE = zone("FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3")
BY_DAYS = zone("freq=yearly;BYMONTH=10;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU", "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=29")
SECOND = zone("FREQ=YEARLY;BYDAY=1SU;BYMONTH=11", "FREQ=YEARLY;BYDAY=2SU;BYMONTH=3")


@pytest.mark.parametrize(
    ("observances", "local", "hours"),
    [
        (EUROPE, "2026-01-01T00:00", 2),
        (EUROPE, "2026-03-29T02:59", 2),
        (EUROPE, "2026-03-29T03:00", 3),
        (EUROPE, "2026-10-25T03:59", 3),
        (EUROPE, "2026-10-25T04:00", 2),
        (EUROPE, "9999-12-31T00:00", 2),
        (EUROPE, "0001-01-01T00:00", 2),
        (BY_DAYS, "2026-03-29T03:00", 3),
        (BY_DAYS, "2026-10-25T04:00", 2),
        (SECOND, "2026-03-08T02:00", 2),
        (SECOND, "2026-03-08T03:00", 3),
        (SECOND, "2026-11-01T04:00", 2),
        (zone("", "FREQ=YEARLY;BYMONTH=3;UNTIL=20200101T000000Z"), "2026-06-01T00:00", 3),
        (zone("", "FREQ=YEARLY;BYMONTH=3;UNTIL=x"), "2026-06-01T00:00", 3),
        (zone("", "FREQ=YEARLY;COUNT=99999999999999999999"), "2026-06-01T00:00", 3),
        (zone("", "FREQ=SECONDLY"), "2026-06-01T00:00", 2),
        (zone("", "FREQ=YEARLY;BYMONTH=13;BYDAY=9XX"), "2026-06-01T00:00", 2),
        (zone("", "FREQ=YEARLY;BYMONTH=x"), "2026-06-01T00:00", 2),
        (zone("", "FREQ=YEARLY;BYMONTH=2;BYDAY=5MO"), "2026-06-01T00:00", 2),
        (EUROPE[:1], "2026-06-01T00:00", 2),
    ],
)
def test_the_latest_onset_decides(observances, local, hours):
    assert offset_at(observances, datetime.fromisoformat(local)) == timedelta(hours=hours)


def test_a_rule_ends():
    local = datetime.fromisoformat("2026-06-01T00:00")
    since = datetime.fromisoformat("2019-03-31T03:00")
    until = zone("FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=2", since=since)
    assert offset_at(until, local) == WINTER


def test_dates_are_onsets():
    dates = (datetime.fromisoformat("2026-03-29T03:00"),)
    one = Observance(
        start=datetime.fromisoformat("2030-01-01T00:00"), offset_from=WINTER, offset_to=SUMMER, dates=dates
    )
    assert offset_at([one], datetime.fromisoformat("2026-04-01T00:00")) == SUMMER


def test_of_nothing_nothing_is_known():
    assert offset_at([], datetime.fromisoformat("2026-06-01T00:00")) is None
