"""What a forked child does: one life of the worker, or the listings of what there is; it ends with the process."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from click.testing import CliRunner

from poller.cli import main
from poller.errors import Transient
from poller.logs import set_up_logging
from poller.settings import load_settings
from poller.worker import Worker, open_worker
from tests.crash import reading
from tests.crash.faults import NOTHING, Fault, Kind, strike
from tests.crash.letters import KILLED
from tests.crash.mutants import MUTANTS
from tests.crash.seams import Moment, Seams
from tests.readers.using import use_readers

LIMIT = 60
"""Seconds: a life that takes longer hangs."""
ROUNDS = 8
"""As often a service tries again within one life: trouble that does not last must not need more."""

DONE, LATER, BROKEN = 0, 75, 70

SMALL = {"WORKERS": "2", "BATCH_SIZE": "2"}
"""Settings with which even a small mailbox is a backlog of several batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """`minutes` the clock is ahead. `once`: trouble ends it, as it does the command; else it goes on as a service.

    `readers`: mail is read by processes of their own, two messages a batch.
    """

    folder: str
    fault: Fault = NOTHING
    minutes: int = 0
    once: bool = True
    mutant: str = ""
    readers: bool = False
    listings: tuple[tuple[str, ...], ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Spec:
        known = json.loads(line)
        fault = known.pop("fault")
        fault |= {"kind": Kind(fault["kind"]), "moment": Moment(fault["moment"])}
        return cls(**known | {"fault": Fault(**fault), "listings": tuple(map(tuple, known["listings"]))})


def run(spec: Spec) -> NoReturn:
    """Never returns. What it has to tell is in `report.json`, what it logged in `log`."""
    signal.alarm(LIMIT)
    folder = Path(spec.folder)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    status = BROKEN
    try:
        if spec.mutant and (MUTANTS[spec.mutant].keyless or not spec.listings):
            MUTANTS[spec.mutant].install()
        status = _list(folder, spec.listings) if spec.listings else _Life(spec, folder).live()
    except BaseException:  # noqa: BLE001 - it is told, and the process ends
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def warm_up(spec: Spec) -> None:
    """One undisturbed life in this process, and every listing."""
    folder = Path(spec.folder)
    settings = load_settings(folder / "settings.env", {})
    set_up_logging("ERROR")
    with open_worker(settings, threading.Event(), lambda *_: None) as worker:
        worker.poll_until_empty()
        worker.send_notices()
    _list(folder, spec.listings)


def _list(folder: Path, listings: tuple[tuple[str, ...], ...]) -> int:
    told = []
    for words in listings:
        ended = CliRunner().invoke(main, ["--settings", str(folder / "settings.env"), *words])
        told.append({"status": ended.exit_code, "out": ended.stdout, "err": ended.stderr})
        if ended.exception and not isinstance(ended.exception, SystemExit):
            traceback.print_exception(ended.exception)
    _report(folder, told)
    return DONE


def _report(folder: Path, told: Any) -> None:
    (folder / "report.json").write_text(json.dumps(told))


class _Life:
    def __init__(self, spec: Spec, folder: Path) -> None:
        self._spec = spec
        self._folder = folder
        self._round = 1
        self._seams = Seams(self._met)

    def live(self) -> int:
        set_up_logging("WARNING")
        logging.raiseExceptions = False
        settings = load_settings(self._folder / "settings.env", SMALL if self._spec.readers else {})
        reading.install_poison()
        if self._spec.readers:
            use_readers("tests.crash.reading")
        self._seams.install(settings.files)
        status = LATER
        while status == LATER and self._round <= (1 if self._spec.once else ROUNDS):
            status = self._serve(settings)
        self._tell()
        return status

    def _serve(self, settings: Any) -> int:
        """With one worker for as long as one can be had, as the service does."""
        try:
            with open_worker(settings, threading.Event(), lambda *_: None, self._now) as worker:
                while (status := self._try(worker)) == LATER and not self._spec.once and self._round < ROUNDS:
                    self._next_round()
                return status
        except Transient as error:
            print("later:", error)
            self._next_round()
            return LATER

    def _try(self, worker: Worker) -> int:
        status = DONE
        for work in (worker.poll_until_empty, worker.send_notices):
            try:
                work()
            except Transient as error:
                print("later:", error)
                status = LATER
        return status

    def _next_round(self) -> None:
        self._round += 1
        self._seams.restart()

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=self._spec.minutes)

    def _met(self, name: str, moment: Moment, about: object) -> None:
        fault = self._spec.fault
        if fault.point == name and fault.moment == moment and self._round <= fault.times:
            strike(fault.kind, about, self._end)

    def _end(self) -> None:
        self._tell()
        os._exit(KILLED)

    def _tell(self) -> None:
        _report(self._folder, self._seams.names)
