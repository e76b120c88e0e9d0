"""WHEN: polls at once, on schedule, and when IDLE says that mail has come; sends notices; ends cleanly on a signal."""

from __future__ import annotations

import logging
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from poller.errors import ConfigurationError, Transient
from poller.mailbox.idle import IdleWatcher
from poller.poll import Progress
from poller.schedule import GRACE_SECONDS, Job, Schedule
from poller.settings import Settings
from poller.storage.lease import LeaseTaken
from poller.worker import Worker, open_worker

_log = logging.getLogger(__name__)

_TROUBLE_SECONDS = 30
_LEASE_SECONDS = 5
_LOOK_SECONDS = 0.5
# The shortest pause between two attempts at a notice, besides that mail that was refused brings a round at once.
_NOTICE_INTERVAL = timedelta(minutes=1)


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
                _log.warning("%s; trying again in %d s", error, _TROUBLE_SECONDS)
                stop.wait(_TROUBLE_SECONDS)
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


@contextmanager
def cut_short(stop: threading.Event, abort: Callable[[], None]) -> Iterator[None]:
    """While the context lasts: `abort` is called where it goes on for too long after `stop`."""
    over = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            if over.wait(_LOOK_SECONDS):
                return
        if not over.wait(GRACE_SECONDS):
            abort()

    watching = threading.Thread(target=watch, name="cut short")
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def _serve(settings: Settings, worker: Worker, stop: threading.Event) -> None:
    notices = Job("notices", worker.send_notices, _NOTICE_INTERVAL)
    polls = Job("poll", worker.poll_until_empty, settings.poll_interval, leads_to=notices)
    schedule = Schedule(polls, notices, abort=worker.abort, stop=stop)
    with schedule, IdleWatcher(settings.imap, lambda: schedule.wake(polls)):
        _log.info("watching %s on %s", settings.imap.folder, settings.imap.host)
        schedule.wait()


def send_once(worker: Worker) -> Counter[str]:
    """What was filed is filed, whatever becomes of the notices: they stay queued."""
    try:
        return worker.send_notices()
    except (Transient, ConfigurationError) as error:
        _log.warning("Notices stay queued: %s", error)
        return Counter()
