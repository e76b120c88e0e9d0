"""Ports of this machine, and waiting for somebody to listen there."""

from __future__ import annotations

import socket
import time
from contextlib import suppress


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def listens(port: int, seconds: float) -> bool:
    """Waits until somebody accepts connections at the port."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(ConnectionRefusedError, TimeoutError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.02)
    return False
