"""What the ledger says of where mail lies, and what the tables say of files: page by page, to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import peewee

from models.activity import Activity, Attachment, StoredFile
from models.inbound import Delivery, Epoch, Mailbox
from poller.filing.reasons import Outcome
from poller.storage.database import database_errors
from poller.storage.rows import CHUNK, tuples

PAGE: Final = 10_000
_STAYING: Final = (Outcome.DEFERRED, Outcome.HELD)
_IS_DECIDED: Final = Delivery.outcome.is_null(is_null=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The current epoch of a mailbox: UIDs from `start_uid` on count, of those below `first_uidnext` what is `since`.

    All below `uidnext` were looked at; `polled_at` is when the last poll came to its end.
    """

    id: int
    uidvalidity: int
    start_uid: int
    since: date | None
    first_uidnext: int
    uidnext: int
    polled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the ledger: what became of a message, and where it lies."""

    id: int
    uid: int
    outcome: str | None
    decided_at: datetime | None
    settled: bool
    next_attempt_at: datetime | None
    folder: str | None
    folder_uidvalidity: int | None
    folder_uid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What a message keeps when it is moved (RFC 9051, 6.4.7): by it one is found whose new UID nobody recorded."""

    internal_date: datetime
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A content that is to be in the file store. With `delivery` it is a source, and `size` its server's word."""

    sha256: str
    size: int
    delivery: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the message of a delivery lies, as far as is known."""

    delivery: int
    folder: str | None
    folder_uidvalidity: int | None
    folder_uid: int | None


@database_errors()
def last_seen(mailbox: str) -> Seen | None:
    """None: it was never polled."""
    rows = Epoch.select().join(Mailbox).where(Mailbox.name == mailbox).order_by(Epoch.id.desc()).limit(1)
    row = next(iter(rows), None)
    if row is None:
        return None
    return Seen(
        id=row.id,
        uidvalidity=row.uidvalidity,
        start_uid=row.start_uid,
        since=row.start_since,
        first_uidnext=row.first_uidnext,
        # At its beginning it is only where the first poll is to end.
        uidnext=row.uidnext if row.last_poll_at else row.start_uid,
        polled_at=row.last_poll_at,
    )


@database_errors()
def entries(epoch_id: int, after_uid: int) -> list[Entry]:
    """The next page of the epoch's messages, by their UIDs."""
    query = _entries().where(Delivery.epoch == epoch_id, Delivery.uid > after_uid)
    return [_entry(row) for row in query.order_by(Delivery.uid).limit(PAGE)]


@database_errors()
def known_uids(epoch_id: int, low: int) -> set[int]:
    """The UIDs from `low` on that the ledger has a line of."""
    rows = Delivery.select(Delivery.uid).where(Delivery.epoch == epoch_id, Delivery.uid >= low)
    return {uid for (uid,) in tuples(rows)}


@database_errors()
def count_earlier(mailbox: str, epoch_id: int) -> int:
    """Messages of earlier epochs, whose UIDs mean nothing any more."""
    return int(Delivery.select().where(_of(mailbox), Delivery.epoch != epoch_id, _IS_DECIDED).count())


@database_errors()
def folder_names(mailbox: str) -> list[str]:
    """The folders in which COPYUID told where mail came to lie."""
    query = Delivery.select(Delivery.folder).where(_of(mailbox), Delivery.folder_uid.is_null(is_null=False))
    return sorted(name for (name,) in tuples(query.distinct()))


@database_errors()
def placed(mailbox: str, folder: str, uidvalidity: int, after_uid: int) -> list[Entry]:
    """The next page of what lies in that folder, by its UIDs there."""
    query = _entries().where(_in_folder(mailbox, folder, uidvalidity), Delivery.folder_uid > after_uid)
    return [_entry(row) for row in query.order_by(Delivery.folder_uid).limit(PAGE)]


@database_errors()
def rebuilt_since(mailbox: str, folder: str, uidvalidity: int) -> int:
    """How many messages were put into the folder before it was rebuilt; 0 when something was put there since."""
    in_folder = _of(mailbox) & (Delivery.folder == folder) & Delivery.folder_uid.is_null(is_null=False)
    if Delivery.select().where(in_folder, Delivery.folder_uidvalidity == uidvalidity).exists():
        return 0
    return int(Delivery.select().where(in_folder).count())


@database_errors()
def came_again(ids: Collection[int]) -> set[int]:
    """Those deliveries whose octets were delivered once more and settled: somebody moved them back to the inbox."""
    later = Delivery.alias()
    found: set[int] = set()
    for chunk in peewee.chunked(ids, CHUNK):
        query = Delivery.select(Delivery.id).join(later, on=(later.source_sha256 == Delivery.source_sha256))
        query = query.where(Delivery.id << list(chunk), later.id > Delivery.id, later.settled_at.is_null(is_null=False))
        found.update(row_id for (row_id,) in tuples(query))
    return found


@database_errors()
def unplaced(mailbox: str, folder: str, sizes: Collection[int]) -> Counter[Likeness]:
    """Mail of those sizes that is in the folder, or on its way to some folder, and whose UID there nobody recorded."""
    found: Counter[Likeness] = Counter()
    is_there = (Delivery.folder == folder) & Delivery.folder_uid.is_null()
    for chunk in peewee.chunked(set(sizes), CHUNK):
        query = Delivery.select(Delivery.internal_date, Delivery.size).where(
            _of(mailbox),
            Delivery.size << list(chunk),
            is_there | Delivery.settled_at.is_null(),
            _IS_DECIDED,
            Delivery.outcome.not_in(_STAYING),
        )
        found.update(Likeness(internal_date=moment, size=size) for moment, size in tuples(query))
    return found


