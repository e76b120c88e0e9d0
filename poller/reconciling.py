"""The ledger and the mailbox side by side: does every message seen have one outcome, and lie where that says?

Nothing is changed, not even a flag. A worker may be at work meanwhile: what differs counts where it still does a moment
later, when both sides were looked at anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from poller.differences import (
    Compared,
    Counts,
    Difference,
    Kind,
    Moment,
    Place,
    compare_folder,
    compare_inbox,
    compare_unknown,
    united,
)
from poller.filing.reasons import Outcome
from poller.filing.settlement import settlement_of
from poller.mailbox.inbox import Inbox
from poller.settings import Settings
from poller.storage import reconciling as ledger
from poller.storage.files import holds
from poller.storage.reconciling import Likeness, Seen, Stored
from poller.wording import many

_MOMENT_SECONDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`counts` of the last look, and what differed in both."""

    counts: Counts
    differences: tuple[Difference, ...]


def reconcile(settings: Settings, wait: Callable[[float], object] = time.sleep) -> Report:
    """With a database open. Raises Transient when the mailbox or the database is out of reach."""
    first = _Look(settings).everything()
    if not first.differences:
        return Report(counts=first.counts, differences=())
    wait(_MOMENT_SECONDS)
    again = _Look(settings).everything()
    still = set(first.differences)
    return Report(counts=again.counts, differences=tuple(one for one in again.differences if one in still))


class _Look:
    """One look at both sides, over one connection that can change nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._mailbox = ""
        self._places: dict[str, Place] = {}  # of the folders that exist, by the name that the ledger has

    def everything(self) -> Compared:
        with Inbox(self._settings.imap, examine=True) as inbox:
            self._mailbox = inbox.name
            seen = ledger.last_seen(inbox.name)
            if seen is None:
                return Compared()
            found = self._inbox(inbox, seen)
            names = ledger.folder_names(inbox.name)
            lost = tuple(one for name in names for one in self._folder(inbox, name))
        files = tuple(self._files())
        missing = sum(one.kind is Kind.NOT_IN_FOLDER for one in lost)
        earlier = ledger.count_earlier(self._mailbox, seen.id)
        counts = replace(found.counts, proven=found.counts.proven + earlier - missing)
        return Compared(counts=counts, differences=(*found.differences, *lost, *files, *_rows()))

    def _inbox(self, inbox: Inbox, seen: Seen) -> Compared:
        place = Place(mailbox=inbox.name, uidvalidity=inbox.uidvalidity)
        if seen.uidvalidity != inbox.uidvalidity:
            return Compared(
                differences=(_rebuilt(place, f"UIDVALIDITY {seen.uidvalidity}: the next poll begins anew"),)
            )
        moment = Moment(uidnext=seen.uidnext, polled_at=seen.polled_at, now=datetime.now(UTC))
        return united(self._windows(inbox, seen, place, moment))

    def _windows(self, inbox: Inbox, seen: Seen, place: Place, moment: Moment) -> Iterator[Compared]:
        """A page of the ledger, and the UIDs that are there as far as it goes."""
        after, is_last = seen.start_uid - 1, False
        while not is_last:
            page = ledger.entries(seen.id, after)
            is_last = len(page) < ledger.PAGE
            highest = max((entry.uid for entry in page), default=after)
            through = max(highest, inbox.uidnext - 1) if is_last else highest
            there = set(inbox.search(after + 1, through))
            yield from (compare_inbox(entry, place, moment, is_there=entry.uid in there) for entry in page)
            yield compare_unknown(_counting(inbox, seen, there.difference(entry.uid for entry in page)), place, moment)
            after = through

    def _folder(self, inbox: Inbox, folder: str) -> Iterator[Difference]:
        if not inbox.turn_to(folder):
            yield from self._removed(folder)
            return
        place = self._places[folder] = Place(mailbox=inbox.name, uidvalidity=inbox.uidvalidity)
        before = ledger.rebuilt_since(self._mailbox, folder, inbox.uidvalidity)
        if before:
            yield _rebuilt(place, f"{many(before, 'message')} under another UIDVALIDITY")
        unknown: list[int] = []
        first, after, is_last = None, 0, False
        while not is_last:
            page = ledger.placed(self._mailbox, folder, inbox.uidvalidity, after)
            is_last = len(page) < ledger.PAGE
            known = {entry.folder_uid for entry in page if entry.folder_uid}
            first = first or min(known, default=None)
            highest = max(known, default=after)
            through = max(highest, inbox.uidnext - 1) if is_last else highest
            there = set(inbox.search(after + 1, through)) if first else set()
            yield from self._missing(compare_folder(page, there, place))
            # What is older than anything that was put there is the administrator's own affair.
            unknown += [uid for uid in there - known if first and uid > first]
            after = through
        yield from self._unknown(inbox, folder, place, unknown)

    def _removed(self, folder: str) -> Iterator[Difference]:
        """One that the settings do not name any more is the administrator's own affair."""
        names = {one.folder for outcome in Outcome if (one := settlement_of(outcome, self._settings.folders))}
        if folder in names:
            yield Difference(
                kind=Kind.FOLDER_REBUILT,
                mailbox=self._mailbox,
                expected=f"{ledger.rebuilt_since(self._mailbox, folder, 0)} messages in {folder}",
                found="there is no such folder",
            )

    def _missing(self, differences: Collection[Difference]) -> Iterator[Difference]:
        """Without what somebody moved back to the inbox, from where it was filed once more."""
        again = ledger.came_again({one.message for one in differences if one.message})
        return (one for one in differences if one.message not in again)

    def _unknown(self, inbox: Inbox, folder: str, place: Place, uids: Iterable[int]) -> Iterator[Difference]:
        """Without what a worker that was killed moved and recorded no UID of."""
        alike = {one.uid: Likeness(internal_date=one.internal_date, size=one.size) for one in inbox.describe(uids)}
        unplaced = ledger.unplaced(self._mailbox, folder, {one.size for one in alike.values()})
        for uid, likeness in sorted(alike.items()):
            if unplaced[likeness] > 0:
                unplaced[likeness] -= 1
                continue
            yield Difference(
                kind=Kind.UNKNOWN_IN_FOLDER,
                mailbox=place.mailbox,
                uidvalidity=place.uidvalidity,
                uid=uid,
                expected="mail that the ledger knows",
                found="mail that it does not know, newer than some that it does",
            )

    def _files(self) -> Iterator[Difference]:
        for stored in ledger.stored_files():
            if not holds(self._settings.files, stored.sha256, stored.size):
                yield self._lost(stored)

    def _lost(self, stored: Stored) -> Difference:
        """With where its message lies, from where the file could be had again."""
        places = ledger.places_of(stored)
        known = (one for one in places if one.folder and one.folder_uid)
        for one in known:
            place = self._places.get(one.folder or "")
            if place and place.uidvalidity == one.folder_uidvalidity:
                return _file_lost(stored, one.delivery, place, one.folder_uid)
        return _file_lost(stored, places[0].delivery if places else None)


