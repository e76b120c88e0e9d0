"""`python -m tests.faults.launcher COMMAND …`: mailfiler, less patient and with what a test injects by LAUNCH, in JSON.

It has `patience` (constants of modules, by their full names), `clock` (a file with seconds, by which the time
of day is off) and `readers` (whether they read all mail). A message whose text names one of FAULTS suffers it when it
is read, and whoever does leaves his process's number in the file that it names as WITNESS.
"""

from __future__ import annotations

import datetime as dt
import importlib
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def sleeps() -> None:
    threading.Event().wait()


def computes() -> None:
    while True:
        pass


def holds() -> None:
    """Python stands still: a regular expression lets no other thread run."""
    re.match("(a|aa)+$", "a" * 60 + "b")


def is_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


FAULTS: dict[bytes, Callable[[], None]] = {
    b"FAULT sleeps": sleeps,
    b"FAULT computes": computes,
    b"FAULT holds": holds,
    b"FAULT is_killed": is_killed,
}


def shift_clock(file: Path) -> None:
    """The time of day is what the file says later; monotonic time is not touched."""
    real, real_time = dt.datetime, time.time

    def off() -> float:
        return float(file.read_text() or 0)

    class Shifted(real):  # type: ignore[misc, valid-type]
        __slots__ = ()

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return cls.fromtimestamp(real_time() + off(), tz)

    dt.datetime = Shifted  # type: ignore[misc]
    time.time = lambda: real_time() + off()


def inject() -> None:
    stage = importlib.import_module("poller.filing.first_look")
    read = stage.read_message

    def read_or_suffer(source: Any, **how: Any) -> Any:
        for name, fault in FAULTS.items():
            if name in bytes(source):
                sys.stderr.write("suffers\n")
                for path in re.findall(rb"WITNESS (\S+)", bytes(source)):
                    Path(os.fsdecode(path)).write_text(str(os.getpid()))
                fault()
        return read(source, **how)

    stage.read_message = read_or_suffer  # type: ignore[attr-defined]


def main() -> None:
    launch = json.loads(os.environ["LAUNCH"])
    if launch.get("clock"):
        shift_clock(Path(launch["clock"]))
    for name, value in launch.get("patience", {}).items():
        module, _, constant = name.rpartition(".")
        assert hasattr(importlib.import_module(module), constant), name
        setattr(importlib.import_module(module), constant, value)
    inject()
    if launch.get("readers"):
        importlib.import_module("tests.readers.using").use_readers("tests.faults.launcher")
    importlib.import_module("poller.cli").main()


def serve(numbers: Sequence[int]) -> None:
    """What a reader runs."""
    place: Any = importlib.import_module("poller.readers.serve")
    place.ALONE_SECONDS = 5
    inject()
    place.serve(numbers)


if __name__ == "__main__":
    main()
