"""Attempts that are given back: the infrastructure failed, not the message."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import peewee

from models.inbound import Delivery
from poller.errors import ConfigurationError, Transient
from poller.storage.lease import Lease
from poller.storage.rows import CHUNK


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """Attempts at messages of an epoch, and the number that the ledger had when they were made, by UID."""

    epoch_id: int
    attempts: Mapping[int, int]


class Attempts:
    """What a worker owes to messages. Where the database is away just then, it is remembered until it is back."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._owed: list[_Counted] = []

    def give_back(self, epoch_id: int, attempts: Mapping[int, int]) -> None:
        """Now, or with the next `pay`. `attempts` is what each UID's count has been since this attempt began."""
        if attempts:
            self._owed.append(_Counted(epoch_id=epoch_id, attempts=dict(attempts)))
        with suppress(Transient, ConfigurationError):
            self.pay()

    def pay(self) -> None:
        """First thing in a poll, before anything is counted anew. Raises Transient: it is still owed."""
        while self._owed:
            with self._lease.transaction():
                for attempts in set(self._owed[0].attempts.values()):
                    _uncount(self._owed[0], attempts)
            self._owed.pop(0)


def _uncount(counted: _Counted, attempts: int) -> None:
    """Where the count is no longer what it was, it was given back already, by a commit of which no answer came."""
    waiting = Delivery.outcome.is_null() | Delivery.next_attempt_at.is_null(is_null=False)
    same = (Delivery.epoch == counted.epoch_id) & (Delivery.attempts == attempts) & waiting
    uids = [uid for uid, count in counted.attempts.items() if count == attempts]
    for chunk in peewee.chunked(uids, CHUNK):
        Delivery.update(attempts=attempts - 1).where(same, Delivery.uid << list(chunk)).execute()
