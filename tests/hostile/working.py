"""A worker as it is run, at a real server: a process of its own, whose CPU and memory are looked at from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.hostile.judging import resident
from tests.patience import PATIENCE
from tests.servers.dovecot import User
from tests.workplace import Workplace

ROOT = Path(__file__).parents[2]
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(kw_only=True)
class Working:
    """A service that runs. `idle` is its memory after it has filed an ordinary message, `peak` the most it ever had.

    `left` messages stay in the inbox.
    """

    process: subprocess.Popen[bytes]
    workplace: Workplace
    user: User
    idle: int = 0
    children: dict[int, int] = field(default_factory=dict)
    left: int = 0

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def peak(self) -> int:
        """Of the process and the largest of its children: there is one at a time."""
        return resident("VmHWM", self.process.pid) + max(self.children.values(), default=0)

    @property
    def seconds(self) -> float:
        """CPU of the process and of its children, dead or alive."""
        return sum(map(_seconds, (self.process.pid, *self._living())))

    def forget_peak(self) -> None:
        """The most that it has counts from here."""
        self.children.clear()
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def is_settled(self) -> bool:
        for child in self._living():
            with suppress(OSError, StopIteration):
                self.children[child] = max(resident("VmHWM", child), self.children.get(child, 0))
        assert self.alive, "the service has ended"
        return self.user.count() <= self.left

    def handle(self, source: bytes) -> bool:
        """Delivers a message -> whether it has left the inbox within a sensible time."""
        self.user.deliver(source)
        end = time.monotonic() + PATIENCE
        while not self.is_settled():
            if time.monotonic() > end:
                self.left = self.user.count()  # deferred, where the server does not hand it out
                return False
            time.sleep(0.02)
        return True

    def _living(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        found: list[str] = []
        for task in tasks:
            with suppress(OSError):  # the thread has just ended
                found += task.read_text().split()
        return [int(pid) for pid in found]


@contextmanager
def working(workplace: Workplace, first: bytes, **settings: str) -> Iterator[Working]:
    """A service that has filed the first message, and waits."""
    assert workplace.user
    path = workplace.write_settings(**settings)
    with (workplace.folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "poller", "--settings", str(path), "run"]
        process = subprocess.Popen(command, stderr=log, cwd=ROOT)
    try:
        opened = Working(process=process, workplace=workplace, user=workplace.user)
        assert opened.handle(first)
        opened.idle = resident("VmRSS", process.pid)
        opened.forget_peak()
        yield opened
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _seconds(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICK
    return 0.0
