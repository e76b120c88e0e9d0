"""WHEN: polls at once, on schedule, and when IDLE says that mail has come; sends notices; ends cleanly on a signal."""

from __future__ import annotations

import logging
import os
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

from poller import __version__
from poller.ending import stop_on_signals
from poller.errors import ConfigurationError, Transient
from poller.health import Health
from poller.late import import_late
from poller.mailbox.idle import IdleWatcher
from poller.metrics import watched
from poller.notifying import tell
from poller.poll import Progress
from poller.schedule import Job, Outcomes, Schedule
from poller.settings import Settings
from poller.storage.database import connected
from poller.storage.health import Sign, record_sign
from poller.storage.lease import LeaseTaken
from poller.watchdog import ABORT_SECONDS, SILENCE_SECONDS, Watchdog
from poller.wording import clause
from poller.worker import Worker, open_worker

_log = logging.getLogger(__name__)

_TROUBLE_SECONDS = 30
_LEASE_SECONDS = 2
_END_SECONDS = 3
_SIGN_INTERVAL = timedelta(minutes=1)
_POLL = "poll"
# The shortest pause between two attempts at a notice, besides that mail that was refused brings a round at once.
_NOTICE_INTERVAL = timedelta(minutes=1)


def run(settings: Settings, progress: Progress) -> None:
    """The service: returns when SIGTERM or SIGINT has ended it. Raises ConfigurationError before it starts.

    To the service manager it is ready once its settings are right, though it may have to wait for its turn, or for
    the database: that it does by itself.
    """
    import_late()
    health = Health()
    waits_for = ""
    # A start that takes long, as when tables are brought up to date, is a matter of our own watchdog.
    tell(f"EXTEND_TIMEOUT_USEC={(SILENCE_SECONDS + 2 * ABORT_SECONDS) * 1_000_000}", "STATUS=starting")
    with stop_on_signals() as stop, watched(settings, health) as pulse:
        while not stop.is_set():
            try:
                with open_worker(settings, stop, progress) as worker:
                    waits_for = ""
                    health.well("start")
                    pulse.working(lambda: worker.moved_at)
                    tell("READY=1", "STATUS=first poll")
                    _serve(settings, worker, stop, health)
            except LeaseTaken as taken:
                pulse.standing_by()
                why = f"{taken}; waiting for it to end"
                if why != waits_for:  # which may be for months
                    _log.info("%s", why)
                waits_for = why
                _wait(stop, _LEASE_SECONDS, why)
            except Transient as error:
                _log.warning("%s; trying again in %d s", clause(error), _TROUBLE_SECONDS)
                health.failed("start", str(error))
                _wait(stop, _TROUBLE_SECONDS, f"{clause(error)}; trying again")
    _log.info("stopped")


def _wait(stop: threading.Event, seconds: float, why: str) -> None:
    """Which is no hang."""
    tell("READY=1", f"STATUS={why}")
    with Watchdog(stop):
        stop.wait(seconds)


def _serve(settings: Settings, worker: Worker, stop: threading.Event, health: Health) -> None:
    sign = partial(_give_sign, worker.mailbox, health, datetime.now(UTC))
    signs = Job("heartbeat", sign, _SIGN_INTERVAL, health=health)
    notices = Job("notices", worker.send_notices, _NOTICE_INTERVAL, health=health)
    polls = Job(_POLL, worker.poll_until_empty, settings.poll_interval, health=health, leads_to=notices)
    schedule = Schedule(polls, notices, signs, abort=worker.abort, stop=stop)
    health.changed = lambda: schedule.wake(signs)
    with schedule, IdleWatcher(settings.imap, lambda: schedule.wake(polls), fares=partial(_tell, health, "idle")):
        _log.info("watching %s on %s", settings.imap.folder, settings.imap.host)
        schedule.wait()
    _tell_end(worker)


def _tell_end(worker: Worker) -> None:
    """A database that is locked or away holds up no end."""
    telling = threading.Thread(target=_try_to_tell_end, args=(worker,), name="ending", daemon=True)
    telling.start()
    telling.join(_END_SECONDS)


def _try_to_tell_end(worker: Worker) -> None:
    try:
        worker.tell_end()
    except (Transient, ConfigurationError) as error:
        _log.debug("the end could not be told: %s", error)


def _tell(health: Health, name: str, trouble: str) -> None:
    if trouble:
        health.failed(name, trouble)
    else:
        health.well(name)


def _give_sign(mailbox: str, health: Health, began_at: datetime) -> Outcomes:
    """Where the database is away, those who ask find an old sign, and that is what they are to know."""
    poll = health.part(_POLL)
    sign = Sign(
        version=__version__,
        pid=os.getpid(),
        began_at=began_at,
        beat_at=datetime.now(UTC),
        polled_at=poll.well_at,
        failures=poll.failures,
        trouble=health.trouble(),
    )
    tell(f"STATUS={_status(sign)}")
    try:
        with connected():
            record_sign(mailbox, sign)
    except (Transient, ConfigurationError) as error:
        _log.debug("no sign of life: %s", error)
    return {}


def _status(sign: Sign) -> str:
    polled = f"last poll {sign.polled_at:%Y-%m-%dT%H:%M:%SZ}" if sign.polled_at else "not polled yet"
    return f"{polled}; {sign.trouble}" if sign.trouble else polled
