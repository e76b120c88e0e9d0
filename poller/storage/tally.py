"""The ledger and the outbox in numbers: what the service tells whoever watches it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import peewee

from models.inbound import Delivery
from models.notice import Notice
from poller.filing.reasons import Outcome
from poller.storage.database import database_errors
from poller.storage.rows import tuples

_NUMBER = peewee.fn.COUNT(peewee.SQL("1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`messages` by outcome and reason, and `notices` as `messages` shows them; `outbox` by state and rule.

    `deferred_since` is when the deferred message was first seen that waits longest, `queued_since` when the notice was
    written that does.
    """

    messages: Counter[tuple[str, str | None]]
    notices: Counter[str]
    outbox: Counter[tuple[str, str | None]]
    deferred_since: datetime | None
    queued_since: datetime | None

    @property
    def deferred(self) -> int:
        return self._of(Outcome.DEFERRED)

    @property
    def held(self) -> int:
        return self._of(Outcome.HELD)

    @property
    def queued(self) -> int:
        """Notices that are to be sent yet."""
        return sum(number for (state, _), number in self.outbox.items() if state in {"pending", "sending"})

    def _of(self, outcome: Outcome) -> int:
        return sum(number for (one, _), number in self.messages.items() if one == outcome)


NOTHING = Tally(messages=Counter(), notices=Counter(), outbox=Counter(), deferred_since=None, queued_since=None)


@database_errors()
def take_tally() -> Tally:
    """Reads every row of both tables: what it costs grows with them. Raises Transient."""
    decided = Delivery.select(Delivery.outcome, Delivery.reason, Delivery.notice, _NUMBER)
    decided = decided.where(Delivery.outcome.is_null(is_null=False))
    messages: Counter[tuple[str, str | None]] = Counter()
    notices: Counter[str] = Counter()
    for outcome, reason, notice, number in tuples(decided.group_by(Delivery.outcome, Delivery.reason, Delivery.notice)):
        messages[outcome, reason] += number
        notices[notice] += number
    written = Notice.select(Notice.state, Notice.rule, _NUMBER).group_by(Notice.state, Notice.rule)
    seen = peewee.fn.COALESCE(Delivery.retried_at, Delivery.seen_at)
    deferred = Delivery.select(Delivery.retried_at, Delivery.seen_at).where(Delivery.outcome == Outcome.DEFERRED)
    queued = Notice.select(Notice.created_at).where(Notice.next_attempt_at.is_null(is_null=False))
    return Tally(
        messages=messages,
        notices=notices,
        outbox=Counter({(state, rule): number for state, rule, number in tuples(written)}),
        deferred_since=next((again or first for again, first in tuples(deferred.order_by(seen).limit(1))), None),
        queued_since=next((one for (one,) in tuples(queued.order_by(Notice.created_at).limit(1))), None),
    )
