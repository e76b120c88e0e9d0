"""One round of the outbox: what is due -> the submission server -> sent, failed, or queued for later.

Each notice is begun in the outbox before its dialogue, and ended there after it: a kill at any moment repeats at most
one, with the same Message-ID. Trouble of the server's own ends the round, and costs no notice an attempt.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Event
from time import monotonic
from typing import Any

from poller import events
from poller.errors import Transient
from poller.settings import NoticeSettings
from poller.storage import outbox
from poller.storage.database import connected
from poller.storage.lease import Lease
from poller.storage.outbox import Queued
from poller.submission import Accepted, Later, Outcome, Refused, Transport, Unclear
from poller.wording import many

_log = logging.getLogger(__name__)

_ENDS = {Accepted: "sent", Refused: "failed", Later: "later"}


class Sending:
    """The outbox and the server it is emptied into. The database is asked in moments, never kept for a dialogue."""

    def __init__(self, settings: NoticeSettings, lease: Lease, stop: Event, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._lease = lease
        self._stop = stop
        self._now = now
        self._transport = Transport(settings)

    def round(self) -> Counter[str]:
        """Everything due, once -> how many notices had which end. Raises Transient or ConfigurationError.

        Then the server is out of reach, and what is left stays queued.
        """
        ends: Counter[str] = Counter()
        with connected():
            if expired := outbox.expire(self._now()):
                events.counted("notices-expired", number=expired)
                one, several = (f"could not be sent for two days, and {verb} given up" for verb in ("is", "are"))
                _log.warning("%s", many(expired, f"notice {one}", f"notices {several}"))
            ids = outbox.due(self._lease, self._now()) if self._settings.smtp.host else []
        try:
            for notice_id in ids:
                if self._stop.is_set():
                    break
                self._transport.make_ready()
                ends += self._send(notice_id)
        finally:
            self._transport.close()
        return ends

    @property
    def moved_at(self) -> float:
        """When the last step of a conversation began, on monotonic time."""
        return self._transport.moved_at

    def abort(self) -> None:
        """From another thread: whatever is under way with the server ends now."""
        self._transport.abort()

    def _send(self, notice_id: int) -> Counter[str]:
        from poller import retrying  # noqa: PLC0415 - before anything has happened: see `poller.late`

        with connected():
            queued = outbox.begin(notice_id, self._lease, self._now())
        if queued is None:
            return Counter()
        began = monotonic()
        outcome = self._transport.send(queued.recipient, queued.message)
        retrying.recording()(self._record, queued, outcome)
        _tell(queued, outcome, monotonic() - began)
        if isinstance(outcome, Unclear) or (isinstance(outcome, Later) and not outcome.reached):
            raise Transient(outcome.why)
        return Counter([_ENDS[type(outcome)]])

    def _record(self, queued: Queued, outcome: Outcome) -> None:
        with connected():
            match outcome:
                case Accepted():
                    outbox.sent(queued, self._now())
                case Refused(why):
                    outbox.failed(queued, why, self._now())
                case Later(why, reached):
                    outbox.later(queued, why, self._now(), reached=reached)
                case Unclear(why):
                    outbox.unclear(queued, why, self._now())


def _tell(queued: Queued, outcome: Outcome, seconds: float) -> None:
    facts: dict[str, Any] = {"notice_id": queued.id, "delivery": queued.delivery, "reason": queued.reason}
    facts["seconds"] = seconds
    match outcome:
        case Accepted():
            events.happened("notice-sent", **facts)
        case Refused(why):
            line = f"the notice to {queued.recipient} cannot be sent: {why}"
            events.said(_log, logging.WARNING, line, "notice-failed", **facts)
        case Later(why) | Unclear(why):
            line = f"the notice to {queued.recipient} was not sent now: {why}"
            events.said(_log, logging.INFO, line, "notice-delayed", **facts)
