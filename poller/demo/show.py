"""The demonstration, from an empty folder to a running service. Everything that it says to a person is here."""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from poller.cli import main as mailfiler
from poller.demo import samples, settings
from poller.demo.imap import Account
from poller.demo.results import show_what_is_filed
from poller.demo.servers import HOST, Ports, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_PORTS = Ports(imap=1143, smtp=2525, dns=1053)
USUAL_FOLDER = Path("var/demo")
PROJECT = f"1001.mycompany@{settings.DOMAIN}"


class Busy(Exception):  # noqa: N818 - a condition, told to a person
    """The folder belongs to a demonstration that is running."""


def demonstrate(folder: Path, *, once: bool) -> int:
    """-> exit status. The samples are delivered at the first start only; what was filed stays in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings.shield_from_environment()
    account = Account(login=f"catch-all@{settings.DOMAIN}", password=secrets.token_hex(16))
    with _alone_in(folder), serving(account, settings.DOMAIN, wanted=USUAL_PORTS) as ports:
        file = settings.write(folder, account, ports)
        print(f"Mail servers for {settings.DOMAIN} on this machine: SMTP {HOST}:{ports.smtp}, IMAP {HOST}:{ports.imap}")
        if status := _first_time(folder, file, ports):
            return status
        show_what_is_filed(partial(_mailfiler, file))
        if once:
            return 0
        _show_what_to_do_next(folder, file)
        return _mailfiler(file, "run")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            problem = f"A demonstration is running in {folder} already: stop it first, or choose another --folder."
            raise Busy(problem) from None
        yield


def _first_time(folder: Path, file: Path, ports: Ports) -> int:
    """Imports the directory, delivers the samples and files them, unless this database has them -> exit status."""
    done = folder / "samples-filed"
    if done.exists() and (folder / settings.DATABASE).exists():
        print(f"The sample messages were filed before. To begin anew: rm -r {shlex.quote(_short(folder))}")
        return 0
    print("\nWho is who, imported from CSV files:")
    for kind in samples.DIRECTORY:
        if status := _mailfiler(file, "import", kind, str(samples.FOLDER / f"{kind}.csv")):
            return status
    _deliver_samples(ports)
    print("\nThe program reads the mailbox:")
    os.environ["LOG_LEVEL"] = "warning"  # what the log says of each message, the tables that follow say better
    status = _mailfiler(file, "once")
    del os.environ["LOG_LEVEL"]
    if not status:
        done.touch()
    return status


def _deliver_samples(ports: Ports) -> None:
    print("\nSample messages, sent over SMTP:")
    for sample in samples.SAMPLES:
        print(f"  {', '.join(sample.recipients):<31} {sample.shows}")
    samples.deliver(HOST, ports.smtp, settings.DOMAIN, time.time())


def _show_what_to_do_next(folder: Path, file: Path) -> None:
    send = _command(Path(sys.executable), "-m", "poller.demo", *_unless_usual(folder), "send", "--to", PROJECT)
    look = _command(Path(sys.executable).with_name("mailfiler"), "--settings", _short(file))
    print(f"""
It keeps running; Ctrl-C ends it. To send it a message of your own, type in another terminal:

  cd {shlex.quote(str(_base()))}
  {send} --subject Hello "It works."

It is filed within a second. To look at what was filed:

  {look} activities
  {look} activity 1
  {look} project 1001
  {look} messages

To use your own mailbox: copy settings.example.env to settings.env, fill in what is required,
and start scripts/run again.
""")


def _command(program: Path, *arguments: str) -> str:
    return shlex.join([_short(program), *arguments])


def _unless_usual(folder: Path) -> tuple[str, ...]:
    return () if _short(folder) == str(USUAL_FOLDER) else ("--folder", _short(folder))


def _base() -> Path:
    """Where the commands are to be typed: beside .venv, so that they are short, or here."""
    return Path(sys.prefix).parent if Path(sys.prefix).name == ".venv" else Path.cwd()


def _short(path: Path) -> str:
    """The path as it is typed there."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow .venv/bin/python out of .venv
    return str(path.relative_to(_base())) if path.is_relative_to(_base()) else str(path)


def _mailfiler(file: Path, *arguments: str) -> int:
    """Runs the program as if its command had been typed -> exit status."""
    sys.stdout.flush()
    status = mailfiler(["--settings", str(file), *arguments], standalone_mode=False)
    return int(status or 0)
