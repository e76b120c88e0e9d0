"""WHEN: polls at once, on schedule, and when IDLE says that mail has come; ends cleanly on a signal."""

from __future__ import annotations

import logging
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Self

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.mailbox.idle import IdleWatcher
from poller.poll import Progress
from poller.settings import Settings
from poller.storage.lease import LeaseTaken
from poller.worker import Worker, open_worker

_log = logging.getLogger(__name__)

_FIRST_BACKOFF = timedelta(seconds=30)
_LONGEST_BACKOFF = timedelta(minutes=15)
# A refused login is tried three times, then seldom, so that the provider does not lock the account.
_LOGIN_TRIES = 3
_LOGIN_PAUSE = timedelta(minutes=30)
_LEASE_SECONDS = 5
_LOOK_SECONDS = 1
# After a stop the batch under way may finish; then its connection is closed from here. Within 20 s all is over.
_GRACE_SECONDS = 10


def run(settings: Settings, progress: Progress) -> None:
    """The service: returns when SIGTERM or SIGINT has ended it. Raises ConfigurationError before it starts."""
    with stop_on_signals() as stop:
        while not stop.is_set():
            try:
                with open_worker(settings, stop, progress) as worker:
                    _serve(settings, worker, stop)
            except LeaseTaken as taken:
                _log.info("%s; waiting for it to end", taken)
                stop.wait(_LEASE_SECONDS)
            except Transient as error:
                _log.warning("%s; trying again in %d s", error, _FIRST_BACKOFF.seconds)
                stop.wait(_FIRST_BACKOFF.seconds)
    _log.info("stopped")


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """SIGTERM and SIGINT set the event while the context lasts."""
    stop = threading.Event()

    def set_stop(number: int, _frame: FrameType | None) -> None:
        _log.info("%s: ending after what is under way", signal.Signals(number).name)
        # Not here: an Event has a lock, and this code interrupts the main thread, which may be holding it.
        threading.Thread(target=stop.set, name="stop").start()

    before = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(settings: Settings, worker: Worker, stop: threading.Event) -> None:
    schedule = Schedule(settings.poll_interval, worker, stop)
    with schedule, IdleWatcher(settings.imap, schedule.wake):
        _log.info("watching %s on %s", settings.imap.folder, settings.imap.host)
        schedule.wait()


class Schedule:
    """Runs the poll job: at once, every interval, after a wake-up, and seldom while something is out of order."""

    def __init__(self, interval: timedelta, worker: Worker, stop: threading.Event) -> None:
        self._interval = interval
        self._worker = worker
        self._stop = stop
        self._wanted = threading.Event()
        self._polling = threading.Lock()
        self._taken: LeaseTaken | None = None
        self._closed = False
        self._failures = 0
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            # A late run is better than none, several late ones are one, and never two at a time.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._after_job, EVENT_JOB_EXECUTED)

    def __enter__(self) -> Self:
        self._scheduler.add_job(
            self._poll, "interval", seconds=self._interval.total_seconds(), id="poll", next_run_time=_now()
        )
        self._scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        last_resort = threading.Timer(_GRACE_SECONDS, self._worker.abort)
        last_resort.start()
        # Not shutdown(wait=True): it holds a lock that a poll that is just ending may want in order to ask for another.
        self._scheduler.shutdown(wait=False)
        with self._polling:
            last_resort.cancel()

    def wait(self) -> None:
        """Until the service is to stop. Raises LeaseTaken when another worker has taken over meanwhile."""
        while not self._stop.wait(_LOOK_SECONDS):
            if self._taken:
                raise self._taken

    def wake(self) -> None:
        """From another thread: poll as soon as possible. While a poll runs, another one follows it."""
        self._wanted.set()
        self._advance()

    def _advance(self) -> None:
        with suppress(JobLookupError):  # shut down in the meantime
            self._scheduler.modify_job("poll", next_run_time=max(_now(), self._not_before))

    def _after_job(self, _event: JobExecutionEvent) -> None:
        """Mail that came while a poll was running may have come too late for it."""
        if self._wanted.is_set():
            self._advance()

    def _poll(self) -> None:
        with self._polling:
            if not self._closed and not self._stop.is_set() and _now() >= self._not_before:
                self._wanted.clear()
                self._poll_once()

    def _poll_once(self) -> None:
        try:
            outcomes = self._worker.poll_until_empty()
        except LeaseTaken as taken:
            self._taken = taken
        except (Transient, ConfigurationError) as error:
            self._back_off(error)
        except Exception:  # noqa: BLE001 - whatever a bug raises: the next poll must come all the same
            _log.exception("the poll failed")
        else:
            self._failures = 0
            if outcomes:
                _log.info("%s", ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())))

    def _back_off(self, error: Exception) -> None:
        """30 s, 1 min, 2 min … 15 min, with jitter so that many workers do not come back together."""
        if self._stop.is_set():
            return
        self._failures += 1
        pause = min(_FIRST_BACKOFF * 2 ** min(self._failures - 1, 10), _LONGEST_BACKOFF)
        if isinstance(error, LoginRefused) and self._failures >= _LOGIN_TRIES:
            pause = _LOGIN_PAUSE
        pause *= random.uniform(1, 1.25)  # noqa: S311 - jitter, not a secret
        self._not_before = _now() + pause
        _log.warning("%s; trying again in %d s", error, pause.total_seconds())


def _now() -> datetime:
    return datetime.now(UTC)
