"""How the service fares -> the service manager that started it, where that wants to know: sd_notify(3), sd_watchdog(3).

The packages for it have not been touched since 2017 (sdnotify) or need systemd's own library (cysystemd).
"""

from __future__ import annotations

import logging
import os
import socket

_log = logging.getLogger(__name__)

# Of the time after which silence is a hang: half of it is what the manager asks for, and a machine may be busy.
_BEAT_AFTER = 1 / 4
_LOOK_AFTER = 1 / 8


def tell(*assignments: str, within: float = 1) -> None:
    """Such as `READY=1`, a line each, in one datagram. Without a manager that listens: nothing.

    `within` is how many seconds one may take that has much to listen to.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    lines = "\n".join(" ".join(one.split()) for one in assignments)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(within)
            manager.connect("\0" + address[1:] if address.startswith("@") else address)  # @: in the abstract namespace
            manager.sendall(lines.encode(errors="replace"))
    except (OSError, ValueError) as error:
        _log.debug("the service manager was not told %r: %s", lines, error)


class Heart:
    """Beats for the manager's watchdog, no oftener than it must; not at all where there is none.

    `look_seconds` is the longest pause between two calls of `beat` with which it is on time.
    """

    def __init__(self) -> None:
        patience = _patience()
        self.look_seconds = patience * _LOOK_AFTER
        self._beat_seconds = patience * _BEAT_AFTER
        self._beat_at = float("-inf")

    def beat(self, now: float) -> None:
        """To be called again and again, with monotonic time."""
        if now - self._beat_at >= self._beat_seconds < float("inf"):
            self._beat_at = now
            tell("WATCHDOG=1", within=0)  # who watches waits for nobody


def _patience() -> float:
    """Seconds of silence that the manager's watchdog bears, of this process and not of one that started it."""
    asked = os.environ.get("WATCHDOG_USEC", "")
    is_meant = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(asked) / 1_000_000 if is_meant and asked.isdecimal() and int(asked) else float("inf")
