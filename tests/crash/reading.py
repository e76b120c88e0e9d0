"""What ends whoever reads the mail of a life: the worker itself, or a reader."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from poller.filing import first_look
from tests.crash.letters import KILLED, POISON


def install_poison() -> None:
    """A message that ends whatever process looks into it."""
    plain = first_look.read_message

    def read_message(source: Any, **named: Any) -> Any:
        if f"Subject: {POISON}".encode() in source[:10_000]:
            os._exit(KILLED)
        return plain(source, **named)

    first_look.read_message = read_message


def serve(numbers: Sequence[int]) -> None:
    """What a reader runs."""
    from poller.readers.serve import serve as serve_them  # noqa: PLC0415 - in a reader only

    install_poison()
    serve_them(numbers)
