"""How things stand -> metrics: gauges, made when somebody asks. As `series`, a part of what knows prometheus_client."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from poller import __version__
from poller.health import DEGRADED_AFTER, Health
from poller.metrics.outside import Outside
from poller.metrics.pulse import Pulse
from poller.storage.disk import RESERVE
from poller.storage.tally import NOTHING

NO_REASON: Final = "none"
"""The reason of what was filed without any."""


class Gauges(Collector):
    def __init__(self, health: Health, pulse: Pulse, outside: Outside) -> None:
        self._health = health
        self._pulse = pulse
        self._outside = outside

    def collect(self) -> Iterator[Metric]:
        """What is true now."""
        yield _by(
            ("version", "python"),
            "mailfiler_build_info",
            "What runs here.",
            {(__version__, platform.python_version()): 1},
        )
        yield from self._work()
        yield from self._parts()
        yield from self._ledger()
        yield from self._waiting()
        free = {(setting,): octets for setting, octets in self._outside.seen.free.items()}
        yield _by(("setting",), "mailfiler_disk_free_bytes", "Free for mailfiler, by the folder's setting.", free)
        yield _one("mailfiler_disk_reserve_bytes", "With less than this free, nothing is fetched.", RESERVE)

    def _work(self) -> Iterator[Metric]:
        pulse = self._pulse
        is_working = pulse.state == "working"
        yield _one("mailfiler_working", "1: this worker has the mailbox; 0: it starts or stands by.", is_working)
        yield _one("mailfiler_stuck", "1: no poll comes, or the one under way takes no step.", bool(pulse.trouble()))
        yield _one("mailfiler_backlog_messages", "Messages that the poll has found and not decided yet.", pulse.backlog)
        yield _one("mailfiler_last_poll_timestamp_seconds", "When the last good poll ended.", pulse.polled_at)

    def _parts(self) -> Iterator[Metric]:
        parts = self._health.parts()
        failures = {(name,): part.failures for name, part in parts.items()}
        is_degraded = any(part.failures >= DEGRADED_AFTER for part in parts.values())
        idle = self._health.part("idle")
        is_idling = bool(idle.well_at) and not idle.failures
        yield _by(("part",), "mailfiler_part_failures", "Failures in a row of each part of the service.", failures)
        yield _one("mailfiler_degraded", "1: a part has failed three times in a row.", is_degraded)
        yield _one("mailfiler_idle_up", "1: the server tells of new mail at once (IDLE).", is_idling)

    def _ledger(self) -> Iterator[Metric]:
        look = self._outside.seen
        tally = look.tally or NOTHING
        yield _one("mailfiler_database_up", "1: the ledger could be counted.", look.tally is not None)
        yield _one("mailfiler_ledger_read_timestamp_seconds", "When the ledger was counted.", look.ended_at or None)
        yield _one("mailfiler_ledger_read_seconds", "How long counting it took.", look.seconds)
        yield _by(
            ("outcome", "reason"),
            "mailfiler_ledger_messages",
            "Messages in the ledger now, as `messages` lists them.",
            {(outcome, reason or NO_REASON): number for (outcome, reason), number in tally.messages.items()},
        )
        yield _by(
            ("notice", "rule"),
            "mailfiler_ledger_notices",
            "Messages in the ledger now, by what became of their notice, as `messages` shows it.",
            {notice.partition(":")[::2]: number for notice, number in tally.notices.items()},
        )
        yield _by(
            ("state", "rule"),
            "mailfiler_outbox_notices",
            "Notices in the outbox now, sent ones among them, by state and rule.",
            {(state, rule or ""): number for (state, rule), number in tally.outbox.items()},
        )

    def _waiting(self) -> Iterator[Metric]:
        tally = self._outside.seen.tally
        if tally is None:
            return
        yield _one("mailfiler_deferred_messages", "Messages that are tried again later.", tally.deferred)
        yield _one(
            "mailfiler_deferred_oldest_seconds",
            "For how long the oldest of them has waited.",
            _seconds_since(tally.deferred_since),
        )
        yield _one("mailfiler_held_messages", "Messages that wait for an administrator.", tally.held)
        yield _one("mailfiler_outbox_pending", "Notices that are to be sent yet.", tally.queued)
        yield _one(
            "mailfiler_outbox_oldest_seconds",
            "For how long the oldest of them has waited.",
            _seconds_since(tally.queued_since),
        )


def _seconds_since(moment: datetime | None) -> float:
    """0 where there is nothing that waits."""
    return max(0, time.time() - moment.timestamp()) if moment else 0


def _one(name: str, text: str, value: float | None) -> Metric:
    """Without a value where it is not known."""
    return _by((), name, text, {} if value is None else {(): value})


def _by(labels: Sequence[str], name: str, text: str, values: Mapping[Any, float]) -> Metric:
    """`values` by the labels of each."""
    gauge = GaugeMetricFamily(name, text, labels=labels)
    for words, value in values.items():
        gauge.add_metric(words, value)
    return gauge
