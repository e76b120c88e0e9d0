"""Mail that a person wants judged again: asked for in the ledger, and done by the worker of its mailbox."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import peewee

from models.base import database
from models.inbound import Delivery, Epoch, Mailbox
from poller.filing.reasons import Outcome, Reason
from poller.mail.message import MessageRef
from poller.storage.composed import Composed, Query
from poller.storage.database import database_errors
from poller.storage.files import path_in
from poller.storage.lease import Lease
from poller.storage.rows import CHUNK

RETRIABLE: Final = (Outcome.REJECTED, Outcome.QUARANTINED, Outcome.REVIEW, Outcome.HELD)

FROM_SOURCE: Final = (
    Delivery.retried_at.is_null(is_null=False) & Delivery.source_kept & (Delivery.outcome != Outcome.HELD.value)
)
"""What is judged again, if it is, from its kept source, wherever the message lies; everything else from the mailbox."""

_STAYING: Final = (Outcome.DEFERRED, Outcome.HELD)


class CannotRetry(Exception):  # noqa: N818 - an answer, not a failure
    """Nothing is judged again: one sentence for each message that cannot be."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriable:
    """A message that may be judged again. One that `is_held` is in the mailbox, if anywhere."""

    id: int
    ref: MessageRef
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message to be judged again from its source. `interrupted`: a worker began with it and did not finish."""

    id: int
    epoch_id: int
    ref: MessageRef
    internal_date: datetime
    size: int
    source_sha256: str
    interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """Where a message that was judged again lies, as far as is known; without a `folder` where it arrived."""

    id: int
    epoch_id: int
    ref: MessageRef
    outcome: Outcome
    folder: str | None
    folder_uidvalidity: int | None
    folder_uid: int | None


@database_errors()
def find_retriable(ids: Iterable[int], account: str, files: Path) -> list[Retriable]:
    """The messages, all of which came to a folder of the account ("user@host/"). Raises CannotRetry otherwise.

    `files` is the folder of the file store.
    """
    wanted = list(dict.fromkeys(ids))
    rows = {row.id: row for chunk in peewee.chunked(wanted, CHUNK) for row in _with_epochs(Delivery.id << list(chunk))}
    found = [_Asked(row=rows.get(one), id=one) for one in wanted]
    problems = [problem for one in found if (problem := one.problem(account, files))]
    if problems:
        raise CannotRetry(*problems)
    return [Retriable(id=one.id, ref=_ref(one.row), is_held=one.row.outcome == Outcome.HELD) for one in found]


@database_errors()
def ask(wanted: Collection[Retriable], now: datetime) -> None:
    """Marks all of them, or none: the worker of the mailbox does the rest, however often it dies over it."""
    may_be = (Delivery.outcome << RETRIABLE) & (Delivery.source_kept | (Delivery.outcome == Outcome.HELD))
    with database.atomic():
        for chunk in peewee.chunked((one.id for one in wanted), CHUNK):
            update = Delivery.update(next_attempt_at=now, retried_at=now, attempts=0)
            if update.where(Delivery.id << list(chunk), may_be).execute() != len(chunk):
                raise CannotRetry("the worker has just changed some of these messages; look at them, and ask again")


def due(mailbox: str, at: datetime) -> list[Kept]:
    """What is to be judged again from its source by then, of whatever epoch of the mailbox, in the order of its age."""
    return [
        Kept(
            id=row_id,
            epoch_id=epoch_id,
            ref=MessageRef(mailbox=mailbox, uidvalidity=uidvalidity, uid=uid),
            internal_date=internal_date,
            size=size,
            source_sha256=sha256,
            interrupted=attempts > 0,
        )
        for row_id, epoch_id, uidvalidity, uid, internal_date, size, sha256, attempts in sorted(_due.rows(mailbox, at))
    ]


def give_up(lost: Iterable[int], lease: Lease) -> None:
    """Messages whose source was lost meanwhile keep their outcome, and are not judged again."""
    detail = peewee.fn.COALESCE(Delivery.detail.concat("; "), "").concat("its source is lost: it is not tried again")
    with lease.transaction():
        for chunk in peewee.chunked(lost, CHUNK):
            update = Delivery.update(next_attempt_at=None, attempts=0, source_kept=False, detail=detail)
            update.where(Delivery.id << list(chunk)).execute()


def unsettled(mailbox: str) -> list[Lying]:
    """Messages that were judged again and perhaps do not lie where they belong now."""
    return [
        Lying(
            id=row_id,
            epoch_id=epoch_id,
            ref=MessageRef(mailbox=mailbox, uidvalidity=uidvalidity, uid=uid),
            outcome=Outcome(outcome),
            folder=folder,
            folder_uidvalidity=folder_uidvalidity,
            folder_uid=folder_uid,
        )
        for row_id, epoch_id, uidvalidity, uid, outcome, folder, folder_uidvalidity, folder_uid in sorted(
            _unsettled.rows(mailbox)
        )
    ]


@Composed
def _due(mailbox: str, at: datetime) -> Query:
    columns = (Delivery.internal_date, Delivery.size, Delivery.source_sha256, Delivery.attempts)
    return _of(mailbox, *columns).where(FROM_SOURCE, Delivery.next_attempt_at <= at)


@Composed
def _unsettled(mailbox: str) -> Query:
    decided = Delivery.outcome.is_null(is_null=False) & Delivery.outcome.not_in(_STAYING)
    again = Delivery.retried_at.is_null(is_null=False) & Delivery.next_attempt_at.is_null()
    columns = (Delivery.outcome, Delivery.folder, Delivery.folder_uidvalidity, Delivery.folder_uid)
    return _of(mailbox, *columns).where(Delivery.settled_at.is_null(), decided, again)


def _of(mailbox: str, *columns: Query) -> Query:
    """Not ordered: there are few, and the database might read the whole ledger to have them in the order of ids."""
    rows = Delivery.select(Delivery.id, Delivery.epoch, Epoch.uidvalidity, Delivery.uid, *columns)
    return rows.join(Epoch).join(Mailbox).where(Mailbox.name == mailbox)


def settle(lying: Sequence[Lying], lease: Lease, now: datetime) -> None:
    """The messages lie there now, which is where they stay."""
    with lease.transaction():
        for one in lying:
            update = Delivery.update(
                settled_at=now,
                folder=one.folder,
                folder_uidvalidity=one.folder_uidvalidity,
                folder_uid=one.folder_uid,
            )
            update.where(Delivery.id == one.id).execute()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A message that was asked for, if there is one."""

    row: Any
    id: int

    def problem(self, account: str, files: Path) -> str | None:
        """Why it cannot be judged again."""
        row = self.row
        if row is None or row.outcome is None:
            return f"there is no message {self.id}; `mailfiler messages` lists them"
        if row.outcome == Outcome.DEFERRED:
            return f"message {self.id} is deferred, and no retry is needed: it is tried again by itself"
        if row.outcome not in RETRIABLE:
            return f"message {self.id} is {row.outcome}: only rejected, quarantined, review and held mail is retried"
        if not row.epoch.mailbox.name.startswith(account):
            return f"message {self.id} came to {row.epoch.mailbox.name}, which is not the mailbox of these settings"
        return self._missing_in_mailbox() if row.outcome == Outcome.HELD else self._missing_in_store(files)

    def _missing_in_mailbox(self) -> str | None:
        newest = Epoch.select(peewee.fn.MAX(Epoch.id)).where(Epoch.mailbox == self.row.epoch.mailbox_id).scalar()
        if self.row.epoch_id == newest:
            return None
        return f"message {self.id} was held before its mailbox was rebuilt: what lies there now has another ID"

    def _missing_in_store(self, files: Path) -> str | None:
        if Reason.MESSAGE_TOO_LARGE.slug in self.row.reasons:
            return f"message {self.id} was larger than MAX_MESSAGE_SIZE: no source of it is kept"
        if self.row.source_sha256 is None:
            return f"message {self.id} could never be read: no source of it is kept"
        if not self.row.source_kept:
            return f"no source of message {self.id} is kept; see KEEP_SOURCE and RETAIN_SOURCES"
        path = path_in(files, self.row.source_sha256)
        return None if path.is_file() else f"no source of message {self.id} is kept any more: {path} is lost"


def _with_epochs(*conditions: Any) -> list[Any]:  # noqa: ANN401 - peewee's expressions and rows
    """Deliveries with their epochs and mailboxes."""
    rows = Delivery.select(Delivery, Epoch, Mailbox).join(Epoch).join(Mailbox).where(*conditions)
    return list(rows)


def _ref(row: Any) -> MessageRef:  # noqa: ANN401 - as above
    return MessageRef(mailbox=row.epoch.mailbox.name, uidvalidity=row.epoch.uidvalidity, uid=row.uid)
