"""mailfiler as a service, as a benchmark sees it: up and waiting, and what it has filed, read from its database."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.contestants import prepare_mailfiler
from tests.bench.measure import FailedRunError
from tests.bench.race import Race

_PATIENCE = 300
_LOOK_SECONDS = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`pid` is that of its first process."""

    pid: int
    log: Path
    database: sqlite3.Connection

    def filed(self) -> int:
        """Activities that are committed."""
        return int(self.database.execute("SELECT count(*) FROM activity").fetchone()[0])

    def settled(self) -> int:
        """Messages that are done with."""
        query = "SELECT count(*) FROM delivery WHERE settled_at IS NOT NULL"
        return int(self.database.execute(query).fetchone()[0])

    def await_filed(self, number: int) -> float:
        """Until so many are committed -> the moment (monotonic), to 2 ms."""
        end = time.monotonic() + _PATIENCE
        seen = -1
        while time.monotonic() < end:
            version = self.database.execute("PRAGMA data_version").fetchone()[0]
            # It costs less than counting, and changes with each commit.
            if version != seen and self.filed() >= number:
                return time.monotonic()
            seen = version
            time.sleep(_LOOK_SECONDS)
        said = self.log.read_text(errors="replace")[-2_000:]
        raise FailedRunError(f"{number} were to be filed, and {self.filed()} are: {said}")

    def await_settled(self, number: int) -> None:
        end = time.monotonic() + _PATIENCE
        while self.settled() < number:
            if time.monotonic() > end:
                raise FailedRunError(f"{number} were to be settled, and {self.settled()} are")
            time.sleep(0.02)


@contextmanager
def running(race: Race) -> Iterator[Service]:
    """`mailfiler run`, once it waits for mail; it ends with SIGTERM."""
    prepare_mailfiler(race)
    log = race.folder / "output"
    with log.open("wb") as output:
        process = subprocess.Popen(race.command("run"), cwd=race.folder, stdout=output, stderr=output)
    try:
        _await_words(log, "watching INBOX", process)
        with closing(sqlite3.connect(race.folder / "mailfiler.db", isolation_level=None)) as database:
            yield Service(pid=process.pid, log=log, database=database)
    finally:
        process.terminate()
        process.wait(60)


def _await_words(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while words not in (said := log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > end:
            raise FailedRunError(f"the service did not start: {said[-2_000:]}")
        time.sleep(0.02)
