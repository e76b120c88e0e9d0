"""Whether a session that ended with its access token is opened again at once."""

from __future__ import annotations

import time
from typing import Final

from poller.mailbox.errors import LoginExpired

_SECONDS: Final = 60


class Renewals:
    """Of the sessions of one thread. Within a minute it is done once for each kind of token, old and fresh.

    Threads that share their tokens could else make each other's old for ever, where a server takes none of them.
    """

    def __init__(self) -> None:
        self._latest: dict[bool, float] = {}

    def at_once(self, ended: LoginExpired) -> bool:
        before, now = self._latest.get(ended.fresh), time.monotonic()
        self._latest[ended.fresh] = now
        return before is None or now - before > _SECONDS
