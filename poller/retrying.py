"""The retry policies, by name: only what may be repeated without harm, and only where waiting can help."""

from __future__ import annotations

import random

from tenacity import Retrying, retry_if_exception_type
from tenacity.stop import stop_after_attempt
from tenacity.wait import wait_fixed

from poller.errors import Transient


def pause_after(failures: int) -> float:
    """How many failures there were in a row -> seconds until it is tried again: 30 s, 1 min, 2 min … 15 min.

    With jitter, so that many workers do not come back together.
    """
    return min(30 * 2.0 ** min(failures - 1, 10), 15 * 60) * random.uniform(1, 1.25)  # noqa: S311 - not a secret


def recording() -> Retrying:
    """Three attempts, a second apart: what has happened outside is to be known here, or it would be repeated."""
    return Retrying(
        retry=retry_if_exception_type(Transient), wait=wait_fixed(1), stop=stop_after_attempt(3), reraise=True
    )
