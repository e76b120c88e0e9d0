"""Settings -> a connection to the IMAP server: encrypted, logged in, and dropped at the first sign of disorder."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from imapclient import IMAPClient

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.mailbox.client import Client, connect
from poller.mailbox.errors import (
    CommandRefused,
    CommandRejected,
    LoginExpired,
    ServerUnavailable,
    response_code,
    tells_expired,
    tells_unavailable,
)
from poller.mailbox.login import log_in
from poller.mailbox.reasons import why_dropped
from poller.oauth2 import tokens_for
from poller.settings import ImapSettings

STEP_SECONDS = 120
"""For one exchange with the server, whatever it does meanwhile; longer where much is asked for."""

SLOWEST = 4096
"""Octets a second: what a server has to manage at least."""

_T = TypeVar("_T")
_REFUSED = re.compile(r"\w+ failed: (.*)", re.DOTALL)


class Connection:
    """One conversation with the server. After any error but a clean tagged NO it is dropped and answers no more."""

    def __init__(self, settings: ImapSettings, deadline: Deadline) -> None:
        self.where = f"{settings.host}:{settings.port}"
        self.alive = True
        self._deadline = deadline
        self._tokens = tokens_for(settings.oauth) if settings.oauth else None
        self._token = ""
        if self._tokens:
            self._tokens.make_ready()  # before the server waits for it
        with deadline.within(STEP_SECONDS):
            self._client = connect(settings, deadline)
        try:
            self._token = self.ask("logging in", lambda client: log_in(client, settings, self._tokens))
            self.capabilities: frozenset[str] = self.ask("asking what the server can do", _capabilities)
        except BaseException:
            self.drop()
            raise

    def ask(self, doing: str, command: Callable[[Client], _T], seconds: float | None = None) -> _T:
        """One exchange with the server; `doing` completes "the server went away, while …" for an administrator."""
        if not self.alive:
            raise Transient(f"{self.where}: the connection was dropped before {doing}; it is opened again.")
        try:
            with self._deadline.within(seconds or STEP_SECONDS):
                return command(self._client)
        except (Transient, ConfigurationError):
            raise
        except Exception as error:
            # Whatever the libraries raise at an answer they do not expect, the connection may be out of step.
            raise self._judged(doing, error) from error

    def drop(self) -> None:
        """Closes the connection without a word: the server may not listen any more."""
        self.alive = False
        self._deadline.release()
        with suppress(OSError):
            self._client.shutdown()

    def close(self) -> None:
        if self.alive:
            # LOGOUT, never CLOSE, which would remove what other clients have marked \Deleted.
            with suppress(Exception):
                self._client.logout()
        self.drop()

    def _judged(self, doing: str, error: Exception) -> Exception:
        refused = _REFUSED.match(str(error)) if type(error) is IMAPClient.Error else None
        if refused and not tells_unavailable(refused[1]) and not self._has_expired(refused[1]):
            text = refused[1]
            message = f"{self.where}: the server refused while {doing}: {text}"
            return CommandRefused(message, code=response_code(text))
        self.drop()
        why = self._why(error)
        message = f"{self.where}: {why}, while {doing}; the connection was dropped and is opened again."
        if self._tokens and self._has_expired(str(error) if refused else why):
            return LoginExpired(message, fresh=self._tokens.forget(self._token))
        if tells_unavailable(why):
            return ServerUnavailable(message)
        return CommandRejected(message) if "command error: BAD" in str(error) else Transient(message)

    def _has_expired(self, text: str) -> bool:
        return bool(self._token) and tells_expired(text)

    def _why(self, error: Exception) -> str:
        if self._deadline.passed or self._deadline.step_passed:
            return "the time for this conversation was up"
        # imaplib's errors do not always quote the last words of the server; this is its documented way to them.
        last_words = self._client._imap.response("BYE")[1][-1]  # noqa: SLF001
        if last_words:
            return f"the server ended the conversation ({last_words.decode('utf-8', 'replace')})"
        return why_dropped(error)


def _capabilities(client: Client) -> frozenset[str]:
    return frozenset(name.decode("ascii", "replace") for name in client.capabilities())
