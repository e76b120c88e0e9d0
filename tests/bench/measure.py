"""A command as a whole: how long it took, and how much memory it and its children had at once."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A look at all pages of all processes takes them some milliseconds: more often, it would be what is measured.
_SAMPLE_SECONDS = 0.5


class FailedRunError(Exception):
    """Which command, how it ended, and what it said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run took. `peak`: octets of memory of all its processes together; pages that they share count once."""

    seconds: float
    cpu_seconds: float
    peak: int


def cost_of(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Runs it to its end in that folder. Raises FailedRunError if it does not end with 0."""
    log = folder / "output"
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        with peaks_of(process.pid) as peaks:
            # Of it and of its children, which Popen would not tell.
            _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = log.read_text(errors="replace")[-2_000:]
        raise FailedRunError(f"{command[0]} ended with {process.returncode}: {said}")
    return Cost(
        seconds=seconds,
        cpu_seconds=used.ru_utime + used.ru_stime,
        # Of one process, what lived only between two samples counts too. (`ru_maxrss` begins with what we have.)
        peak=max(peaks.together, peaks.alone),
    )


@dataclass(slots=True)
class Peaks:
    """Octets of memory, the most so far: of all processes together when looked at, and of one of them ever."""

    together: int = 0
    alone: int = 0


@contextmanager
def peaks_of(pid: int) -> Iterator[Peaks]:
    """Of a process and all that it started."""
    ended = threading.Event()
    peaks = Peaks()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            processes = family(pid)
            peaks.together = max(peaks.together, sum(memory_of(one) for one in processes))
            peaks.alone = max(peaks.alone, *(_octets(Path(f"/proc/{one}/status"), "VmHWM:") for one in processes))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def memory_of_all(pid: int) -> int:
    """Octets, of a process and all that it started."""
    return sum(memory_of(one) for one in family(pid))


def family(pid: int) -> list[int]:
    """A process and all that it started, as far as they live."""
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            left += map(int, _read(task).split())
    return found


def memory_of(pid: int) -> int:
    """Its octets of memory; of what it shares with others, its part (PSS)."""
    return _octets(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _octets(file: Path, name: str) -> int:
    for line in _read(file).splitlines():
        if line.startswith(name):
            return int(line.split()[1]) << 10
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended
        return ""
