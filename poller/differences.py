"""What the ledger says of mail, and what lies in the mailbox -> where the two differ. Pure: both sides are given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from poller.filing.reasons import Outcome
from poller.storage.documents import Document, rfc3339
from poller.storage.reconciling import Entry

_UNDER_WAY = timedelta(minutes=15)


class Kind(StrEnum):
    NEVER_DECIDED = "never-decided"
    NOT_SETTLED = "not-settled"
    STILL_IN_INBOX = "still-in-inbox"
    DEFERRED_GONE = "deferred-gone"
    NOT_IN_FOLDER = "not-in-folder"
    FOLDER_REBUILT = "folder-rebuilt"
    UNKNOWN_IN_FOLDER = "unknown-in-folder"
    FILE_LOST = "file-lost"
    NO_DELIVERY = "no-delivery"
    NO_ACTIVITY = "no-activity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`message` is the id in the ledger; `mailbox`, `uidvalidity` and `uid` are where it was looked for."""

    kind: Kind
    expected: str = field(compare=False)
    found: str = field(compare=False)
    message: int | None = None
    activity: int | None = None
    mailbox: str | None = None
    uidvalidity: int | None = None
    uid: int | None = None
    sha256: str | None = None

    def document(self) -> Document:
        return {
            "difference": self.kind.value,
            "message": self.message,
            "activity": self.activity,
            "mailbox": self.mailbox,
            "uidvalidity": self.uidvalidity,
            "uid": self.uid,
            "sha256": self.sha256,
            "expected": self.expected,
            "found": self.found,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`proven` have their one outcome and lie where it belongs, of which `marked` are marked in the inbox.

    The others wait: they are no differences.
    """

    proven: int = 0
    marked: int = 0
    new: int = 0
    deferred: int = 0
    held: int = 0
    moving: int = 0
    next_attempt_at: datetime | None = None

    def __add__(self, other: Counts) -> Counts:
        times = [one for one in (self.next_attempt_at, other.next_attempt_at) if one]
        return Counts(
            proven=self.proven + other.proven,
            marked=self.marked + other.marked,
            new=self.new + other.new,
            deferred=self.deferred + other.deferred,
            held=self.held + other.held,
            moving=self.moving + other.moving,
            next_attempt_at=min(times, default=None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder that was looked into."""

    mailbox: str
    uidvalidity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All below `uidnext` was looked at by polls, of which the last ended at `polled_at`; it is `now`."""

    uidnext: int
    polled_at: datetime | None
    now: datetime

    def may_be_moving(self, entry: Entry) -> bool:
        """Mail is moved in sets: what was decided a moment ago, by a poll that is not over, is no trouble yet."""
        decided = entry.decided_at
        return (
            decided is not None
            and not (self.polled_at and decided <= self.polled_at)
            and (self.now - decided < _UNDER_WAY)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    counts: Counts = Counts()
    differences: tuple[Difference, ...] = ()


def united(parts: Iterable[Compared]) -> Compared:
    counts, differences = Counts(), list[Difference]()
    for part in parts:
        counts += part.counts
        differences += part.differences
    return Compared(counts=counts, differences=tuple(differences))


def compare_unknown(uids: Collection[int], place: Place, moment: Moment) -> Compared:
    """UIDs in the inbox that ought to count, and of which the ledger has no line."""
    differences = tuple(
        Difference(
            kind=Kind.NEVER_DECIDED,
            mailbox=place.mailbox,
            uidvalidity=place.uidvalidity,
            uid=uid,
            expected="one outcome: a poll has looked at it",
            found="no line in the ledger",
        )
        for uid in uids
        if uid < moment.uidnext
    )
    return Compared(counts=Counts(new=len(uids) - len(differences)), differences=differences)


def compare_inbox(entry: Entry, place: Place, moment: Moment, *, is_there: bool) -> Compared:
    """A line of the ledger, and whether its UID is in the inbox."""
    where = "still in the inbox" if is_there else "no longer in the inbox"
    match entry.outcome:
        case None if is_there and entry.uid >= moment.uidnext:
            return Compared(counts=Counts(new=1))
        case None:
            return _differ(entry, place, Kind.NEVER_DECIDED, "one outcome: a worker began with it", where)
        # In a folder lies what is judged again from its source.
        case Outcome.DEFERRED if is_there or entry.folder:
            return Compared(counts=Counts(deferred=1, next_attempt_at=entry.next_attempt_at))
        case Outcome.DEFERRED if entry.next_attempt_at:
            again = rfc3339(entry.next_attempt_at, "seconds")
            return _differ(entry, place, Kind.DEFERRED_GONE, f"deferred, to be tried again at {again}", where)
        case Outcome.HELD if is_there:
            return Compared(counts=Counts(held=1))
        case Outcome.DEFERRED | Outcome.HELD:
            return _PROVEN  # somebody took it away, and the ledger knows
    if not entry.settled and moment.may_be_moving(entry):
        return Compared(counts=Counts(moving=1))
    if not entry.settled:
        return _differ(entry, place, Kind.NOT_SETTLED, f"{entry.outcome}, and settled", f"not settled, and {where}")
    if entry.folder and is_there:
        return _differ(entry, place, Kind.STILL_IN_INBOX, f"{entry.outcome}, and moved to {entry.folder}", where)
    return Compared(counts=Counts(proven=1, marked=1)) if is_there else _PROVEN


def compare_folder(lying: Iterable[Entry], there: Collection[int], place: Place) -> tuple[Difference, ...]:
    """What COPYUID put into a folder, and the UIDs that are there."""
    return tuple(
        Difference(
            kind=Kind.NOT_IN_FOLDER,
            message=entry.id,
            mailbox=place.mailbox,
            uidvalidity=place.uidvalidity,
            uid=entry.folder_uid,
            expected=f"{entry.outcome}, and moved to {entry.folder}",
            found="no longer there",
        )
        for entry in lying
        if entry.settled and entry.folder_uid not in there
    )


_PROVEN = Compared(counts=Counts(proven=1))


def _differ(entry: Entry, place: Place, kind: Kind, expected: str, found: str) -> Compared:
    difference = Difference(
        kind=kind,
        message=entry.id,
        mailbox=place.mailbox,
        uidvalidity=place.uidvalidity,
        uid=entry.uid,
        expected=expected,
        found=found,
    )
    return Compared(differences=(difference,))
