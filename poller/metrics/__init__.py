"""How the service fares, for whoever watches it: metrics for Prometheus, and one word for a probe, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from poller import events
from poller.health import Health
from poller.metrics.pulse import Pulse
from poller.settings import Settings

__all__ = ["Pulse", "watched"]


@contextmanager
def watched(settings: Settings, health: Health) -> Iterator[Pulse]:
    """Served while the context lasts, if METRICS_LISTEN says where; what the service does is told to the pulse."""
    pulse = Pulse(settings.poll_interval)
    if settings.metrics is None:
        yield pulse
        return
    from poller.metrics.answers import Answers  # noqa: PLC0415 - takes long to import, and few want it
    from poller.metrics.server import serving  # noqa: PLC0415 - as above

    answers = Answers(settings, health, pulse)
    with events.listening(pulse.heard), events.listening(answers.heard), serving(settings.metrics, answers, health):
        yield pulse
