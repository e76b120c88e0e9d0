"""The retry policies, by name: only what may be repeated without harm, and only where waiting can help."""

from __future__ import annotations

import threading

from tenacity import Retrying, retry_if_exception_type
from tenacity.nap import sleep_using_event
from tenacity.stop import stop_after_attempt, stop_when_event_set
from tenacity.wait import wait_exponential, wait_fixed, wait_random

from poller.errors import ConfigurationError, Transient


def reconnecting(stop: threading.Event) -> Retrying:
    """Back-off from 30 s to 15 min with jitter, for ever, until `stop` is set; then the last error is raised.

    A setting that is wrong is tried again too: the server's administrator may mend it at the other end.
    """
    return Retrying(
        retry=retry_if_exception_type((Transient, ConfigurationError)),
        wait=wait_exponential(multiplier=30, max=14 * 60) + wait_random(0, 60),
        stop=stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        reraise=True,
    )


def recording() -> Retrying:
    """Three attempts, a second apart: what has happened outside is to be known here, or it would be repeated."""
    return Retrying(
        retry=retry_if_exception_type(Transient), wait=wait_fixed(1), stop=stop_after_attempt(3), reraise=True
    )
