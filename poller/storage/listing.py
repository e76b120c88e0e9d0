"""What was asked for -> documents, oldest first.

They are read page by page along an index, so that a first page costs the same however much is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import peewee

from models.activity import Activity, ActivityProject, Participant
from models.inbound import Delivery
from models.organization import Organization
from poller.storage.database import snapshot
from poller.storage.documents import Document, activity_documents, message_documents, with_related
from poller.storage.rows import CHUNK, tuples

_PAGE = 200
_TOO_LARGE = 1 << 63  # for a database even to be asked for
_EARLY = 2_000  # what is filed before that id is looked at before the index of dates is


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
    """`organization` is the id of its row."""

    organization: int | None = None
    outcome: str | None = None
    reason: str | None = None


def list_activities(
    wanted: ActivityFilter,
    limit: int | None = None,
    *,
    without: Collection[str] = (),
    to_documents: Callable[[Sequence[Activity]], list[Document]] = activity_documents,
) -> Iterator[Document]:
    """In the order of filing. `without` names keys that are left out, and not even read."""
    before = _before_any_since(wanted.since) if wanted.since else 0

    def read(last: Activity | None, size: int) -> list[Activity]:
        return _load(_behind_id(wanted, last.id if last else before, size), without)

    for document in _paged(read, to_documents, limit):
        yield {key: value for key, value in document.items() if key not in without}


def count_activities(wanted: ActivityFilter) -> int:
    """How many are listed."""
    ids: Any = None
    for query, _ in _sources(wanted):
        some = query.where(*_conditions(wanted)) if _conditions(wanted) else query
        ids = some if ids is None else ids | some
    return int(ids.count())


def get_activity(activity_id: int, organization: int | None = None) -> Document | None:
    """With an organization, only if it is that one's."""
    found = _load([activity_id]) if activity_id < _TOO_LARGE else []
    if not found or organization not in {None, found[0].organization_id}:
        return None
    return activity_documents(found)[0]


def list_messages(wanted: MessageFilter, limit: int | None = None) -> Iterator[Document]:
    """The ledger: every message that was decided about.

    An organization's are looked for among all: 60 ms where it has few of 100,000. With an index of their own a database
    would look along that one for what was refused, too, which takes as long and is asked far more often.
    """
    query = _with_organization()
    if wanted.organization is not None:
        query = query.where(Delivery.organization == wanted.organization)
    if wanted.outcome is not None:
        query = query.where(Delivery.outcome == wanted.outcome)
    if wanted.reason is not None:
        query = query.where(Delivery.reason == wanted.reason)
    query = query.where(Delivery.outcome.is_null(is_null=False)).order_by(Delivery.id)

    def read(last: Delivery | None, size: int) -> list[Delivery]:
        return list(query.where(Delivery.id > (last.id if last else 0)).limit(size))

    return _paged(read, message_documents, limit)


def get_messages(ids: Sequence[int]) -> list[Document]:
    """In the order of the ids; one that does not exist is absent."""
    chunks = (_with_organization().where(Delivery.id << chunk) for chunk in peewee.chunked(ids, CHUNK))
    rows = {row.id: row for query in chunks for row in query}
    return message_documents([rows[one] for one in ids if one in rows])


def _with_organization() -> Any:  # noqa: ANN401 - peewee's queries have no useful types
    return Delivery.select(Delivery, Organization).join(Organization, peewee.JOIN.LEFT_OUTER)


def messages_of(organization: int, ids: Sequence[int]) -> set[int]:
    """Those of the ids that are messages of the organization's."""
    mine = Delivery.select(Delivery.id).where(Delivery.organization == organization)
    chunks = (mine.where(Delivery.id << chunk) for chunk in peewee.chunked(ids, CHUNK))
    return {found for query in chunks for (found,) in tuples(query)}


_Row = TypeVar("_Row")


def _paged(
    read: Callable[[_Row | None, int], list[_Row]],
    to_documents: Callable[[list[_Row]], list[Document]],
    limit: int | None,
) -> Iterator[Document]:
    """Keyset paging: each page begins behind the last row of the one before, and is read as of one moment."""
    last, left = None, limit
    while left is None or left > 0:
        size = _PAGE if left is None else min(_PAGE, left)
        with snapshot():
            rows = read(last, size)
            documents = to_documents(rows)
        yield from documents
        if len(rows) < size:
            return
        last = rows[-1]
        left = None if left is None else left - len(rows)


def _load(ids: list[int], without: Collection[str] = ()) -> list[Activity]:
    """The activities in the order of their ids in the list, with what documents read of other tables."""
    columns = [field for field in Activity._meta.sorted_fields if field.name not in without]  # noqa: SLF001 - documented
    rows = {row.id: row for row in with_related(Activity.select(*columns)).where(Activity.id << ids)}
    return [rows[one] for one in ids if one in rows]


def _behind_id(wanted: ActivityFilter, last: int, size: int) -> list[int]:
    """The narrowest table that knows the filter gives the ids, in the order of an index of its own."""
    found: set[int] = set()
    for query, key in _sources(wanted):
        page = query.where(key > last, *_conditions(wanted)).order_by(key).limit(size)
        found.update(one for (one,) in tuples(page))
    return sorted(found)[:size]


def _before_any_since(since: datetime) -> int:
    """An id just before the first activity of that date or a later one: mail is mostly filed in the order of dates."""
    is_late = Activity.date >= since
    found = Activity.select(peewee.fn.MIN(Activity.id)).where(Activity.id <= _EARLY, is_late).scalar()
    if found is None:
        # For the smallest id itself a database would look along the ids, past everything that is older.
        found = Activity.select(peewee.fn.MIN(Activity.id + 0)).where(is_late).scalar()
    return _TOO_LARGE - 1 if found is None else int(found) - 1


def _sources(wanted: ActivityFilter) -> Iterator[tuple[Any, Any]]:
    """Queries of ids, whose union is what is wanted, and the column that each is ordered by."""
    if wanted.project is not None:
        links = ActivityProject.select(ActivityProject.activity).join(Activity)
        yield links.where(ActivityProject.project == wanted.project), ActivityProject.activity
    elif wanted.customer is None and wanted.user is not None:
        yield Activity.select(Activity.id).where(Activity.owner == wanted.user), Activity.id
        taking_part = Participant.select(Participant.activity).where(Participant.user == wanted.user)
        yield taking_part.join(Activity), Participant.activity
    else:
        yield Activity.select(Activity.id), Activity.id


def _conditions(wanted: ActivityFilter) -> list[Any]:
    """What is asked of the activity itself."""
    conditions = []
    if wanted.customer is not None:
        conditions.append(Activity.customer == wanted.customer)
    if wanted.organization is not None:
        conditions.append(Activity.organization == wanted.organization)
    if wanted.since is not None:
        conditions.append(Activity.date >= wanted.since)
    if wanted.user is not None and (wanted.project, wanted.customer) != (None, None):
        # Asked of each activity by itself: a user may have far more than a project or a customer.
        takes_part = (Participant.activity == Activity.id) & (Participant.user == wanted.user)
        his = peewee.fn.EXISTS(Participant.select(peewee.SQL("1")).where(takes_part))
        conditions.append((Activity.owner == wanted.user) | his)
    return conditions