def _counting(inbox: Inbox, seen: Seen, uids: Collection[int]) -> set[int]:
    """Those that START_POLICY=since: does not pass over."""
    old = {uid for uid in uids if uid < seen.first_uidnext} if seen.since else set()
    return set(uids) - old.difference(inbox.search(min(old), max(old), seen.since) if old else ())


def _rebuilt(place: Place, expected: str) -> Difference:
    return Difference(
        kind=Kind.FOLDER_REBUILT,
        mailbox=place.mailbox,
        uidvalidity=place.uidvalidity,
        expected=expected,
        found=f"it was rebuilt: its UIDVALIDITY is {place.uidvalidity}",
    )


def _file_lost(stored: Stored, message: int | None, place: Place | None = None, uid: int | None = None) -> Difference:
    what = "the source of the message" if stored.delivery else "an attachment of the message"
    return Difference(
        kind=Kind.FILE_LOST,
        message=message,
        mailbox=place.mailbox if place else None,
        uidvalidity=place.uidvalidity if place else None,
        uid=uid,
        sha256=stored.sha256,
        expected=f"{what}, {many(stored.size, 'octet')} in the file store",
        found="no such file, or not these octets",
    )


def _rows() -> Iterator[Difference]:
    for activity in ledger.activities_without_delivery():
        yield Difference(kind=Kind.NO_DELIVERY, activity=activity, expected="the message that was filed", found="none")
    for message in ledger.filed_without_activity():
        yield Difference(kind=Kind.NO_ACTIVITY, message=message, expected="the activity it was filed as", found="none")
