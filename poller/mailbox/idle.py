"""A thread that waits for mail to arrive (IDLE, RFC 2177), on a connection of its own."""

from __future__ import annotations

import logging
import selectors
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from poller import retrying
from poller.deadline import Deadline
from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.mailbox import folders
from poller.mailbox.client import Client
from poller.mailbox.connection import STEP_SECONDS, Connection
from poller.mailbox.errors import LoginExpired
from poller.mailbox.renewals import Renewals
from poller.settings import ImapSettings

RENEWAL = 9 * 60
"""Seconds. Servers and firewalls drop a connection that was silent for 10 to 30 minutes."""

LOGIN_PAUSE = 30 * 60
"""Seconds until the next attempt after a refused login, so that the account is not locked."""

Fares = Callable[[str], None]
"""Called with what is wrong while nobody watches, and with "" when somebody does."""

_GOOD = 60
_NEWS = frozenset({b"EXISTS", b"RECENT"})
_log = logging.getLogger(__name__)


class IdleWatcher:
    """Calls `arrived` whenever there may be new mail: after a message came, and after each time it could not watch.

    `arrived` is called in this thread and should only wake another. Without IDLE at the server the thread ends at once.
    """

    def __init__(
        self,
        settings: ImapSettings,
        arrived: Callable[[], None],
        *,
        fares: Fares = lambda _trouble: None,
        renewal: float = RENEWAL,
    ) -> None:
        self._settings = settings
        self._arrived = arrived
        self._fares = fares
        self._renewal = renewal
        self._stop = threading.Event()
        self._line = Deadline()
        self._thread = threading.Thread(target=self._run, name="idle", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread at once: closing its connection wakes it wherever it waits."""
        self._stop.set()
        self._line.expire()
        self._thread.join(timeout=1)  # it may still be connecting; it is a daemon

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        failures, renewals = 0, Renewals()
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                if not self._watch():
                    return
            except Exception as error:  # noqa: BLE001 - whatever it is: who does not watch hears of no new mail
                if self._stop.is_set():
                    return
                if isinstance(error, LoginExpired) and renewals.at_once(error):
                    _log.info("%s", error)  # as is usual: no trouble
                    continue
                failures = 0 if time.monotonic() - began > _GOOD else failures + 1
                self._fares(str(error))
                self._stop.wait(_pause(error, failures))

    def _watch(self) -> bool:
        """One connection's life, until it is to end -> whether the server can be watched at all."""
        connection = self._connect()
        try:
            if "IDLE" not in connection.capabilities:
                return False
            self._fares("")
            self._idle(connection)
        finally:
            connection.close()
        return True

    def _connect(self) -> Connection:
        connection = Connection(self._settings, self._line)
        try:
            folder = folders.naming(connection).server_name(self._settings.folder)
            # EXAMINE, so that watching changes nothing, not even \Recent.
            folders.select(connection, folder, read_only=True)
        except BaseException:
            connection.close()
            raise
        return connection

    def _idle(self, connection: Connection) -> None:
        """Until the connection breaks or the watch ends. What came while nobody was watching is asked for first."""
        news = True
        while not self._stop.is_set():
            if news:
                self._arrived()
            answers = connection.ask("waiting for new mail", self._wait, self._renewal + STEP_SECONDS)
            # Some servers tell of new mail only when they are asked for something.
            news = _is_news(answers) or _is_news(connection.ask("asking for new mail", lambda client: client.noop()[1]))

    def _wait(self, client: Client) -> list[Any]:
        """One IDLE, until the server says something or it is time to renew it -> what the server said.

        Not `idle_check`, which returns an empty list for ever on a dead connection and trips over half a line.
        """
        client.idle()
        line = client.socket()
        if not client._imap.has_unread():  # noqa: SLF001 - what came together with the server's "+" is read already
            with selectors.DefaultSelector() as selector:
                selector.register(line, selectors.EVENT_READ)
                selector.select(self._renewal)
        return list(client.idle_done()[1])


def _pause(error: Exception, failures: int) -> float:
    """Seconds until the next attempt."""
    if isinstance(error, LoginRefused):
        _log.warning("%s", error)
        return LOGIN_PAUSE
    if isinstance(error, Transient | ConfigurationError):
        _log.warning("Waiting for new mail was interrupted: %s", error)
    else:
        _log.error("Waiting for new mail failed; it is tried again", exc_info=error)
    return retrying.pause_after(failures) if failures else 0


def _is_news(answers: list[Any]) -> bool:
    return any(_NEWS & set(answer) for answer in answers)
