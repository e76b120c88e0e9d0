"""One message as the worker handles it once it was fetched, in a process of its own, and what that cost."""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Event

from poller.mail.message import Fetched, MessageRef, Octets
from poller.mailbox.describing import LARGE
from poller.settings import Settings
from poller.storage.database import connected
from poller.storage.decided import Decided
from poller.storage.epochs import View, open_epoch
from poller.worker import Worker, mailbox_name, open_worker
from tests.cpu import slowness

MEBIBYTE = 1 << 20
CPU_SECONDS = 2.0
MEMORY = 300 * MEBIBYTE
WORKER = 80 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """`seconds` of CPU and `peak` octets of the process and its child together; `idle` is what it had before.

    Whoever measures may have more than a worker has, which then is `WORKER`.
    """

    outcome: str
    size: int
    seconds: float
    idle: int
    peak: int

    @property
    def too_much(self) -> bool:
        return self.outcome == "none" or is_too_long(self.seconds) or self.peak - self.idle > MEMORY - WORKER


def is_too_long(seconds: float) -> bool:
    return seconds > CPU_SECONDS and seconds > CPU_SECONDS * slowness()


def cost_of(source: Path, settings: Settings, number: int) -> Cost:
    """Forks, so that what is measured starts warm, as a worker is, and nothing of it is left."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        _report(writing, source, settings, number)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    os.waitpid(process, 0)
    return (
        Cost(**json.loads(told))
        if told
        else Cost(outcome="none", size=source.stat().st_size, seconds=0, idle=0, peak=0)
    )


def _report(writing: int, source: Path, settings: Settings, number: int) -> None:
    try:
        logging.basicConfig(stream=sys.stderr, level=logging.ERROR, force=True)
        cost = _measured(source, settings, number)
        os.write(writing, json.dumps(asdict(cost)).encode())
    finally:
        os._exit(0)


def _measured(source: Path, settings: Settings, number: int) -> Cost:
    with open_worker(settings, Event(), lambda _done, _total: None) as worker, connected():
        fetched = fetched_from(source, settings, worker, number)
        gc.collect()
        _forget_peak()
        idle, began = resident("VmRSS"), _cpu()
        (outcome,) = decide(worker, settings, [fetched])
        child = worker._expander._child.pid
        peak = resident("VmHWM") + (resident("VmHWM", child) if child else 0)
        worker.close()  # the child is waited for, so that its time counts
        return Cost(outcome=outcome, size=fetched.size, seconds=_cpu() - began, idle=idle, peak=peak)


def decide(worker: Worker, settings: Settings, fetched: Sequence[Fetched]) -> list[str]:
    """What each came to; "none" where our own code failed on it."""
    view = View(mailbox=mailbox_name(settings), uidvalidity=1, uidnext=1, uidnext_told=True)
    epoch = open_epoch(view, settings.start_policy, worker._lease, datetime.now(UTC))
    decided = {one.ref.uid: one for one in worker._deciding(worker._ledger(epoch)).decide(fetched)}
    return [_in_words(decided.get(one.ref.uid)) for one in fetched]


def _in_words(decided: Decided | None) -> str:
    if decided is None:
        return "none"
    return f"{decided.outcome} ({decided.reason.slug})" if decided.reason else str(decided.outcome)


def fetched_from(source: Path, settings: Settings, worker: Worker, number: int) -> Fetched:
    """As `mailbox.fetching` hands it over."""
    path, size = None, source.stat().st_size
    with source.open("rb") as opened:
        octets: Octets = opened.read(LARGE)
    oversized = size > settings.max_message_size
    if size > LARGE and not oversized:
        path = Path(shutil.copy(source, worker._store.spool))
        with path.open("rb") as opened:
            octets = mmap(opened.fileno(), 0, access=ACCESS_READ)
    return Fetched(
        ref=MessageRef(mailbox=mailbox_name(settings), uidvalidity=1, uid=number),
        internal_date=datetime.now(UTC),
        size=size,
        source=octets,
        spooled=path,
        oversized=oversized,
    )


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def resident(what: str, process: int | str = "self") -> int:
    """VmRSS or VmHWM, in octets."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{what}:"))
