"""Readers for whatever there is to read, from the first message on: by themselves they start for a backlog only."""

from __future__ import annotations

import time
from collections.abc import Callable

from poller import deciding
from poller.readers import readers
from poller.readers.readers import Readers


def use_readers(module: str, set_to: Callable[[object, str, object], None] = setattr) -> None:
    """Nothing is read before they are ready. What they run is `serve` of that module."""
    are_ready = Readers.are_ready.fget

    def wait_for_them(group: Readers) -> bool:
        while group._lines and not are_ready(group):
            time.sleep(0.005)
        return are_ready(group)

    set_to(deciding, "MANY", 1)
    set_to(readers, "_RUN", running(module))
    set_to(Readers, "are_ready", property(wait_for_them))


def running(module: str) -> str:
    return readers._RUN.replace("from poller.readers.serve import", f"from {module} import")
