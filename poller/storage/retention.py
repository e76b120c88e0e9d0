"""What the administrator does not want to keep for ever, dropped: never what a message is recognised by.

Work goes on a few hundred rows at a time, each lot in a transaction of its own. Of a source only the row's word that it
is kept is dropped: the file is an orphan then, unless it is an attachment too, and is swept like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import peewee

from models.inbound import Delivery
from models.notice import Notice
from poller.filing.reasons import Outcome
from poller.storage.database import database_errors
from poller.storage.lease import Lease
from poller.storage.rows import CHUNK, tuples

_OVER = ("sent", "failed", "suppressed")
_OPEN = (Outcome.DEFERRED, Outcome.HELD)


@database_errors()
def drop_sources(decided_before: datetime, lease: Lease) -> int:
    """Sources of messages that were decided and settled by then, and are not to be tried again -> how many."""
    old = _is_over(decided_before) & Delivery.source_kept
    return _each(Delivery, old, lease, lambda lot: Delivery.update(source_kept=False).where(lot))


@database_errors()
def blank_messages(decided_before: datetime, lease: Lease) -> int:
    """What describes such messages, to a person -> how many. Their keys, identities and outcomes stay."""
    blank: dict[str, object] = {"author": None, "message_id": None, "subject": None, "detail": None, "recipients": []}
    told = Delivery.recipients != peewee.SQL("'[]'")  # a list would be taken for one of values
    for field in (Delivery.author, Delivery.message_id, Delivery.subject, Delivery.detail):
        told |= field.is_null(is_null=False)
    old = _is_over(decided_before) & told
    return _each(Delivery, old, lease, lambda lot: Delivery.update(blank).where(lot))


@database_errors()
def blank_notices(ended_before: datetime, lease: Lease) -> int:
    """The octets and addresses of notices that were over by then -> how many.

    What makes a notice the only one of its kind, and the hashes that budgets go by, stay.
    """
    blank: dict[str, object] = {"address": "", "recipient": None, "message": None, "error": None}
    told = Notice.address != ""
    for field in (Notice.recipient, Notice.message, Notice.error):
        told |= field.is_null(is_null=False)
    old = (Notice.state << _OVER) & (Notice.updated_at < ended_before) & told
    return _each(Notice, old, lease, lambda lot: Notice.update(blank).where(lot))


def _is_over(decided_before: datetime) -> Any:  # noqa: ANN401 - peewee's expressions have no useful types
    return (
        (Delivery.decided_at < decided_before)
        & Delivery.outcome.not_in(_OPEN)
        & Delivery.settled_at.is_null(is_null=False)
        & Delivery.next_attempt_at.is_null()
    )


def _each(model: Any, old: Any, lease: Lease, update: Callable[[Any], Any]) -> int:  # noqa: ANN401 - as above
    """Lots along the ids: no row is read twice, and nobody waits for long."""
    done = 0
    for ids in _lots(model, old):
        with lease.transaction():
            # What began anew since it was read, such as a retry, is no longer old.
            done += update((model.id << ids) & old).execute()
    return done


def _lots(model: Any, old: Any) -> Iterator[list[int]]:  # noqa: ANN401 - as above
    last = 0
    while ids := [row_id for (row_id,) in tuples(_behind(model, old, last))]:
        yield ids
        last = ids[-1]


def _behind(model: Any, old: Any, row_id: int) -> Any:  # noqa: ANN401 - as above
    return model.select(model.id).where(model.id > row_id, old).order_by(model.id).limit(CHUNK)
