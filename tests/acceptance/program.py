"""The program, as a person runs it: a settings file, a command, what it printed and how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
LIMIT = 60
"""Seconds; nothing here takes more than a few."""


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

    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "poller", "--settings", str(self.settings), *map(str, words)]

    def bare(self, *words: str | Path, **more: str) -> Ended:
        """The command line exactly as given, run in the program's folder; `more` is added to the environment."""
        done = subprocess.run(
            [sys.executable, "-m", "poller", *map(str, words)],
            cwd=self.folder,
            env=environment() | more,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

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
def started(program: Program, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command while it runs; it is killed at the end if it still does."""
    with (
        (program.folder / "started.log").open("ab") as log,
        subprocess.Popen(
            program.command(*words),
            cwd=program.folder,
            env=environment(),
            stdout=log,
            stderr=log,
        ) as process,
    ):
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
