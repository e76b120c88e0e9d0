"""Hostile messages delivered to a worker that runs, among ordinary ones: what became of each, and what it cost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.judging import MEBIBYTE, is_too_long
from tests.hostile.making import Kind
from tests.hostile.working import Working, working
from tests.servers.dovecot import Kind as Server
from tests.servers.dovecot import running
from tests.workplace import Workplace, mail

ORDINARY = 10
"""After so many hostile messages comes an ordinary one."""

MEMORY = 300 * MEBIBYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    name: str
    seconds: float
    peak: int
    settled: bool

    @property
    def too_much(self) -> bool:
        return not self.settled or is_too_long(self.seconds) or self.peak > MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How it went: `outcomes` by UID from the ledger, of all that was delivered; `filed` of the ordinary ones."""

    delivered: Sequence[Delivered]
    ordinary: int
    filed: int
    outcomes: Sequence[str | None]

    @property
    def wrong(self) -> list[str]:
        said = [f"{one.name} cost too much, or is not settled" for one in self.delivered if one.too_much]
        total = 1 + len(self.delivered) + self.ordinary
        if len(self.outcomes) != total or None in self.outcomes:
            said.append(f"{len(self.outcomes)} of {total} messages have an outcome")
        if self.filed != self.ordinary:
            said.append(f"{self.filed} of {self.ordinary} ordinary messages are filed")
        return said


def deliver(kinds: Sequence[Kind], part: float, tell: Callable[[Delivered], None]) -> Ended:
    """One by one to a service at Dovecot, which must be alive in the end."""
    with running(Server()) as dovecot, tempfile.TemporaryDirectory() as folder:
        workplace = Workplace(folder=Path(folder), dovecot=dovecot, user=dovecot.user())
        workplace.import_directory()
        found: list[Delivered] = []
        ordinary = 0
        with working(workplace, mail(0), DNS_TIMEOUT="1s") as worker:
            for number, kind in enumerate(kinds, 1):
                source = kind.make(max(1, int(kind.count * part))).replace(b"<hostile@", b"<%d@" % number, 1)
                found.append(_cost(worker, kind.name, source))
                tell(found[-1])
                if number % ORDINARY == 0:
                    ordinary += 1
                    worker.handle(mail(ordinary))
            assert worker.alive
        ledger = workplace.listing("messages")
        subjects = [one["subject"] for one in workplace.listing("activities")]
    filed = sum(f"Message {number}" in subjects for number in range(1, ordinary + 1))
    return Ended(delivered=found, ordinary=ordinary, filed=filed, outcomes=[one["outcome"] for one in ledger])


def _cost(worker: Working, name: str, source: bytes) -> Delivered:
    worker.forget_peak()
    began = worker.seconds
    settled = worker.handle(source)
    return Delivered(name=name, seconds=worker.seconds - began, peak=worker.peak, settled=settled)
