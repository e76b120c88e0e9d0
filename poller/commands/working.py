"""The commands that work on the mailbox: `run` and `once`."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

import click

from poller.command import EX_TEMPFAIL, Command, fail, is_enabled, progress_bar
from poller.errors import ConfigurationError, Transient
from poller.late import importing, refuse_without_late
from poller.logs import told

if TYPE_CHECKING:
    from poller.settings import Settings
    from poller.worker import Worker

_log = logging.getLogger(__name__)


@click.command(cls=Command)
@click.pass_obj
def run(settings: Settings) -> None:
    """Polls at once, on schedule and when mail arrives, until it is told to stop."""
    with importing():
        from poller.notifying import tell
        from poller.service import run as serve

    if not is_enabled(settings):
        tell("READY=1", "STATUS=INTEGRATION_ENABLED=false: the mailbox is left untouched")  # it did what it was to do
        return
    with progress_bar("filing") as progress:
        serve(settings, progress)


@click.command(cls=Command)
@click.pass_obj
def once(settings: Settings) -> None:
    """Polls until nothing new is left, sends the notices that are due, and ends."""
    with importing():
        from poller.ending import stop_on_signals
        from poller.worker import open_worker

    if not is_enabled(settings):
        return
    refuse_without_late()
    with (
        stop_on_signals(EX_TEMPFAIL) as stop,
        progress_bar("filing") as progress,
        open_worker(settings, stop, progress) as worker,
    ):
        outcomes = worker.poll_until_empty()
        notices = _send(worker)
    _log.info("%s", told(outcomes) or "nothing new")
    if notices:
        _log.info("notices: %s", told(notices))
    if stop.is_set():
        fail(["interrupted; what is left is filed by the next run"], EX_TEMPFAIL)


def _send(worker: Worker) -> Counter[str]:
    """What was filed is filed, whatever becomes of the notices: they stay queued."""
    try:
        return worker.send_notices()
    except (Transient, ConfigurationError) as error:
        _log.warning("Notices stay queued: %s", error)
        return Counter()
