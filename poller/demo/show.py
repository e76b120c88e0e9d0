"""The demonstration, from an empty folder to a running service; everything printed to a person is printed here."""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from poller.cli import main as mailfiler
from poller.demo import samples, settings
from poller.demo.imap import Account
from poller.demo.servers import HOST, Ports, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_PORTS = Ports(imap=1143, smtp=2525)
DEFAULT_FOLDER = Path("var/demo")


class Busy(Exception):  # noqa: N818 - a condition, told to a person
    """The folder belongs to a demonstration that is running."""


def demonstrate(folder: Path, *, once: bool) -> int:
    """-> exit status. The samples are delivered at the first start only; what was filed stays in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    settings.shield_from_environment()
    account = Account(login=f"catch-all@{settings.DOMAIN}", password=secrets.token_hex(16))
    with _alone_in(folder), serving(account, settings.DOMAIN, wanted=USUAL_PORTS) as ports:
        file = settings.write(folder, account, ports)
        print(f"An IMAP server listens on {HOST}:{ports.imap} and an SMTP server on {HOST}:{ports.smtp}, both on this machine alone.")
        _first_start(folder, file, ports)
        status = _mailfiler(file, "once")
        _show_what_was_filed(file)
        if once or status:
            return status
        _show_what_to_do_next(folder, file)
        return _mailfiler(file, "run")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(f"A demonstration is running in {folder} already: stop it first, or choose another --folder.") from None
        yield
