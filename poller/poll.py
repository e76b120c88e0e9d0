"""One poll: what is new in the mailbox, or deferred and due -> decided, stored and settled, batch by batch.

The order of the steps makes a kill at any moment harmless: the source is durable before an attempt is counted, the
attempt before anything looks into the message, the files before the transaction, the transaction before the mailbox
is told, and what it was told before that is remembered.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from threading import Event

from poller import events
from poller.arrivals import Arrival, Arrivals, Group, fetched_ahead
from poller.deadline import Deadline
from poller.deciding import Clock, Deciding, Underway
from poller.filing.reasons import Outcome
from poller.filing.settlement import settlement_of
from poller.mailbox.inbox import Inbox
from poller.mailbox.settling import Way
from poller.mailbox.uids import fold
from poller.settings import Settings, Settle
from poller.stocktaking import Stocktaking
from poller.storage.decided import Decided
from poller.storage.deliveries import Place
from poller.storage.epochs import Epoch, close_poll
from poller.storage.files import FileStore
from poller.storage.ledger import Ledger
from poller.storage.withheld import withhold
from poller.telling import tell_settled, tell_stored
from poller.wording import many

_log = logging.getLogger(__name__)

# Messages moved together: some servers re-read a large folder at each MOVE, so that a set costs what one message does.
_SETTLED_AT_ONCE = 500

Progress = Callable[[int, int], None]
"""Called with the number of messages handled in this poll, and of those found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One look into an open mailbox. It ends early, and in good order, when `stop` is set.

    Of the deferred mail, that is tried again whose time has come at `due_by`. It looks at what is new, or at
    `everything`.
    """

    settings: Settings
    inbox: Inbox
    deadline: Deadline
    ledger: Ledger
    epoch: Epoch
    store: FileStore
    deciding: Deciding
    stop: Event
    progress: Progress
    now: Clock
    due_by: datetime
    everything: bool

    def run(self) -> Counter[Outcome]:
        """Everything new -> how many messages had which outcome. Raises Transient: nothing is lost, poll again."""
        # As it is now: where a fetch had to open the folder again, it is above mail that was never searched for.
        uidnext = self.inbox.uidnext
        listed = self._search(uidnext - 1)
        if self.everything:
            self._take_stock(listed)
        decided = self.ledger.decided(listed)
        new = [uid for uid in listed if uid not in decided]
        waiting = [*new, *self.ledger.due(self.due_by)]
        events.happened("poll-found", waiting=len(waiting), new=len(new))
        tally = _Tally(undecided=set(new))
        self._work(waiting, tally)
        self._close(tally, uidnext)
        # Last, and with what earlier polls left: a server that refuses to move mail must not keep new mail from filing.
        self._settle(self.ledger.unsettled())
        return tally.outcomes

    def retry(self) -> Counter[Outcome]:
        """Only the held mail that a person wants judged -> how many messages had which outcome."""
        tally = _Tally(undecided=set())
        self._work(self.ledger.due(self.due_by, [Outcome.HELD]), tally)
        self._settle(tally.unsettled)
        return tally.outcomes

    def _work(self, waiting: Sequence[int], tally: _Tally) -> None:
        if not waiting:
            return
        arrivals = Arrivals(
            settings=self.settings, inbox=self.inbox, sources=self.deciding.sources, carry_on=self._carry_on
        ).of(self._groups(waiting))
        with (
            self.deciding.helped(len(waiting)) as deciding,
            closing(fetched_ahead(arrivals, pause=partial(self._pause, tally))) as coming,
            closing(self._decided(coming, deciding)) as batches,
        ):
            try:
                for batch in batches:
                    tally.add(batch)
                    events.counted("poll-left", waiting=len(waiting) - tally.outcomes.total())
                    self.progress(tally.outcomes.total(), len(waiting))
                    if self.stop.is_set():
                        break
            except BaseException:
                self.progress(0, 0)  # nothing goes on any more
                raise

    def _decided(self, arrivals: Iterable[Arrival], deciding: Deciding) -> Generator[list[Decided]]:
        """Batch by batch; where there are readers, they read the next one while one is decided."""
        under_way: deque[Underway] = deque()
        try:
            for arrival in arrivals:
                if arrival.alone:
                    yield from _finished(under_way, deciding)
                if arrival.sources:
                    under_way.append(deciding.begin(arrival.sources))
                yield from _finished(under_way, deciding, but=1 if deciding.readers and not arrival.alone else 0)
                if withheld := self._put_aside(arrival):
                    yield withheld
                if arrival.error:
                    yield from _finished(under_way, deciding)
                    raise arrival.error
            yield from _finished(under_way, deciding)
        finally:
            for one in under_way:
                deciding.abandon(one)

    def _search(self, last: int) -> list[int]:
        """UIDs up to `last` in the mailbox, ascending: everything that counts, or what is not done with yet."""
        epoch = self.epoch
        first = epoch.start_uid if self.everything else epoch.low_uid + 1
        # START_POLICY speaks of the mail that was there at first contact.
        split = epoch.first_uidnext if epoch.since else first
        old = self.inbox.search(first, min(split - 1, last), epoch.since) if epoch.since else []
        return old + self.inbox.search(max(split, first), last)

    def _take_stock(self, listed: Sequence[int]) -> None:
        Stocktaking(
            settings=self.settings, inbox=self.inbox, deadline=self.deadline, ledger=self.ledger, store=self.store
        ).take(listed, self.now(), self.due_by)

    def _close(self, tally: _Tally, uidnext: int) -> None:
        if tally.halted:
            words = "%s: too many refusals within an hour: %s got no notice (Q17)"
            _log.error(words, self.inbox.name, many(tally.halted, "message"))
        close_poll(
            self.epoch,
            self.ledger.lease,
            low_uid=min(tally.undecided, default=uidnext) - 1,
            uidnext=uidnext,
            now=self.now(),
            reconciled=self.everything and not self.stop.is_set(),
            # What a stop left over was not looked at: it is still new, and no sign of trouble.
            ended=not (self.stop.is_set() and tally.undecided),
        )

    def _groups(self, waiting: Sequence[int]) -> list[Group]:
        """After a death one message at a time, so that one that kills the worker takes no other along.

        After a second one it comes last, the more often the later: by then all other mail is filed, whatever it does to
        the worker, and where it is the worker that is ended again and again, that hits another message each time.
        """
        interrupted = self.ledger.interrupted(self.due_by)
        together = [uid for uid in waiting if uid not in interrupted]
        once = [uid for uid in waiting if interrupted.get(uid) == 1]
        often = sorted((uid for uid in waiting if interrupted.get(uid, 0) > 1), key=lambda uid: interrupted[uid])
        return [
            Group(uids=once, most=1, alone=True),
            Group(uids=together, most=self.settings.batch_size, alone=False),
            Group(uids=often, most=1, alone=True),
        ]

    def _carry_on(self) -> bool:
        if self.stop.is_set():
            return False
        self.deadline.renew()
        return True

    def _pause(self, tally: _Tally) -> None:
        """Nobody talks to the server just now."""
        if len(tally.unsettled) >= _SETTLED_AT_ONCE:
            self._settle(tally.unsettled)
            tally.unsettled.clear()

    def _put_aside(self, arrival: Arrival) -> list[Decided]:
        """What did not come: what is gone is forgotten, and what is there all the same waits."""
        if arrival.gone:
            self.ledger.abandon(arrival.gone, self.now())
        for uids in fold(arrival.gone):
            _log.warning("%s: UID %s is gone, and is not tried again", self.inbox.name, uids)
        withheld = withhold(arrival.withheld, self.epoch, self.ledger.lease, self.now(), final=arrival.final)
        for one in withheld:
            tell_stored(one, self.now())
        return withheld

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
            with events.timed("settle"):
                report = self.inbox.settle(uids, folder=folder, flagged=settlement.flagged, keyword=settlement.keyword)
            alerts |= dict.fromkeys(report.alerts)
            if not self.inbox.read_only:
                gone = report.way in {Way.MOVED, Way.COPIED}
                place = Place(
                    folder=folder if gone else None,
                    uidvalidity=report.new_uidvalidity if gone else None,
                    uids=report.new_uids if gone else {},
                )
                self.ledger.settle(uids, place, self.now())
                for uid in uids:
                    tell_settled(
                        self.epoch.ref(uid), outcome, report.way.name.lower(), place.folder, place.uids.get(uid)
                    )
        for alert in alerts:
            _log.warning("%s: %s", self.inbox.name, alert)


def _finished(under_way: deque[Underway], deciding: Deciding, but: int = 0) -> Iterator[list[Decided]]:
    """All of them but so many."""
    while len(under_way) > but:
        yield deciding.finish(under_way.popleft())


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What a poll has come to so far: `undecided` are the new UIDs that are left."""

    undecided: set[int]
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    unsettled: list[tuple[int, Outcome]] = field(default_factory=list)
    halted: int = 0

    def add(self, decided: Iterable[Decided]) -> None:
        for one in decided:
            self.undecided.discard(one.ref.uid)
            self.outcomes[one.outcome] += 1
            self.unsettled.append((one.ref.uid, one.outcome))
            self.halted += one.notices_halted
