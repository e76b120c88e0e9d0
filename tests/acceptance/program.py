"""The program, as a person runs it: a settings file, a command, what it printed and how it ended."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from tests import warm
from tests.patience import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

REPOSITORY = Path(__file__).parents[2]
DIRECTORY = Path(__file__).parent / "directory"
KINDS = ("users", "customers", "contacts", "projects")
ESSENTIAL = {
    "FILING_ADDRESS": "mycompany@in.example.com",
    "ACTIVITY_TYPE": "E-mail",
    "ACTIVITY_STATUS": "Done",
    "AUTH_POLICY": "monitor",
    "DNS_SERVERS": "127.0.0.1:1",  # nobody is asked about made-up domains
    "IMAP_HOST": "127.0.0.1",
    "IMAP_PORT": "143",
    "IMAP_SECURITY": "plain",
    "IMAP_USERNAME": "catchall",
    "IMAP_PASSWORD": "not-needed",
    "START_POLICY": "all",
    "NOTICE_FROM": "notices@mycompany.example",
}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(frozen=True, slots=True)
class Program:
    """mailfiler with the settings file of one folder."""

    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "settings.env"

    def bare(self, *words: str | Path, **more: str) -> Ended:
        """The command line exactly as given, run in the program's folder; `more` is added to the environment."""
        with TemporaryFile() as out, TemporaryFile() as err:
            with _begun(self.folder, map(str, words), out, err, more) as process:
                process.wait(PATIENCE)
            out.seek(0)
            err.seek(0)
            return Ended(process.wait(), out.read().decode(), err.read().decode())

    def tried(self, *words: str | Path, **more: str) -> Ended:
        """How the command ended, whatever it was."""
        return self.bare("--settings", self.settings, *words, **more)

    def refused(self, status: int, *words: str | Path, **more: str) -> Ended:
        """The command, which must end with this status and say why without a traceback."""
        ended = self.tried(*words, **more)
        assert ended.status == status, f"{words}: exit {ended.status}, expected {status}\n{ended.all}"
        assert ended.err.strip(), words
        assert "Traceback" not in ended.all, ended.all
        return ended

    def do(self, *words: str | Path) -> Ended:
        """The command, which must succeed and must not print a traceback."""
        ended = self.tried(*words)
        assert ended.status == 0, f"{words}: exit {ended.status}\n{ended.all}"
        assert "Traceback" not in ended.all, ended.all
        return ended

    def load(self, organization: str) -> None:
        """The directory of one organization, from its CSV files."""
        folder = DIRECTORY / organization.replace(".", "-")
        for path in (folder / f"{kind}.csv" for kind in KINDS):
            if path.exists():
                self.do("import", path.stem, path, "--organization", organization)


def environment() -> dict[str, str]:
    """The environment of the program: nothing of ours but what Python needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(REPOSITORY)}


@contextmanager
def started(program: Program, *words: str) -> Iterator[warm.Started]:
    """The command while it runs; it is killed at the end if it still does."""
    whole = ["--settings", str(program.settings), *words]
    with (
        (program.folder / "started.log").open("ab") as log,
        _begun(program.folder, whole, log, log, {}) as process,
    ):
        yield process


@contextmanager
def _begun(
    folder: Path, words: Iterable[str], out: IO[bytes], err: IO[bytes], more: Mapping[str, str]
) -> Iterator[warm.Started]:
    with warm.started(
        "poller", *words, folder=folder, environment=environment() | more, output=out.fileno(), errors=err.fileno()
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def installed(
    folder: Path, settings: dict[str, str], organizations: Mapping[str, Mapping[str, str]] | None = None
) -> Program:
    """A folder with a settings file and those of further organizations."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.env").write_text(lines(ESSENTIAL | settings))
    for name, more in (organizations or {}).items():
        (folder / "organizations").mkdir(exist_ok=True)
        (folder / "organizations" / f"{name}.env").write_text(lines(more))
    return Program(folder)


def lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in settings.items())
