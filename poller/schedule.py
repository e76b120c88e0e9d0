"""Jobs that are done again and again, each in a thread of its own: none of them ever waits for another.

The scheduler goes by the clock, which somebody may set: whatever is overdue on monotonic time is done all the same.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.filing.reasons import Outcome
from poller.health import Health
from poller.logs import told
from poller.retrying import pause_after
from poller.storage.lease import LeaseTaken
from poller.wording import clause

_log = logging.getLogger(__name__)

Outcomes: TypeAlias = Mapping[Outcome, int] | Mapping[str, int]
"""How many had which outcome."""

# A refused login is tried three times, then seldom, so that the provider does not lock the account.
_LOGIN_TRIES = 3
_LOGIN_PAUSE = timedelta(minutes=30)
_LOOK_SECONDS = 1
_OVERDUE_SECONDS = 2
GRACE_SECONDS = 10
"""After a stop, what is under way may finish; then its connections are closed from outside. Within 20 s all is over."""


class Job:
    """Done at once, every `interval`, and when it is wanted; seldom while something is out of order.

    Where `do` had any outcomes, the job that it `leads_to` is wanted next. Its times are monotonic: nobody sets them.
    """

    def __init__(
        self,
        name: str,
        do: Callable[[], Outcomes],
        interval: timedelta,
        *,
        health: Health,
        leads_to: Job | None = None,
    ) -> None:
        self.name = name
        self.do = do
        self.interval = interval
        self.leads_to = leads_to
        self.wanted = threading.Event()
        self.not_before = self.due_at = time.monotonic()
        self._health = health
        self._failures = 0
        self._told = ""

    def began(self) -> None:
        self.wanted.clear()
        self.due_at = time.monotonic() + self.interval.total_seconds()

    def succeeded(self) -> None:
        self._failures = 0
        self._told = ""
        self._health.well(self.name)

    def back_off(self, error: Exception) -> None:
        self._failures += 1
        pause = timedelta(seconds=pause_after(self._failures))
        if isinstance(error, LoginRefused) and self._failures >= _LOGIN_TRIES:
            pause = max(pause, _LOGIN_PAUSE)
        self.not_before = self.due_at = time.monotonic() + pause.total_seconds()
        # What goes on is told once: the health tells when it lasts, and when it is over.
        level = logging.DEBUG if str(error) == self._told else logging.WARNING
        self._told = str(error)
        _log.log(level, "%s: %s; trying again in %d s", self.name, clause(error), pause.total_seconds())
        self._health.failed(self.name, str(error))

    def stumbled(self, error: Exception) -> None:
        """Over a bug, which waiting does not mend: the next time comes at its usual time."""
        self._health.failed(self.name, f"{type(error).__name__}, which is a bug: the log has more")

    def pause(self) -> timedelta:
        """Until it may be done."""
        return timedelta(seconds=max(0, self.not_before - time.monotonic()))


class _Every(BaseTrigger):  # type: ignore[misc]  # apscheduler has no types
    """From now on. The scheduler's own counts from the last time: a clock set forward makes a list of all between."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self._interval


class Schedule:
    """Runs the jobs while the context lasts. `abort` ends what they have under way, from another thread."""

    def __init__(self, *jobs: Job, abort: Callable[[], None], stop: threading.Event) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._abort = abort
        self._stop = stop
        self._running = {name: threading.Lock() for name in self._jobs}
        self._taken: LeaseTaken | None = None
        self._closed = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(1) for name in self._jobs},
            # A late run is better than none, several late ones are one, and never two at a time.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._after, EVENT_JOB_EXECUTED)

    def __enter__(self) -> Self:
        for name, job in self._jobs.items():
            self._scheduler.add_job(
                self._run, _Every(job.interval), args=(job,), id=name, executor=name, next_run_time=_now()
            )
        self._scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        last_resort = threading.Timer(GRACE_SECONDS, self._abort)
        last_resort.start()
        # Not shutdown(wait=True): it holds a lock that a job that is just ending may want in order to ask for another.
        self._scheduler.shutdown(wait=False)
        for running in self._running.values():
            with running:  # let go again: a run that begins only now sees that it is over, and the process waits for it
                pass
        last_resort.cancel()

    def wait(self) -> None:
        """Until the service is to stop. Raises LeaseTaken when another worker has taken over meanwhile."""
        while not self._stop.wait(_LOOK_SECONDS):
            if self._taken:
                raise self._taken
            for job in self._jobs.values():
                if job.due_at < time.monotonic() - _OVERDUE_SECONDS and not self._running[job.name].locked():
                    self._advance(job)

    def wake(self, job: Job) -> None:
        """From any thread: do it as soon as possible. While it is being done, it is done once more afterwards."""
        job.wanted.set()
        self._advance(job)

    def _advance(self, job: Job) -> None:
        with suppress(JobLookupError):  # shut down in the meantime
            self._scheduler.modify_job(job.name, next_run_time=_now() + job.pause())

    def _after(self, event: JobExecutionEvent) -> None:
        """What it was wanted for while it was being done may have come too late for it."""
        job = self._jobs[event.job_id]
        if job.wanted.is_set():
            self._advance(job)
        if event.retval and job.leads_to:
            self.wake(job.leads_to)

    def _run(self, job: Job) -> bool:
        with self._running[job.name]:
            if self._closed or self._stop.is_set() or job.pause():
                return False
            job.began()
            try:
                outcomes = job.do()
            except LeaseTaken as taken:
                self._taken = taken
            except (Transient, ConfigurationError) as error:
                if not self._stop.is_set():
                    job.back_off(error)
            except Exception as error:  # noqa: BLE001 - whatever a bug raises: the next time must come all the same
                _log.exception("%s failed", job.name)
                job.stumbled(error)
            else:
                job.succeeded()
                if outcomes:
                    _log.info("%s: %s", job.name, told(outcomes))
                return bool(outcomes)
        return False


def _now() -> datetime:
    return datetime.now(UTC)
