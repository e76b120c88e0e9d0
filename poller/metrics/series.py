"""Events -> metrics, as Prometheus reads them: what has happened since the start.

No label says more than an outcome, a reason, a rule or the name of a part: nothing of anybody's mail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    ProcessCollector,
    Summary,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.registry import Collector

from poller.events import Facts
from poller.filing.reasons import Outcome, Reason
from poller.metrics.gauges import NO_REASON

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_MINUTE, _HOUR, _DAY = 60, 60 * 60, 24 * 60 * 60
_POLL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, _MINUTE, 5 * _MINUTE, 30 * _MINUTE, 4 * _HOUR)
_ARRIVAL_SECONDS = (
    *(1, 2, 5, 10, 20, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE),
    *(_HOUR, 6 * _HOUR, _DAY, 3 * _DAY),
)
STAGES: Final = ("fetch", "read", "authenticate", "decide", "store", "settle")
_USUAL: Final = (
    *((outcome, NO_REASON) for outcome in (Outcome.FILED, Outcome.DUPLICATE, Outcome.HELD)),
    *((reason.outcome, reason.slug) for reason in Reason),
    *((Outcome.DEFERRED, reason.slug) for reason in (Reason.AUTHENTICATION_UNAVAILABLE, Reason.UNREADABLE)),
)
_NOTICE_ENDS = {"notice-sent": "sent", "notice-failed": "failed", "notice-delayed": "delayed"}


class Series:
    """`heard` is told of events in any thread; `rendered` is asked for in one."""

    def __init__(self, now: Collector) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double all series
        registry = self.registry = CollectorRegistry()
        counter = partial(Counter, registry=registry)
        self._polls = counter("mailfiler_polls", "Looks into the mailbox, by result.", ["result"])
        self._poll_seconds = Histogram(
            "mailfiler_poll_seconds", "How long looks into the mailbox took.", buckets=_POLL_SECONDS, registry=registry
        )
        self._decided = counter(
            "mailfiler_messages_decided",
            "Decisions committed since the start, by outcome and reason; deferred mail counts at each attempt.",
            ["outcome", "reason"],
        )
        self._arrival = Histogram(
            "mailfiler_arrival_to_decision_seconds",
            "From a message's arrival in the mailbox to the commit of what it came to, by outcome.",
            ["outcome"],
            buckets=_ARRIVAL_SECONDS,
            registry=registry,
        )
        self._stages = Summary("mailfiler_stage_seconds", "Time by stage, a batch each.", ["stage"], registry=registry)
        self._attempts = counter(
            "mailfiler_attempts",
            "Attempts at messages: the first one, or again after one that came to no end.",
            ["kind"],
        )
        self._failures = counter("mailfiler_message_failures", "Attempts at which our own code failed.")
        self._notices = counter("mailfiler_notices", "Attempts to send notices since the start, by end.", ["end"])
        self._imap = counter("mailfiler_imap_connections", "Connections to the mail server that polls opened.")
        self._dns = counter("mailfiler_dns_lookups", "Look-ups in the DNS; remembered ones asked nobody.", ["result"])
        self._initialize()
        _add_what_stands(registry, now)
        self._heard = self._meanings()

    def heard(self, event: str, facts: Facts) -> None:
        if meaning := self._heard.get(event):
            meaning(facts)

    def rendered(self) -> bytes:
        return generate_latest(self.registry)

    def _meanings(self) -> dict[str, Callable[[Facts], None]]:
        """What each event counts as."""
        return {
            "poll-ended": lambda facts: self._poll_over("ok", facts),
            "poll-failed": lambda facts: self._poll_over("failed", facts),
            "stored": self._stored,
            "stage": lambda facts: self._stages.labels(facts["stage"]).observe(facts["seconds"]),
            "fetched": lambda facts: self._attempts.labels("again" if facts["attempt"] > 1 else "first").inc(),
            "failed": lambda _: self._failures.inc(),
            "imap-connected": lambda _: self._imap.inc(),
            "dns": lambda facts: self._dns.labels(facts["result"]).inc(),
            "notices-expired": lambda facts: self._notices.labels("expired").inc(facts["number"]),
            **{
                event: lambda _, end=end: self._notices.labels(end).inc()  # type: ignore[misc]  # bound here and now
                for event, end in _NOTICE_ENDS.items()
            },
        }

    def _initialize(self) -> None:
        """A rate needs a zero to start from."""
        for outcome, reason in _USUAL:
            self._decided.labels(outcome.value, reason)
        for result in ("ok", "failed"):
            self._polls.labels(result)
        for stage in STAGES:
            self._stages.labels(stage)
        for kind in ("first", "again"):
            self._attempts.labels(kind)
        for end in (*_NOTICE_ENDS.values(), "expired"):
            self._notices.labels(end)
        for result in ("answered", "failed", "remembered"):
            self._dns.labels(result)

    def _poll_over(self, result: str, facts: Facts) -> None:
        self._polls.labels(result).inc()
        self._poll_seconds.observe(facts["seconds"])

    def _stored(self, facts: Facts) -> None:
        self._decided.labels(facts["outcome"], facts["reason"] or NO_REASON).inc()
        if facts["seconds_since_arrival"] is not None:
            self._arrival.labels(facts["outcome"]).observe(facts["seconds_since_arrival"])


def _add_what_stands(registry: CollectorRegistry, now: Collector) -> None:
    """Gauges, and what Python and the system tell of the process."""
    registry.register(now)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
