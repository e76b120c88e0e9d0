"""Settings -> IMAPClient, connected and encrypted, and rid of what does not suit a worker (see `connect`)."""

from __future__ import annotations

import imaplib
import ipaddress
import logging
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from imapclient import IMAPClient, SocketTimeout

from poller.deadline import Deadline
from poller.errors import ConfigurationError
from poller.mailbox.reasons import why_no_connection
from poller.oauth2 import Mechanism, told
from poller.reaching import connect as reach
from poller.settings import ImapSettings, Security

if TYPE_CHECKING:
    import io

CONNECT_SECONDS = 30
READ_SECONDS = 60

Client = Any
"""An IMAPClient, which has no types."""

# Below WARNING both print mail and log-in names.
logging.getLogger("imapclient").setLevel(logging.WARNING)


def connect(settings: ImapSettings, deadline: Deadline) -> Client:
    """TLS from the first octet, or STARTTLS before anything else, or plain on this machine: never a weaker way."""
    if settings.security is Security.PLAIN and not _is_loopback(settings.host):
        raise ConfigurationError(
            f"IMAP_SECURITY=plain is for a server on this machine, not for {settings.host}: use tls or starttls.",
        )
    # Its certificates take longer to read than all the rest.
    context = None if settings.security is Security.PLAIN else ssl.create_default_context()
    client = None
    try:
        client = _WatchedClient(settings, context if settings.security is Security.TLS else None, deadline)
        if context and settings.security is Security.STARTTLS:
            _start_tls(client, context)
    except Exception as error:
        if client:
            with suppress(OSError):
                client.shutdown()
        deadline.release()
        raise why_no_connection(settings, error) from error
    return client


def _start_tls(client: Client, context: ssl.SSLContext) -> None:
    if not client.has_capability("STARTTLS"):
        raise ConfigurationError(
            "IMAP_SECURITY=starttls, but the server (or somebody in between) does not offer STARTTLS. "
            "Nothing was sent: use IMAP_SECURITY=tls, usually with IMAP_PORT=993.",
        )
    client.starttls(context)


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _WatchedIMAP4(imaplib.IMAP4):
    """imaplib, with the deadline holding the socket from its first moment, before TLS and the greeting."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, deadline: Deadline) -> None:
        self._context = context
        self._deadline = deadline
        super().__init__(host, port, CONNECT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = reach(self.host, self.port, timeout or CONNECT_SECONDS, self._deadline)
        return self._context.wrap_socket(line, server_hostname=self.host) if self._context else line

    def _simple_command(self, name: str, *arguments: str) -> tuple[str, list[Any]]:
        answer: tuple[str, list[Any]] = super()._simple_command(name, *arguments)  # type: ignore[misc]  # not in typeshed
        if name == "STARTTLS":
            self._forget_what_was_said()
        return answer

    def authenticate_at_once(self, mechanism: str, first: bytes, answer: Callable[[bytes], bytes | None]) -> None:
        """As `authenticate`, with the client's first words in the command (SASL-IR, RFC 4959)."""
        # imaplib's own way to the answers that follow; its public one puts the mechanism into upper case.
        self.literal = imaplib._Authenticator(answer).process  # type: ignore[assignment]  # noqa: SLF001 - as above
        status, texts = self._simple_command("AUTHENTICATE", mechanism, b64encode(first).decode())
        if status != "OK":
            raise self.error(texts[-1].decode("utf-8", "replace"))
        self.state = "AUTH"

    def _forget_what_was_said(self) -> None:
        """Before TLS, anybody in between can have said it (RFC 9051, 11.1)."""
        if self.has_unread():
            raise ConfigurationError(
                f"{self.host}:{self.port} went on in plain text after it was asked for TLS: somebody in between may "
                "have put words into its mouth. Nothing was sent: use IMAP_SECURITY=tls, usually with IMAP_PORT=993.",
            )
        self.untagged_responses.clear()

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

    def authenticate(self, mechanism: Mechanism) -> None:
        """Raises what imaplib raises: its own error, with the server's words and the status in its challenge."""
        challenges: list[bytes] = []
        answers = iter((mechanism.first, mechanism.to_error))

        def answer(challenge: bytes) -> bytes | None:
            challenges.append(challenge)
            return next(answers, None)

        try:
            if self.has_capability("SASL-IR"):
                self._imap.authenticate_at_once(mechanism.name, next(answers), answer)
            else:
                self._imap.authenticate(mechanism.name, answer)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            status = told(challenges[-1]) if challenges else ""
            raise imaplib.IMAP4.error(f"{error}{status and f' ({status})'}") from error

    def _create_IMAP4(self) -> _WatchedIMAP4:  # noqa: N802 - IMAPClient's name; no public seam reaches the socket so early
        return _WatchedIMAP4(self.host, self.port, self.ssl_context, self._deadline)
