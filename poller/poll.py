"""One poll: what is new in the mailbox, or deferred and due -> decided, stored and settled, batch by batch.

The order of the steps makes a kill at any moment harmless: the source is durable before an attempt is counted, the
attempt before anything looks into the message, the files before the transaction, the transaction before the mailbox
is told, and what it was told before that is remembered.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from mmap import mmap
from threading import Event

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.filing.judged import Judged
from poller.filing.reasons import Outcome
from poller.filing.settlement import settlement_of
from poller.mail.message import Fetched
from poller.mailbox.describing import Described, batches
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import Way
from poller.mailbox.uids import fold
from poller.pipeline import Incoming, Pipeline, poisoned
from poller.settings import Settings, Settle
from poller.storage.disk import make_sure_of_space
from poller.storage.documents import rfc3339
from poller.storage.epochs import Epoch, close_poll
from poller.storage.files import Content, FileStore, chunked, sha256_of
from poller.storage.ledger import Begun, Decided, Ledger

_log = logging.getLogger(__name__)

# UIDs whose dates and sizes are asked for together: a backlog of any length needs the same memory.
_DESCRIBED_AT_ONCE = 1_000

# Messages moved together: some servers re-read a large folder at each MOVE, so that a set costs what one message does.
_SETTLED_AT_ONCE = 500

CONVERSATION_SECONDS = 15 * 60
"""A poll of a backlog may take hours; what is said to the server about one batch may not."""

Progress = Callable[[int, int], None]
"""Called with the number of messages handled in this poll, and of those found."""

Clock = Callable[[], datetime]
"""The time now, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One look into an open mailbox. It ends early, and in good order, when `stop` is set.

    Of the deferred mail, that is tried again whose time has come at `due_by`.
    """

    settings: Settings
    inbox: Inbox
    deadline: Deadline
    ledger: Ledger
    epoch: Epoch
    store: FileStore
    pipeline: Pipeline
    stop: Event
    progress: Progress
    now: Clock
    due_by: datetime

    def run(self) -> Counter[Outcome]:
        """Everything new -> how many messages had which outcome. Raises Transient: nothing is lost, poll again."""
        # As it is now: where a fetch had to open the folder again, it is above mail that was never searched for.
        uidnext = self.inbox.uidnext
        new, due = self._new(uidnext - 1), self.ledger.due(self.due_by)
        waiting = [*new, *due]
        outcomes: Counter[Outcome] = Counter()
        undecided, unsettled = set(new), list[tuple[int, Outcome]]()
        halted = 0
        for batch in self._batches(waiting):
            if self.stop.is_set():
                break
            self.deadline.arm(CONVERSATION_SECONDS)
            decided = self._handle(batch)
            outcomes.update(one.outcome for one in decided)
            halted += sum(one.notices_halted for one in decided)
            undecided -= {one.ref.uid for one in decided}
            unsettled += [(one.ref.uid, one.outcome) for one in decided]
            if len(unsettled) >= _SETTLED_AT_ONCE:
                self._settle(unsettled)
                unsettled.clear()
            self.progress(outcomes.total(), len(waiting))
        low_uid = min(undecided, default=uidnext) - 1
        if halted:
            _log.error("%s: too many refusals within an hour: %d messages got no notice (Q17)", self.inbox.name, halted)
        close_poll(self.epoch, self.ledger.lease, low_uid=low_uid, uidnext=uidnext, now=self.now())
        # Last, and with what earlier polls left: a server that refuses to move mail must not keep new mail from filing.
        self._settle(self.ledger.unsettled())
        return outcomes

    def _new(self, last: int) -> list[int]:
        """UIDs up to `last` in the mailbox that have no outcome yet, ascending."""
        epoch = self.epoch
        # START_POLICY speaks of the mail that was there at first contact.
        split = epoch.first_uidnext if epoch.since else epoch.low_uid + 1
        old = self.inbox.search(epoch.low_uid + 1, min(split - 1, last), epoch.since) if epoch.since else []
        found = old + self.inbox.search(max(split, epoch.low_uid + 1), last)
        decided = self.ledger.decided(found)
        return [uid for uid in found if uid not in decided]

    def _batches(self, waiting: Sequence[int]) -> Iterator[tuple[Described, ...]]:
        """After a death one message at a time, so that one that kills the worker takes no other along."""
        interrupted = self.ledger.interrupted(self.due_by)
        alone = [uid for uid in waiting if uid in interrupted]
        together = [uid for uid in waiting if uid not in interrupted]
        for uids, most in ((alone, 1), (together, self.settings.batch_size)):
            unread = iter(uids)
            while chunk := list(islice(unread, _DESCRIBED_AT_ONCE)):
                described = self.inbox.describe(chunk)
                self._tell_missing(chunk, (one.uid for one in described))
                yield from batches(described, max_messages=most)

    def _handle(self, batch: Sequence[Described]) -> list[Decided]:
        make_sure_of_space(self.settings, sum(min(one.size, self.settings.max_message_size) for one in batch))
        fetched = list(self.inbox.fetch(batch, self.store.spool, self.settings.max_message_size))
        try:
            decided = self._decide([(one, sha256_of(chunked(one.source))) for one in fetched])
        finally:
            _forget(fetched)
        self._tell_missing((one.uid for one in batch), (one.ref.uid for one in fetched))
        for one in decided:
            _log.info("%s", _line(one))
        return decided

    def _tell_missing(self, wanted: Iterable[int], came: Iterable[int]) -> None:
        """Mail that the server lists and does not hand out has no row in the ledger: the log alone can name it."""
        missing = set(wanted).difference(came)
        missing -= self._abandoned(missing)
        for uids in fold(missing):
            _log.warning("%s: UID %s is gone, or cannot be read now and is tried again", self.inbox.name, uids)

    def _abandoned(self, missing: set[int]) -> set[int]:
        """Deferred mail that somebody moved: the server does not even list it any more."""
        deferred = missing.intersection(self.ledger.due(self.due_by)) if missing else set()
        if not deferred:
            return set()
        gone = deferred.difference(self.inbox.search(min(deferred), max(deferred)))
        self.ledger.abandon(gone)
        for uids in fold(gone):
            _log.warning("%s: UID %s was deferred and is gone: it is not tried again", self.inbox.name, uids)
        return gone

    def _decide(self, sources: Sequence[tuple[Fetched, str]]) -> list[Decided]:
        if self.settings.keep_source:
            self.store.put_all(_source(fetched, sha256) for fetched, sha256 in sources)
        begun = self.ledger.begin(sources, self.now())
        try:
            judged = self._judge(sources, begun)
            self.store.put_all(_files(judged))
            return self.ledger.commit(judged, self.now())
        except (Transient, ConfigurationError):
            # Where the database itself fails, this does too, and the attempt stays counted.
            with suppress(Transient, ConfigurationError):
                self.ledger.give_back(fetched.ref.uid for fetched, _ in sources)
            raise

    def _judge(self, sources: Sequence[tuple[Fetched, str]], begun: Mapping[int, Begun]) -> list[Judged]:
        poison = [poisoned(fetched, sha256) for fetched, sha256 in sources if begun[fetched.ref.uid].poison]
        incoming = [
            Incoming(
                fetched=fetched,
                source_sha256=sha256,
                hold_before=self.epoch.hold_before if fetched.ref.uid < self.epoch.first_uidnext else None,
                may_wait=begun[fetched.ref.uid].may_wait,
            )
            for fetched, sha256 in sources
            if not begun[fetched.ref.uid].poison
        ]
        return [*poison, *(judged for judged in self.pipeline.judge_all(incoming) if judged)]

    def _settle(self, decided: Iterable[tuple[int, Outcome]]) -> None:
        """In sets by outcome. A read-only mailbox leaves them unsettled, for when it can be written again."""
        moving = self.settings.settle is Settle.MOVE
        alerts: dict[str, None] = {}  # each once, whatever the number of outcomes
        for outcome, group in groupby(sorted(decided, key=lambda one: one[1]), key=lambda one: one[1]):
            uids = [uid for uid, _ in group]
            settlement = settlement_of(outcome, self.settings.folders)
            if settlement is None:
                continue
            folder = settlement.folder if moving else None
            report = self.inbox.settle(uids, folder=folder, flagged=settlement.flagged, keyword=settlement.keyword)
            alerts |= dict.fromkeys(report.alerts)
            if not self.inbox.read_only:
                self.ledger.settle(uids, folder if report.way in {Way.MOVED, Way.COPIED} else None, self.now())
        for alert in alerts:
            _log.warning("%s: %s", self.inbox.name, alert)


def _source(fetched: Fetched, sha256: str) -> Content:
    return Content(
        sha256=sha256,
        size=len(fetched.source),
        chunks=lambda: chunked(fetched.source),
        spooled=fetched.spooled,
    )


def _files(judged: Iterable[Judged]) -> Iterator[Content]:
    for one in judged:
        for file in one.draft.files if one.draft else ():
            yield Content(sha256=file.sha256, size=file.size, chunks=file.chunks)


def _forget(fetched: Iterable[Fetched]) -> None:
    """A spool file that was not taken over as the kept source is removed."""
    for one in fetched:
        if isinstance(one.source, mmap):
            one.source.close()
        if one.spooled:
            one.spooled.unlink(missing_ok=True)


def _line(one: Decided) -> str:
    """What an administrator reads in the log of one message."""
    activity = f" as activity {one.activity_id}" if one.activity_id else ""
    reason = f" ({one.reason.slug})" if one.reason else ""
    again = f"; it is tried again at {rfc3339(one.next_attempt_at, 'seconds')}" if one.next_attempt_at else ""
    notice = f"; notice {one.notice}" if one.notice != "none" else ""
    return f"{one.ref}: {one.outcome}{activity}{reason}{': ' + one.detail if one.detail else ''}{notice}{again}"
