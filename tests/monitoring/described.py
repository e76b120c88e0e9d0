"""What the metrics are, as code has them, beside the files that speak of them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.metrics_core import Metric

from poller.health import Health
from poller.metrics.gauges import Gauges
from poller.metrics.outside import Look, Outside
from poller.metrics.pulse import Pulse
from poller.metrics.series import Series
from poller.storage.tally import Tally
from tests.workplace import Workplace

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "monitoring.md"
RULES = ROOT / "scripts" / "monitoring" / "rules.yml"
DASHBOARD = ROOT / "scripts" / "monitoring" / "dashboard.json"

TALLY = Tally(
    messages=Counter({("filed", None): 1}),
    notices=Counter({"suppressed:Q5": 1}),
    outbox=Counter({("suppressed", "Q5"): 1}),
    deferred_since=datetime(2026, 3, 2, tzinfo=UTC),
    queued_since=None,
)


def families(folder: Path) -> dict[str, Metric]:
    """Every metric, with a value of each, by the name of its series without an ending."""
    outside = Outside(Workplace(folder=folder).settings())
    outside.seen = Look(tally=TALLY, free={"FILES_URL": 1}, ended_at=1.0, seconds=1.0)
    health, pulse = Health(), Pulse(timedelta(minutes=1))
    health.well("poll")
    series = Series(Gauges(health, pulse, outside))
    for event, facts in {
        "poll-ended": {"seconds": 1.0},
        "stored": {"outcome": "filed", "reason": None, "seconds_since_arrival": 1.0},
    }.items():
        series.heard(event, facts)
        pulse.heard(event, facts)
    return {family.name: family for family in series.registry.collect()}


def names(folder: Path) -> set[str]:
    """Of every series that Prometheus stores."""
    return {sample.name for family in families(folder).values() for sample in family.samples}


def lines(folder: Path) -> list[str]:
    """The table of docs/monitoring.md, without its head: name, kind, labels, meaning."""
    return [_line(family) for name, family in families(folder).items() if name.startswith("mailfiler_")]


def _line(family: Metric) -> str:
    labels = {label: None for sample in family.samples for label in sample.labels if label != "le"}
    name = f"{family.name}_total" if family.type == "counter" else family.name
    return f"| `{name}` | {family.type} | {' '.join(f'`{label}`' for label in labels)} | {family.documentation} |"
