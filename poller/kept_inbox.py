"""The inbox of a worker: one connection kept from poll to poll, opened anew where it was cut in between."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from poller import events
from poller.deadline import Deadline
from poller.errors import Transient
from poller.mailbox.errors import CommandRejected, LoginExpired
from poller.mailbox.inbox import Inbox
from poller.mailbox.renewals import Renewals
from poller.restored import signs_of_restoring
from poller.settings import Settings, Settle

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

_FAREWELL_SECONDS = 5  # LOGOUT is a courtesy: nobody waits long for its answer


def over_expired_login(work: Callable[[], _T]) -> _T:
    """A session that ends with its access token, as is usual, is opened again, and the work begins anew at once.

    A backlog may outlive many tokens; a server that takes none of them for long is left to the next poll.
    """
    renewals = Renewals()
    while True:
        try:
            return work()
        except LoginExpired as error:
            if not renewals.at_once(error):
                raise
            _log.info("%s", error)


class KeptInbox:
    """`deadline` holds whatever is under way with the server. `restored`: the mailbox knows more than the database."""

    def __init__(self, settings: Settings) -> None:
        self.deadline = Deadline()
        self.restored = False
        self._settings = settings
        self._inbox: Inbox | None = None
        self._was_asked = False

    def open(self) -> Inbox:
        """As it is now. Raises Transient or ConfigurationError where it is out of reach."""
        inbox = self._fresh()
        if not self._was_asked:
            self._ask(inbox)
        return inbox if inbox.alive else self._fresh()

    def close(self) -> None:
        if self._inbox:
            self.deadline.arm(_FAREWELL_SECONDS)
            self._inbox.close()
            self.deadline.disarm()
        self._inbox = None

    def _fresh(self) -> Inbox:
        self.deadline.renew()
        if self._inbox and self._inbox.alive:
            # A connection that was cut between two polls is no trouble worth a back-off.
            with suppress(Transient):
                self._inbox.refresh()
                return self._inbox
            self.close()
            self.deadline.renew()
        self._inbox = Inbox(self._settings.imap, self.deadline)
        events.happened("imap-connected")
        if self._settings.settle is Settle.MOVE:
            folders = self._settings.folders
            names = (folders.filed, folders.rejected, folders.quarantine, folders.review, folders.ignored)
            for problem in self._inbox.ensure_folders(names):
                _log.warning("%s: %s", self._inbox.name, problem)
        return self._inbox

    def _ask(self, inbox: Inbox) -> None:
        """Looks for signs of a restored database, once; mail is filed whatever becomes of the question."""
        try:
            signs = list(signs_of_restoring(inbox, self._settings))
        except Transient as error:
            if self.deadline.passed:
                raise
            _log.debug("whether the database was restored is not known: %s", error)
            self._was_asked = isinstance(error, CommandRejected)  # a server that does not understand it never will
        else:
            self.restored = bool(signs)
            self._was_asked = True
            for sign in signs:
                _log.warning("%s", sign)
