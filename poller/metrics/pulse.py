"""Whether the service goes on: when it last took a step, and what it is about."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from poller.events import Facts

HANGING_SECONDS: Final = 5 * 60
"""Of a poll without a step. An exchange with a server ends sooner, and so does all that a batch of messages needs."""

MISSED: Final = 3
"""Intervals without a poll, and no less than a minute: one more and it is late."""

PAUSE_SECONDS: Final = 35 * 60
"""Without a poll after one that failed: pauses grow, to half an hour after a refused login. The health tells why."""

_LEAST_SECONDS: Final = 60


class Pulse:
    """What is told by the threads that work may be asked by any. `backlog` is what the poll has yet to decide.

    Times are monotonic, which nobody sets, but for `polled_at`, the end of the last good poll as people tell the time.
    """

    def __init__(self, interval: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._patience = max(MISSED * interval.total_seconds(), _LEAST_SECONDS)
        self._is_polling = False
        self._has_failed = False
        self._moved_at = clock()
        self._stepped_at: Callable[[], float] | None = None
        self.state = "starting"
        self.backlog = 0
        self.polled_at: float | None = None

    def working(self, moved_at: Callable[[], float]) -> None:
        """The worker of the mailbox is this one; `moved_at` is when it last began an exchange with a server."""
        self.state = "working"
        self._stepped_at = moved_at
        self._moved_at = self._clock()

    def standing_by(self) -> None:
        """Another worker has the lease, and this one waits for its end."""
        self.state = "standby"
        self._is_polling = False
        self._stepped_at = None

    def heard(self, event: str, facts: Facts) -> None:
        """Whatever happens to messages is a step; notices are another job's."""
        if event.startswith("notice"):
            return
        if event in {"poll-found", "poll-left"}:
            self.backlog = facts["waiting"]
        elif event == "poll-ended":
            self.polled_at = time.time()
        if event in {"polling", "poll-ended", "poll-failed"}:
            self._has_failed = event == "poll-failed"
        self._is_polling = event not in {"poll-ended", "poll-failed"} and (self._is_polling or event == "polling")
        self._moved_at = self._clock()

    def trouble(self) -> str:
        """A sentence where no poll comes, or none goes on; "" where all is well, or another one works."""
        if self._stepped_at is None:
            return ""
        moved_at = max(self._moved_at, self._stepped_at()) if self._is_polling else self._moved_at
        silent = self._clock() - moved_at
        if self._is_polling and silent > HANGING_SECONDS:
            return f"the poll under way has taken no step for {silent:.0f} s"
        patience = max(self._patience, PAUSE_SECONDS) if self._has_failed else self._patience
        if not self._is_polling and silent > patience:
            return f"no poll for {silent:.0f} s"
        return ""
