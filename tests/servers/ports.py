"""Ports of this machine, and waiting for somebody to listen there."""

from __future__ import annotations

import random
import socket
import time
from contextlib import suppress

# Below those that the system gives to connections, or to port 0: one of them may be gone before it is used.
_PORTS = range(20_000, 32_000)
_chance = random.SystemRandom()  # others are seeded, alike in all processes of tests


def free_port() -> int:
    """A port that nobody listens at now."""
    while True:
        with socket.socket() as line, suppress(OSError):
            line.bind(("127.0.0.1", _chance.choice(_PORTS)))
            return int(line.getsockname()[1])


def listens(port: int, seconds: float) -> bool:
    """Waits until somebody accepts connections at the port."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(ConnectionRefusedError, TimeoutError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.02)
    return False
