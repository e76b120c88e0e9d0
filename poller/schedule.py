"""Jobs that are done again and again, each in a thread of its own: none of them ever waits for another."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.filing.reasons import Outcome
from poller.storage.lease import LeaseTaken

_log = logging.getLogger(__name__)

Outcomes: TypeAlias = Mapping[Outcome, int] | Mapping[str, int]
"""How many had which outcome."""

_FIRST_BACKOFF = timedelta(seconds=30)
_LONGEST_BACKOFF = timedelta(minutes=15)
# A refused login is tried three times, then seldom, so that the provider does not lock the account.
_LOGIN_TRIES = 3
_LOGIN_PAUSE = timedelta(minutes=30)
_LOOK_SECONDS = 1
GRACE_SECONDS = 10
"""After a stop, what is under way may finish; then its connections are closed from outside. Within 20 s all is over."""


class Job:
    """Done at once, every `interval`, and when it is wanted; seldom while something is out of order.

    Where `do` had any outcomes, the job that it `leads_to` is wanted next.
    """

    def __init__(
        self,
        name: str,
        do: Callable[[], Outcomes],
        interval: timedelta,
        *,
        leads_to: Job | None = None,
    ) -> None:
        self.name = name
        self.do = do
        self.interval = interval
        self.leads_to = leads_to
        self.wanted = threading.Event()
        self.not_before = datetime.min.replace(tzinfo=UTC)
        self._failures = 0

    def succeeded(self) -> None:
        self._failures = 0

    def back_off(self, error: Exception) -> None:
        """30 s, 1 min, 2 min … 15 min, with jitter so that many workers do not come back together."""
        self._failures += 1
        pause = min(_FIRST_BACKOFF * 2 ** min(self._failures - 1, 10), _LONGEST_BACKOFF)
        if isinstance(error, LoginRefused) and self._failures >= _LOGIN_TRIES:
            pause = _LOGIN_PAUSE
        pause *= random.uniform(1, 1.25)  # noqa: S311 - jitter, not a secret
        self.not_before = _now() + pause
        _log.warning("%s: %s; trying again in %d s", self.name, error, pause.total_seconds())


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
            seconds = job.interval.total_seconds()
            self._scheduler.add_job(
                self._run, "interval", args=(job,), seconds=seconds, id=name, executor=name, next_run_time=_now()
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
            running.acquire()
        last_resort.cancel()

    def wait(self) -> None:
        """Until the service is to stop. Raises LeaseTaken when another worker has taken over meanwhile."""
        while not self._stop.wait(_LOOK_SECONDS):
            if self._taken:
                raise self._taken

    def wake(self, job: Job) -> None:
        """From any thread: do it as soon as possible. While it is being done, it is done once more afterwards."""
        job.wanted.set()
        self._advance(job)

    def _advance(self, job: Job) -> None:
        with suppress(JobLookupError):  # shut down in the meantime
            self._scheduler.modify_job(job.name, next_run_time=max(_now(), job.not_before))

    def _after(self, event: JobExecutionEvent) -> None:
        """What it was wanted for while it was being done may have come too late for it."""
        job = self._jobs[event.job_id]
        if job.wanted.is_set():
            self._advance(job)
        if event.retval and job.leads_to:
            self.wake(job.leads_to)

    def _run(self, job: Job) -> bool:
        with self._running[job.name]:
            if self._closed or self._stop.is_set() or _now() < job.not_before:
                return False
            job.wanted.clear()
            try:
                outcomes = job.do()
            except LeaseTaken as taken:
                self._taken = taken
            except (Transient, ConfigurationError) as error:
                if not self._stop.is_set():
                    job.back_off(error)
            except Exception:  # noqa: BLE001 - whatever a bug raises: the next time must come all the same
                _log.exception("%s failed", job.name)
            else:
                job.succeeded()
                if outcomes:
                    _log.info("%s: %s", job.name, told(outcomes))
                return bool(outcomes)
        return False


def told(outcomes: Outcomes) -> str:
    """`3 filed, 1 rejected`."""
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def _now() -> datetime:
    return datetime.now(UTC)
