"""Mail that was judged again -> moved from where it lies to where it belongs now.

A kill at any moment is harmless: what is decided stays unsettled until it lies there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from poller.deciding import Clock
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.filing.settlement import Settlement, settlement_of
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import SettleReport, Way
from poller.settings import Settings, Settle
from poller.storage import retries
from poller.storage.lease import Lease
from poller.storage.retries import Lying
from poller.telling import tell_settled

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resettling:
    """Over an inbox that may be turned to other folders meanwhile; `epoch_id` is its current epoch."""

    settings: Settings
    inbox: Inbox
    epoch_id: int
    lease: Lease
    now: Clock

    def run(self) -> None:
        """Whatever lies elsewhere than it should, folder by folder; where nobody knows where it lies, it stays."""
        unsettled = retries.unsettled(self.inbox.name)
        found = [one for one in unsettled if self._is_known(one)]
        self._leave([one for one in unsettled if not self._is_known(one)], "its server never told where it put it")
        here = [one for one in found if one.folder is None]
        self._settle(here)
        elsewhere = sorted((one for one in found if one.folder), key=lambda one: one.folder or "")
        if not elsewhere:
            return
        try:
            for folder, lying in groupby(elsewhere, key=lambda one: one.folder or ""):
                self._settle_in(folder, list(lying))
            if not self.inbox.turn_to(self.settings.imap.folder):
                self.inbox.close()
        except BaseException:
            self.inbox.close()  # whoever goes on with it would take another folder for the inbox
            raise

    def _is_known(self, one: Lying) -> bool:
        return one.folder_uid is not None if one.folder else one.epoch_id == self.epoch_id

    def _settle_in(self, folder: str, lying: Sequence[Lying]) -> None:
        try:
            is_there = self.inbox.turn_to(folder)
        except Transient as error:
            if not self.inbox.alive:
                raise
            _log.warning("%s: cannot be opened, and what was retried stays there for now: %s", folder, error)
            return
        there = [one for one in lying if is_there and one.folder_uidvalidity == self.inbox.uidvalidity]
        self._leave([one for one in lying if one not in there], f"{folder} was made anew since")
        self._settle(there)

    def _settle(self, lying: Sequence[Lying]) -> None:
        """In the folder that is open, in sets by outcome."""
        for outcome, group in groupby(sorted(lying, key=lambda one: one.outcome), key=lambda one: one.outcome):
            settlement = settlement_of(outcome, self.settings.folders)
            if settlement:
                self._settle_as(settlement, {one.folder_uid or one.ref.uid: one for one in group})

    def _settle_as(self, settlement: Settlement, lying: Mapping[int, Lying]) -> None:
        """`lying` by the UID in the folder that is open."""
        before = next(iter(lying.values())).folder
        folder = settlement.folder if self.settings.settle is Settle.MOVE else None
        if before == folder and folder:
            retries.settle(list(lying.values()), self.lease, self.now())
            return
        outdated = _outdated(settlement, self.settings, is_in_inbox=before is None)
        alerts = self.inbox.unmark(lying, outdated)
        report = self.inbox.settle(lying, folder=folder, flagged=settlement.flagged, keyword=settlement.keyword)
        for alert in dict.fromkeys([*alerts, *report.alerts]):
            _log.warning("%s: %s", self.inbox.name, alert)
        if self.inbox.read_only:
            return
        has_left = report.way in {Way.MOVED, Way.COPIED}
        places = [_moved(one, folder, report, uid) if has_left else one for uid, one in lying.items()]
        retries.settle(places, self.lease, self.now())
        for one in places:
            tell_settled(one.ref, one.outcome, report.way.name.lower(), one.folder, one.folder_uid)

    def _leave(self, lying: Sequence[Lying], why: str) -> None:
        if not lying:
            return
        retries.settle(lying, self.lease, self.now())
        for one in lying:
            place = one.folder or "the mailbox as it was before it was rebuilt"
            _log.warning("%s: is %s now, and stays in %s: %s", one.ref, one.outcome, place, why)


def _outdated(settlement: Settlement, settings: Settings, *, is_in_inbox: bool) -> list[str]:
    """The marks that other outcomes leave: keywords only on what is not moved."""
    others = [settlement_of(outcome, settings.folders) for outcome in Outcome]
    marks = [] if settlement.flagged else ["\\Flagged"]
    keywords = {one.keyword for one in others if one} - {settlement.keyword}
    return [*marks, *sorted(keywords)] if is_in_inbox else marks


def _moved(one: Lying, folder: str | None, report: SettleReport, uid: int) -> Lying:
    there = report.new_uids.get(uid)
    return replace(one, folder=folder, folder_uidvalidity=report.new_uidvalidity if there else None, folder_uid=there)
