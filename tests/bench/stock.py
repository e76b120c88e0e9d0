"""Workloads kept as Maildirs, made once: a run gets a mailbox of its own by hard links, which copies nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.bench.workload import WORKLOADS, zone
from tests.servers.dovecot import Dovecot, User, give

STOCKS = Path(__file__).resolve().parents[2] / ".bench" / "stocks"

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A workload on the disk. `attachments`: the SHA-256 of each, as often as sent; `zone`: what the DNS says."""

    name: str
    folder: Path
    messages: int
    octets: int
    attachments: Sequence[str]
    zone: Mapping[str, Sequence[str]]

    def mailbox(self, dovecot: Dovecot, *, empty: bool = False) -> User:
        """Somebody new, who has all of it as new mail, or is to get it."""
        name = f"bench{next(_numbers)}"
        user = User(name=name, password=dovecot.password, maildir=dovecot.home / "mail" / name)
        for part in (user.maildir, *(user.maildir / name for name in ("tmp", "cur", "new"))):
            part.mkdir(parents=True)
            give(part)
        for path in () if empty else self.sources():
            os.link(path, user.maildir / "new" / path.name)
        return user

    def sources(self) -> list[Path]:
        """The messages, each in a file, in the order of their arrival."""
        return sorted((self.folder / "new").iterdir())


def stock(workload: str, messages: int, folder: Path) -> Stock:
    """The workload of that name and length; made where it is not there yet, at 1-5 ms a message."""
    place = folder / f"{workload}-{messages}"
    if not (place / "stock.json").exists():
        _make(workload, messages, place)
    known = json.loads((place / "stock.json").read_text())
    return Stock(name=f"{workload} {messages:,}", folder=place, messages=messages, **known)


def _make(workload: str, messages: int, place: Path) -> None:
    (place / "new").mkdir(parents=True, exist_ok=True)
    octets, attachments = 0, []
    for number, letter in enumerate(WORKLOADS[workload](messages)):
        if number % 1_000 == 0:
            print(f"making {workload}: {number:,} of {messages:,}", file=sys.stderr)
        path = place / "new" / f"{1_700_000_000 + number}.M{number}P1.bench"
        path.write_bytes(letter.source)
        os.utime(path, (letter.arrived.timestamp(), letter.arrived.timestamp()))
        give(path)
        octets += len(letter.source)
        attachments += letter.attachments
    known = {"octets": octets, "attachments": attachments, "zone": zone()}
    (place / "stock.json").write_text(json.dumps(known))
