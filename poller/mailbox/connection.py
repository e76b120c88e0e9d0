"""Settings -> a connection to the IMAP server: encrypted, logged in, and dropped at the first sign of disorder."""

from __future__ import annotations

import imaplib
import ipaddress
import logging
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

from imapclient import IMAPClient, SocketTimeout

from poller.errors import ConfigurationError, Transient
from poller.mailbox.deadline import Deadline
from poller.mailbox.errors import CommandRefused, CommandRejected, response_code
from poller.mailbox.login import log_in
from poller.mailbox.reasons import why_dropped, why_no_connection
from poller.settings import ImapSettings, Security

if TYPE_CHECKING:
    import io

CONNECT_SECONDS = 30
READ_SECONDS = 60

_T = TypeVar("_T")
_REFUSED = re.compile(r"\w+ failed: (.*)", re.DOTALL)

# Below WARNING both print mail and log-in names.
logging.getLogger("imapclient").setLevel(logging.WARNING)


class Connection:
    """One conversation with the server. After any error but a clean tagged NO it is dropped and answers no more."""

    def __init__(self, settings: ImapSettings, deadline: Deadline) -> None:
        self.where = f"{settings.host}:{settings.port}"
        self.alive = True
        self._deadline = deadline
        self._client = _connect(settings, deadline)
        try:
            self.ask("logging in", lambda client: log_in(client, settings))
            self.capabilities: frozenset[str] = self.ask("asking what the server can do", _capabilities)
        except BaseException:
            self.drop()
            raise

    def ask(self, doing: str, command: Callable[[Any], _T]) -> _T:
        """One exchange with the server; `doing` completes "the server went away, while …" for an administrator."""
        if not self.alive:
            raise Transient(f"{self.where}: the connection was dropped before {doing}; it is opened again.")
        try:
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
        if refused:
            text = refused[1]
            message = f"{self.where}: the server refused while {doing}: {text}"
            return CommandRefused(message, code=response_code(text))
        self.drop()
        message = f"{self.where}: {self._why(error)}, while {doing}; the connection was dropped and is opened again."
        return CommandRejected(message) if "command error: BAD" in str(error) else Transient(message)

    def _why(self, error: Exception) -> str:
        if self._deadline.passed:
            return "the time for this conversation was up"
        # imaplib's errors do not always quote the last words of the server; this is its documented way to them.
        last_words = self._client._imap.response("BYE")[1][-1]  # noqa: SLF001
        if last_words:
            return f"the server ended the conversation ({last_words.decode('utf-8', 'replace')})"
        return why_dropped(error)


class _WatchedIMAP4(imaplib.IMAP4):
    """imaplib, with the deadline holding the socket from its first moment, before TLS and the greeting."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._context = context
        self._deadline = deadline
        super().__init__(host, port, CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = socket.create_connection((self.host, self.port), timeout)
        self._deadline.watch(line)
        return self._context.wrap_socket(line, server_hostname=self.host) if self._context else line

    def has_unread(self) -> bool:
        """Whether octets were read that nobody has looked at: a selector on the socket would not show them."""
        self.sock.settimeout(0)
        try:
            return bool(cast("io.BufferedReader", self.file).peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            self.sock.settimeout(READ_SECONDS)


class _WatchedClient(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    def __init__(self, settings: ImapSettings, context: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__(
            settings.host,
            settings.port,
            ssl=context is not None,
            ssl_context=context,
            timeout=SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        )
        self.normalise_times = False  # or INTERNALDATE would become naive local time
        self._imap.debug = 0  # IMAPClient sets 5: every literal would be formatted for a log that nobody reads

    def _create_IMAP4(self) -> _WatchedIMAP4:  # noqa: N802 - IMAPClient's name; no public seam reaches the socket so early
        return _WatchedIMAP4(self.host, self.port, self.ssl_context, self._deadline)


def _connect(settings: ImapSettings, deadline: Deadline) -> IMAPClient:
    """TLS from the first octet, or STARTTLS before anything else, or plain on this machine: never a weaker way."""
    if settings.security is Security.PLAIN and not _is_loopback(settings.host):
        raise ConfigurationError(
            f"IMAP_SECURITY=plain is for a server on this machine, not for {settings.host}: use tls or starttls.",
        )
    context = ssl.create_default_context()
    client = None
    try:
        client = _WatchedClient(settings, context if settings.security is Security.TLS else None, deadline)
        if settings.security is Security.STARTTLS:
            _start_tls(client, context)
    except Exception as error:
        if client:
            with suppress(OSError):
                client.shutdown()
        deadline.release()
        raise why_no_connection(settings, error) from error
    return client


def _start_tls(client: IMAPClient, context: ssl.SSLContext) -> None:
    if not client.has_capability("STARTTLS"):
        raise ConfigurationError(
            "IMAP_SECURITY=starttls, but the server (or somebody in between) does not offer STARTTLS. "
            "Nothing was sent: use IMAP_SECURITY=tls, usually with IMAP_PORT=993.",
        )
    client.starttls(context)


def _capabilities(client: IMAPClient) -> frozenset[str]:
    return frozenset(name.decode("ascii", "replace") for name in client.capabilities())


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