@database_errors()
def unaccounted(mailbox: str, folder: str, uidvalidity: int, uidnext: int) -> int:
    """How many UIDs of the folder are above all that are known, and explained by nothing that was put there since.

    0 where nothing is known of the folder. A worker that was killed may have moved mail and recorded no UIDs, and what
    was judged again since may have lain there before.
    """
    lying = Delivery.select(Delivery.folder_uid, Delivery.settled_at).where(_in_folder(mailbox, folder, uidvalidity))
    known, settled_at = next(tuples(lying.order_by(Delivery.folder_uid.desc()).limit(1)), (uidnext, None))
    if known >= uidnext - 1:
        return 0
    since = Delivery.settled_at >= settled_at
    on_its_way = _IS_DECIDED & Delivery.settled_at.is_null()
    there = Delivery.folder_uid.is_null() & (((Delivery.folder == folder) & since) | on_its_way)
    left = Delivery.retried_at.is_null(is_null=False) & (Delivery.folder != folder) & since
    put = Delivery.select().where(_of(mailbox), there | left).count()
    return max(int(uidnext - 1 - known - put), 0)


@database_errors()
def stored_files() -> Iterator[Stored]:
    """Every content that is to be in the file store."""
    last = ""
    while page := list(tuples(_files_behind(last))):
        yield from (Stored(sha256=sha256, size=size, delivery=None) for sha256, size in page)
        last = page[-1][0]
    after = 0
    while page := list(tuples(_sources_behind(after))):
        yield from (Stored(sha256=sha256, size=size, delivery=row_id) for row_id, sha256, size in page)
        after = page[-1][0]


@database_errors()
def places_of(stored: Stored) -> list[Place]:
    """The messages that a content came with, the newest first."""
    query = Delivery.select(Delivery.id, Delivery.folder, Delivery.folder_uidvalidity, Delivery.folder_uid)
    if stored.delivery:
        query = query.where(Delivery.id == stored.delivery)
    else:
        having = Attachment.select(Attachment.activity).where(Attachment.file == stored.sha256)
        query = query.where(Delivery.activity << having)
    return [
        Place(delivery=row.id, folder=row.folder, folder_uidvalidity=row.folder_uidvalidity, folder_uid=row.folder_uid)
        for row in query.order_by(Delivery.id.desc())
    ]


@database_errors()
def activities_without_delivery() -> list[int]:
    """Activities that no message in the ledger came to."""
    query = Activity.select(Activity.id).join(Delivery, peewee.JOIN.LEFT_OUTER, on=(Delivery.activity == Activity.id))
    return [row_id for (row_id,) in tuples(query.where(Delivery.id.is_null()).order_by(Activity.id))]


@database_errors()
def filed_without_activity() -> list[int]:
    """Deliveries that were filed as nothing."""
    filed = Delivery.outcome << (Outcome.FILED, Outcome.DUPLICATE)
    query = Delivery.select(Delivery.id).join(Activity, peewee.JOIN.LEFT_OUTER, on=(Delivery.activity == Activity.id))
    query = query.where(filed, Activity.id.is_null())
    return [row_id for (row_id,) in tuples(query.order_by(Delivery.id))]


@database_errors()
def referred(sha256s: Iterable[str]) -> set[str]:
    """Those contents that a row refers to, as an attachment or as a kept source."""
    found: set[str] = set()
    for chunk in peewee.chunked(sha256s, CHUNK):
        wanted = list(chunk)
        attached = StoredFile.select(StoredFile.sha256).where(StoredFile.sha256 << wanted)
        kept = Delivery.select(Delivery.source_sha256).where(Delivery.source_sha256 << wanted, Delivery.source_kept)
        found.update(sha256 for query in (attached, kept) for (sha256,) in tuples(query))
    return found


def _of(mailbox: str) -> Any:  # noqa: ANN401 - peewee's expressions have no useful types
    return Delivery.epoch << Epoch.select(Epoch.id).join(Mailbox).where(Mailbox.name == mailbox)


def _in_folder(mailbox: str, folder: str, uidvalidity: int) -> Any:  # noqa: ANN401 - as above
    here = (Delivery.folder == folder) & (Delivery.folder_uidvalidity == uidvalidity)
    return _of(mailbox) & here & Delivery.folder_uid.is_null(is_null=False)


def _entries() -> Any:  # noqa: ANN401 - as above
    return Delivery.select(
        Delivery.id,
        Delivery.uid,
        Delivery.outcome,
        Delivery.decided_at,
        Delivery.settled_at,
        Delivery.next_attempt_at,
        Delivery.folder,
        Delivery.folder_uidvalidity,
        Delivery.folder_uid,
    )


def _entry(row: Delivery) -> Entry:
    return Entry(
        id=row.id,
        uid=row.uid,
        outcome=row.outcome,
        decided_at=row.decided_at,
        settled=row.settled_at is not None,
        next_attempt_at=row.next_attempt_at,
        folder=row.folder,
        folder_uidvalidity=row.folder_uidvalidity,
        folder_uid=row.folder_uid,
    )


def _files_behind(sha256: str) -> Any:  # noqa: ANN401 - as above
    query = StoredFile.select(StoredFile.sha256, StoredFile.size).where(StoredFile.sha256 > sha256)
    return query.order_by(StoredFile.sha256).limit(PAGE)


def _sources_behind(delivery_id: int) -> Any:  # noqa: ANN401 - as above
    query = Delivery.select(Delivery.id, Delivery.source_sha256, Delivery.size)
    return query.where(Delivery.id > delivery_id, Delivery.source_kept).order_by(Delivery.id).limit(PAGE)
