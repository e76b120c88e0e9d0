"""Who reads the mail of a life: the worker itself, or readers, from the first message on; and what ends either."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from poller import deciding
from poller.filing import first_look
from poller.readers import readers
from tests.crash.faults import KILLED
from tests.crash.letters import POISON

_RUN = readers._RUN.replace("from poller.readers.serve", "from tests.crash.reading")


def install_poison() -> None:
    """A message that ends whatever process looks into it."""
    plain = first_look.read_message

    def read_message(source: Any, **named: Any) -> Any:
        if f"Subject: {POISON}".encode() in source[:10_000]:
            os._exit(KILLED)
        return plain(source, **named)

    first_look.read_message = read_message


def use_readers() -> None:
    """Nothing is read before they are ready."""
    are_ready = readers.Readers.are_ready.fget

    def wait_for_them(group: readers.Readers) -> bool:
        while group._lines and not are_ready(group):
            time.sleep(0.005)
        return are_ready(group)

    deciding.MANY = 1
    readers._RUN = _RUN
    readers.Readers.are_ready = property(wait_for_them)


def serve(numbers: Sequence[int]) -> None:
    """What a reader runs."""
    from poller.readers.serve import serve as serve_them  # noqa: PLC0415 - in a reader only

    install_poison()
    serve_them(numbers)
