"""Events -> counters."""

from __future__ import annotations

import pytest
from prometheus_client.registry import Collector

from poller.filing.reasons import Outcome, Reason
from poller.metrics.series import Series
from tests.metrics.watching import Samples, samples


class Nothing(Collector):
    def collect(self):
        return []


@pytest.fixture
def series() -> Series:
    return Series(Nothing())


def found(series: Series) -> Samples:
    return samples(series.rendered().decode())


def test_every_outcome_with_its_reason_begins_at_zero(series):
    """A counter that appears with its first message has not increased, as far as a rate can tell."""
    counted = found(series)["mailfiler_messages_decided_total"]
    assert {(reason.outcome.value, reason.slug) for reason in Reason} < counted.keys()
    assert {outcome for outcome, _ in counted} == {one.value for one in Outcome}
    assert set(counted.values()) == {0}


@pytest.mark.parametrize(
    ("event", "facts", "metric", "labels", "value"),
    [
        ("poll-ended", {"seconds": 0.2}, "mailfiler_polls_total", ("ok",), 1),
        ("poll-failed", {"seconds": 0.2}, "mailfiler_polls_total", ("failed",), 1),
        ("poll-ended", {"seconds": 0.2}, "mailfiler_poll_seconds_sum", (), 0.2),
        ("stage", {"stage": "read", "seconds": 2.0}, "mailfiler_stage_seconds_sum", ("read",), 2),
        ("fetched", {"attempt": 1}, "mailfiler_attempts_total", ("first",), 1),
        ("fetched", {"attempt": 3}, "mailfiler_attempts_total", ("again",), 1),
        ("failed", {}, "mailfiler_message_failures_total", (), 1),
        ("notice-sent", {}, "mailfiler_notices_total", ("sent",), 1),
        ("notice-failed", {}, "mailfiler_notices_total", ("failed",), 1),
        ("notice-delayed", {}, "mailfiler_notices_total", ("delayed",), 1),
        ("notices-expired", {"number": 3}, "mailfiler_notices_total", ("expired",), 3),
        ("imap-connected", {}, "mailfiler_imap_connections_total", (), 1),
        ("dns", {"result": "remembered"}, "mailfiler_dns_lookups_total", ("remembered",), 1),
    ],
)
def test_each_event_has_its_metric(series, event, facts, metric, labels, value):
    assert found(series)[metric][labels] == 0
    series.heard(event, facts)
    assert found(series)[metric][labels] == value


def test_what_is_stored_is_counted_with_the_time_since_it_arrived(series):
    for seconds in (1.5, 90, None):
        series.heard("stored", {"outcome": "filed", "reason": None, "seconds_since_arrival": seconds})
    counted = found(series)
    assert counted["mailfiler_messages_decided_total"]["filed", "none"] == 3
    assert counted["mailfiler_arrival_to_decision_seconds_count"] == {("filed",): 2}
    assert counted["mailfiler_arrival_to_decision_seconds_bucket"]["2.0", "filed"] == 1


def test_an_event_that_nobody_counts_is_nothing(series):
    before = found(series)["mailfiler_polls_total"]
    series.heard("matched", {"gate": "author"})
    assert found(series)["mailfiler_polls_total"] == before


def test_there_is_no_series_of_when_a_series_began(series):
    assert not [name for name in found(series) if name.endswith("_created")]
