"""A message about which nothing could be found out yet -> how long it waits, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

# How long a message has waited at most, and the pause that follows: what is tried at 0, 1, 6 and 36 min of age.
_PAUSES = (
    (timedelta(minutes=1), timedelta(minutes=1)),
    (timedelta(minutes=6), timedelta(minutes=5)),
    (timedelta(minutes=36), timedelta(minutes=30)),
)
_LONGEST_PAUSE = timedelta(hours=2)


def may_wait(first_attempt: datetime, now: datetime, max_age: timedelta) -> bool:
    """Whether the message may be deferred once more; otherwise it is decided by what is known."""
    return now - first_attempt < max_age


def next_attempt(first_attempt: datetime, now: datetime, max_age: timedelta) -> datetime:
    """After 1, 5 and 30 min, then every 2 h, and never later than the moment at which the waiting ends.

    The age alone gives the pause: an outage of our own that made the message wait counts like any other.
    """
    age = now - first_attempt
    pause = next((pause for below, pause in _PAUSES if age < below), _LONGEST_PAUSE)
    return min(now + pause, first_attempt + max_age)
