"""What is asked for -> its answer: the metrics, and whether the service is healthy. None of it waits for anybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from poller import __version__
from poller.health import DEGRADED_AFTER, Health
from poller.metrics.gauges import Gauges
from poller.metrics.outside import Outside
from poller.metrics.pulse import Pulse
from poller.metrics.series import CONTENT_TYPE, Series
from poller.settings import Settings

OK, UNAVAILABLE = "200 OK", "503 Service Unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: str
    content_type: str
    body: bytes


class Answers:
    """Asked in one thread; `heard` is told of events in any."""

    def __init__(self, settings: Settings, health: Health, pulse: Pulse) -> None:
        self._health = health
        self._pulse = pulse
        self._outside = Outside(settings)
        self._series = Series(Gauges(health, pulse, self._outside))
        self.heard = self._series.heard

    def refresh(self, done: Callable[[], None]) -> None:
        """Looks at the database and the disks, in a thread; calls `done` when that is over."""
        if self._pulse.state == "starting":  # nothing is open yet
            done()
        else:
            self._outside.refresh(done)

    def metrics(self) -> Answer:
        return Answer(status=OK, content_type=CONTENT_TYPE, body=self._series.rendered())

    def healthz(self) -> Answer:
        """503 where a part has failed three times in a row, or no poll comes, or none goes on."""
        failing = self._health.failing()
        problems = [f"{name}: {part.trouble}" for name, part in failing.items() if part.failures >= DEGRADED_AFTER]
        problems += [trouble] if (trouble := self._pulse.trouble()) else []
        document = {
            "status": "degraded" if problems else self._pulse.state,
            "problems": problems,
            "hiccups": [name for name, part in failing.items() if part.failures < DEGRADED_AFTER],
            "version": __version__,
        }
        body = json.dumps(document).encode() + b"\n"
        return Answer(status=UNAVAILABLE if problems else OK, content_type="application/json", body=body)
