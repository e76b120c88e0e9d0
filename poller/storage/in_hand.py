"""Which messages the worker is looking into at this moment, for the next one to know whether it was they that ended it.

A file that is written and not fsynced outlives its process, though not a loss of power: then nothing is known, and an
attempt at every message under way counts.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import peewee

from models.inbound import Delivery
from poller.storage.lease import Lease
from poller.storage.rows import CHUNK
from poller.wording import many

FORGIVEN = 10
"""So often an attempt that was ended from outside is not held against a message. A message may end a worker by ways
that nobody thought of, while it seems to be in nobody's hand."""

_SIZE = 4096  # octets, written at once; more UIDs than fit in there are as good as none
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a worker that was ended had in hand."""

    epoch_id: int
    uids: frozenset[int]


class InHand:
    """Written before each look into a message's octets, and after the last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def left(self) -> Left | None:
        """None: nothing is known of the worker before."""
        with suppress(OSError, ValueError):
            epoch_id, *uids = self._path.read_text("ascii").split()
            return Left(epoch_id=int(epoch_id), uids=frozenset(map(int, uids)))
        return None

    def take(self, epoch_id: int, uids: Collection[int] = ()) -> None:
        """Only these are being looked into from now on, by default none."""
        words = " ".join(map(str, (epoch_id, *uids))).encode("ascii")
        # What cannot be told is not told: an attempt at everything under way counts then.
        with suppress(OSError):
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.pwrite(self._file, words.ljust(_SIZE) if len(words) <= _SIZE else b"?".ljust(_SIZE), 0)

    def close(self) -> None:
        """At an end in good order: nothing was interrupted, and nothing is to be forgiven."""
        if self._file is not None:
            os.close(self._file)
        self._file = None
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def forgive(left: Left, lease: Lease) -> None:
    """An attempt does not count for messages that were under way, and in nobody's hand, when the worker was ended."""
    under_way = Delivery.outcome.is_null() | Delivery.next_attempt_at.is_null(is_null=False)
    here = (Delivery.epoch == left.epoch_id) & (Delivery.attempts > 0) & (Delivery.forgiven < FORGIVEN) & under_way
    with lease.transaction():
        rows = Delivery.select(Delivery.id, Delivery.uid).where(here)
        spared = [row.id for row in rows if row.uid not in left.uids]
        for chunk in peewee.chunked(spared, CHUNK):
            update = Delivery.update(attempts=Delivery.attempts - 1, forgiven=Delivery.forgiven + 1)
            update.where(Delivery.id << list(chunk)).execute()
    if spared:
        _log.info(
            "%s under way when the last worker was ended, and not the reason",
            many(len(spared), "message was", "messages were"),
        )
