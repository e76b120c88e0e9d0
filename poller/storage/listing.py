"""What was asked for -> documents, oldest first.

They are read page by page along the ids, so that a first page costs the same however much is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.activity import Activity, ActivityProject, Participant
from models.inbound import Delivery, Mailbox
from poller.storage.documents import Document, activity_documents, message_documents, with_related

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFilter:
    """Ids of rows; every one that is set must hold. `user` owns the activity or takes part in it."""

    organization: int | None = None
    project: int | None = None
    customer: int | None = None
    user: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    outcome: str | None = None
    reason: str | None = None


def list_activities(wanted: ActivityFilter, limit: int | None = None) -> Iterator[Document]:
    query = with_related(Activity.select(Activity))
    if wanted.project is not None:
        linked = ActivityProject.select(ActivityProject.activity).where(ActivityProject.project == wanted.project)
        query = query.where(Activity.id << linked)
    if wanted.user is not None:
        taken_part = Participant.select(Participant.activity).where(Participant.user == wanted.user)
        query = query.where((Activity.owner == wanted.user) | (Activity.id << taken_part))
    if wanted.customer is not None:
        query = query.where(Activity.customer == wanted.customer)
    if wanted.organization is not None:
        query = query.where(Activity.organization == wanted.organization)
    if wanted.since is not None:
        query = query.where(Activity.date >= wanted.since)
    return _paged(query, Activity.id, activity_documents, limit)


def get_activity(activity_id: int) -> Document | None:
    found = list(with_related(Activity.select(Activity)).where(Activity.id == activity_id))
    return activity_documents(found)[0] if found else None


def list_messages(wanted: MessageFilter, limit: int | None = None) -> Iterator[Document]:
    """The ledger: every message that was decided about."""
    query = Delivery.select(Delivery, Mailbox).join(Mailbox).where(Delivery.outcome.is_null(is_null=False))
    if wanted.outcome is not None:
        query = query.where(Delivery.outcome == wanted.outcome)
    if wanted.reason is not None:
        query = query.where(Delivery.reason == wanted.reason)
    return _paged(query, Delivery.id, message_documents, limit)


def _paged(
    query: Any,  # noqa: ANN401 - peewee's queries have no useful types
    key: Any,  # noqa: ANN401 - as its columns
    to_documents: Callable[[Sequence[Any]], list[Document]],
    limit: int | None,
) -> Iterator[Document]:
    """Keyset paging: each page begins behind the last id of the one before."""
    last, left = 0, limit
    while left is None or left > 0:
        size = _PAGE if left is None else min(_PAGE, left)
        rows = list(query.where(key > last).order_by(key).limit(size))
        yield from to_documents(rows)
        if len(rows) < size:
            return
        last = rows[-1].id
        left = None if left is None else left - len(rows)
