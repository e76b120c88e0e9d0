"""Mailfiler as a process of its own, with the patience of a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import warm
from tests.patience import PATIENCE
from tests.workplace import Workplace

ROOT = Path(__file__).parents[2]

# A tenth of what it really is, and less.
STOPPED_SOON = {"poller.watchdog.GRACE_SECONDS": 1, "poller.schedule.GRACE_SECONDS": 1, "poller.ending.LAST_SECONDS": 3}
HUNG_SOON = {
    "poller.watchdog.SILENCE_SECONDS": 2,
    "poller.watchdog.ABORT_SECONDS": 1,
    "poller.watchdog.HELD_SECONDS": 5,
}
SOON = STOPPED_SOON | HUNG_SOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    process: subprocess.Popen[bytes] | warm.Started
    log_file: Path

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Seconds until it was gone."""
        start = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(PATIENCE)
        return time.monotonic() - start

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start(
    place: Workplace,
    command: str = "run",
    *,
    patience: Mapping[str, float] = STOPPED_SOON,
    clock: Path | None = None,
    log: int | None = None,
    readers: bool = False,
    **settings: str,
) -> Process:
    """`log` is where standard error goes, if not to a file. `readers`: it is they who read the mail."""
    number = len(list(place.folder.glob("log*")))
    log_file = place.folder / f"log{number}"
    launch = {"patience": dict(patience), "clock": str(clock or ""), "readers": readers}
    path = place.write_settings(**settings)
    words = ["tests.faults.launcher", "--settings", str(path), command]
    environment = os.environ | {"LAUNCH": json.dumps(launch)}
    with log_file.open("wb") as file:
        errors = file.fileno() if log is None else log
        if clock:  # is set before anything is imported
            process = subprocess.Popen([sys.executable, "-m", *words], stderr=errors, cwd=ROOT, env=environment)
        else:
            process = warm.started(*words, environment=environment, output=file.fileno(), errors=errors)
    return Process(process=process, log_file=log_file)
