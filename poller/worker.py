"""The parts of a worker, put together: its polls over one kept connection, and its rounds of notices."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from time import monotonic

from poller import events
from poller.child.expanding import ChildExpander
from poller.deciding import Clock, Deciding
from poller.digest import queue_digest
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.housekeeping import Housekeeping
from poller.kept_inbox import KeptInbox, over_expired_login
from poller.mailbox.inbox import Inbox
from poller.memory import give_back_early
from poller.notices.drafting import Drafter
from poller.opening import open_files, open_storage
from poller.pipeline import Pipeline, drafter_of
from poller.poll import Poll, Progress
from poller.proving import Proving
from poller.resettling import Resettling
from poller.resolver import CachingResolver
from poller.retrying_mail import Retries
from poller.sending import Sending
from poller.settings import Settings
from poller.sources import Sources
from poller.storage.activities import Kind
from poller.storage.attempts import Attempts
from poller.storage.database import connected
from poller.storage.epochs import Epoch, View, begin_anew, is_behind, open_epoch, past_epoch
from poller.storage.files import FileStore
from poller.storage.health import record_end
from poller.storage.in_hand import InHand, forgive
from poller.storage.lease import Lease, lease
from poller.storage.ledger import Ledger, Rebuilt
from poller.storage.secrets import notice_key
from poller.telling import told_as_poll
from poller.watchdog import Watchdog

_log = logging.getLogger(__name__)

_EVERYTHING_SECONDS = 60 * 60


def _utc_now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_worker(settings: Settings, stop: Event, progress: Progress, now: Clock = _utc_now) -> Iterator[Worker]:
    """The one worker of the mailbox, ready to poll. Raises LeaseTaken when there is another one."""
    with Watchdog(stop) as watchdog, ExitStack() as stack:
        began = monotonic()
        with watchdog.watching("the start", lambda: began, lambda: None):
            opened = stack.enter_context(_opened(settings, stop, progress, now, watchdog))
        yield opened


@contextmanager
def _opened(settings: Settings, stop: Event, progress: Progress, now: Clock, watchdog: Watchdog) -> Iterator[Worker]:
    give_back_early()
    kinds = open_storage(settings)
    store = open_files(settings, mailbox_name(settings))
    with lease(mailbox_name(settings), settings.database) as held:
        store.sweep_spool()
        in_hand = InHand(store.in_hand)
        with connected():
            drafter = drafter_of(settings, notice_key())
            if left := in_hand.left():
                forgive(left, held)
                in_hand.take(left.epoch_id)
        opened = Worker(
            settings=settings,
            kinds=kinds,
            drafter=drafter,
            store=store,
            in_hand=in_hand,
            held=held,
            stop=stop,
            progress=progress,
            now=now,
            watchdog=watchdog,
        )
        try:
            yield opened
        finally:
            opened.close()


class Worker:
    """Polls, each to its end, over a connection that is kept while it lives; and sends notices, from any thread."""

    def __init__(  # noqa: PLR0913 - what a worker is put together from, by name
        self,
        *,
        settings: Settings,
        kinds: Mapping[str, Kind],
        drafter: Drafter,
        store: FileStore,
        in_hand: InHand,
        held: Lease,
        stop: Event,
        progress: Progress,
        now: Clock,
        watchdog: Watchdog,
    ) -> None:
        organization_ids = {key: kind.organization_id for key, kind in kinds.items()}
        self._expander = ChildExpander()
        resolver = CachingResolver(settings.dns, stop=stop)
        self._pipeline = Pipeline(
            settings=settings,
            organization_ids=organization_ids,
            proving=Proving(resolver_for=resolver.for_message, without_waiting=resolver.without_waiting),
            drafter=drafter,
            now=now,
            expander=self._expander,
        )
        self._settings = settings
        self._kinds = kinds
        self._store = store
        self._in_hand = in_hand
        self._lease = held
        self._stop = stop
        self._progress = progress
        self._now = now
        self._sending = Sending(settings.notices, held, stop, now)
        self._watchdog = watchdog
        self._kept = KeptInbox(settings)
        self._deadline = self._kept.deadline
        self._housekeeping = Housekeeping(settings, store, held, now)
        self._attempts = Attempts(held)
        self._everything_at: float | None = None

    @property
    def moved_at(self) -> float:
        """When the last step of a poll began, on monotonic time."""
        return self._deadline.moved_at

    @property
    def mailbox(self) -> str:
        """What its lease and its signs of life are kept under."""
        return self._lease.name

    def poll(self, due_by: datetime | None = None) -> Counter[Outcome]:
        """One poll -> how many messages had which outcome. Raises Transient: try again later.

        `due_by`: of the deferred mail, that is tried again whose time has come then, by default now.
        """
        with connected():
            return self._look(Poll.run, due_by or self._now())

    def retry(self) -> Counter[Outcome]:
        """Only what a person asked to have judged again. Raises Transient: it is left to the next poll."""
        with self._watchdog.watching("retry", lambda: self._deadline.moved_at, self._deadline.expire), connected():
            return self._look(Poll.retry, self._now())

    def _look(self, how: Callable[[Poll], Counter[Outcome]], due_by: datetime) -> Counter[Outcome]:
        return told_as_poll(lambda: over_expired_login(lambda: self._looked(how, due_by)))

    def _looked(self, how: Callable[[Poll], Counter[Outcome]], due_by: datetime) -> Counter[Outcome]:
        self._lease.renew()
        self._attempts.pay()
        inbox = self._kept.open()
        events.happened("poll-began")
        policy = self._settings.start_policy
        try:
            if is_behind(_view(inbox)):
                inbox.doubt_uidnext()
            epoch = open_epoch(_view(inbox), policy, self._lease, self._now())
            return self._poll(inbox, epoch, how, due_by)
        except Rebuilt as why:
            self._everything_at = None
            anew = begin_anew(_view(inbox), policy, self._lease, self._now(), str(why))
            return self._poll(inbox, anew, how, due_by)
        finally:
            self._deadline.disarm()

    def _poll(
        self, inbox: Inbox, epoch: Epoch, how: Callable[[Poll], Counter[Outcome]], due_by: datetime
    ) -> Counter[Outcome]:
        """It looks at everything at first and once an hour: the clock on the wall may be set, this one is not."""
        everything = self._everything_at is None or monotonic() - self._everything_at >= _EVERYTHING_SECONDS
        ledger = self._ledger(epoch)
        poll = Poll(
            settings=self._settings,
            inbox=inbox,
            deadline=self._deadline,
            ledger=ledger,
            epoch=epoch,
            store=self._store,
            deciding=self._deciding(ledger),
            stop=self._stop,
            progress=self._progress,
            now=self._now,
            due_by=due_by,
            everything=everything,
        )
        outcomes = how(poll)
        if everything and how is Poll.run and not self._stop.is_set():
            self._everything_at = monotonic()
        return outcomes + self._retry_from_sources(inbox, epoch, due_by)

    def _retry_from_sources(self, inbox: Inbox, epoch: Epoch, due_by: datetime) -> Counter[Outcome]:
        def deciding(epoch_id: int) -> Deciding:
            kept = Sources(store=self._store, keeps=True)
            return replace(self._deciding(self._ledger(past_epoch(epoch_id))), sources=kept)

        outcomes = Retries(
            settings=self._settings,
            mailbox=inbox.name,
            store=self._store,
            lease=self._lease,
            deciding=deciding,
            stop=self._stop,
            beat=self._deadline.renew,
            due_by=due_by,
        ).run()
        Resettling(settings=self._settings, inbox=inbox, epoch_id=epoch.id, lease=self._lease, now=self._now).run()
        return outcomes

    def _ledger(self, epoch: Epoch) -> Ledger:
        age = self._settings.auth.defer_max_age
        return Ledger(epoch, self._lease, self._kinds, defer_max_age=age, attempts=self._attempts)

    def _deciding(self, ledger: Ledger) -> Deciding:
        return Deciding(
            ledger=ledger,
            in_hand=self._in_hand,
            sources=Sources(store=self._store, keeps=self._settings.keep_source),
            pipeline=self._pipeline,
            now=self._now,
            workers=self._settings.workers,
        )

    def poll_until_empty(self) -> Counter[Outcome]:
        """Polls as long as there is something new that can be decided. What it defers is left to a later one."""
        total: Counter[Outcome] = Counter()
        due_by = self._now()
        with self._watchdog.watching("poll", lambda: self._deadline.moved_at, self._deadline.expire), connected():
            while not self._stop.is_set() and (outcomes := self._look(Poll.run, due_by)):
                total += outcomes
            if not self._stop.is_set():
                # Where the database was restored, what is not known now may be wanted yet.
                self._housekeeping.work(may_sweep=not self._kept.restored)
        return total

    def send_notices(self) -> Counter[str]:
        """One round of the outbox -> how many notices had which end. Raises Transient: the rest stays queued.

        Independent of the polls: it may run beside them.
        """
        with self._watchdog.watching("notices", lambda: self._sending.moved_at, self._sending.abort):
            try:
                queue_digest(self._settings, self._now())
            except Transient:
                raise
            except Exception:  # noqa: BLE001 - whatever a bug raises: senders are told all the same
                _log.exception("the digest could not be made")
            return self._sending.round()

    def abort(self) -> None:
        """From another thread: whatever is under way with the servers ends now."""
        self._deadline.expire()
        self._sending.abort()

    def tell_end(self) -> None:
        """To whoever asks how the service fares. Raises LeaseTaken where another worker is at work already."""
        with connected(), self._lease.transaction():
            record_end(self.mailbox, self._now())

    def close(self) -> None:
        self._expander.close()
        self._kept.close()
        self._in_hand.close()


def _view(inbox: Inbox) -> View:
    return View(
        mailbox=inbox.name,
        uidvalidity=inbox.uidvalidity,
        uidnext=inbox.uidnext,
        uidnext_told=inbox.uidnext_told,
    )


def mailbox_name(settings: Settings) -> str:
    """What the worker of a mailbox is known by: its lease, its spool, its signs of life."""
    return f"{settings.imap.username}@{settings.imap.host.lower()}/{settings.imap.folder}"
