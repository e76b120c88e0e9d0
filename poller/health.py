"""How the parts of the service fare: told in the log when it changes, and to whoever asks from outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from poller.wording import many

_log = logging.getLogger(__name__)

DEGRADED_AFTER = 3
"""Failures in a row: one or two are weather."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`well_at` is when it last did what it should; `failures` are those in a row since, the first of them `since`."""

    well_at: datetime | None = None
    failures: int = 0
    since: datetime | None = None
    trouble: str = ""


def _nobody() -> None:
    """Nobody wants to know."""


class Health:
    """Of each part by its name. A part is told of by one thread; anybody may ask."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._parts: dict[str, Part] = {}
        self.changed: Callable[[], None] = _nobody
        """Called when a part begins or ceases to be in trouble, from the thread that told it."""

    def well(self, name: str) -> None:
        before = self.part(name)
        self._parts[name] = Part(well_at=self._now())
        if before.failures >= DEGRADED_AFTER:
            failures = many(before.failures, "failure")
            _log.info("%s: healthy again, after %s since %s", name, failures, _moment(before.since))
        if before.failures or not before.well_at:
            self.changed()

    def failed(self, name: str, trouble: str) -> None:
        before = self.part(name)
        now = replace(before, failures=before.failures + 1, since=before.since or self._now(), trouble=trouble)
        self._parts[name] = now
        if now.failures == DEGRADED_AFTER:
            _log.error("%s: degraded since %s: %s", name, _moment(now.since), trouble)
        if now.failures in {1, DEGRADED_AFTER}:
            self.changed()

    def part(self, name: str) -> Part:
        return self._parts.get(name, Part())

    def parts(self) -> dict[str, Part]:
        """All that were told of, by their names."""
        return dict(self._parts)

    def failing(self) -> dict[str, Part]:
        """Those that do not do what they should."""
        return {name: part for name, part in self.parts().items() if part.failures}

    def trouble(self) -> str:
        """A line for each part that does not do what it should; "" where all do."""
        lines = (f"{name}, since {_moment(part.since)}: {part.trouble}" for name, part in self.failing().items())
        return "\n".join(lines)


def _moment(when: datetime | None) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else "ever"
