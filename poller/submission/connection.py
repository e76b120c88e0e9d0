"""Settings -> a conversation with the submission server: encrypted, introduced, and dropped at the first disorder.

RFC 5321, with STARTTLS (RFC 3207) or TLS from the first octet (RFC 8314).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import suppress

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.reaching import connect, why_out_of_reach
from poller.settings import Security, SmtpSettings
from poller.submission.reply import Reply

STEP_SECONDS = 30
ACCEPTANCE_SECONDS = 10 * 60
"""For the answer to a message. Who gives up earlier makes copies: the server may be filtering (RFC 5321, 4.5.3.2.6)."""

_CLOSING = 421  # in answer to whatever command
_STARTS_WITH_DOT = re.compile(rb"^\.", re.MULTILINE)


class ConnectionLost(Transient):
    """The conversation ended before its time: cut off, silent, out of step, or closed by the server (421)."""


class Connection:
    """One conversation, ready for commands. After ConnectionLost it answers no more.

    `owes_answer`: a message was sent whose answer has not come, so that nobody knows whether it was accepted.
    """

    def __init__(self, settings: SmtpSettings, hostname: str, deadline: Deadline) -> None:
        self.where = f"{settings.host}:{settings.port}"
        self.owes_answer = False
        self._settings = settings
        self._deadline = deadline
        self._client = self._connect(hostname)
        try:
            self._introduce()
            if settings.security is Security.STARTTLS:
                self._start_tls()
        except BaseException:
            self.drop()
            raise

    def offers(self, extension: str) -> bool:
        return self._client.has_extn(extension)

    def size(self) -> int | None:
        """The most octets of a message (RFC 1870); None where the server names no limit."""
        told = self._client.esmtp_features.get("size", "").strip()
        return int(told) or None if told.isascii() and told.isdigit() else None

    def mechanisms(self) -> list[str]:
        """Of AUTH (RFC 4954), in upper case."""
        return self._client.esmtp_features.get("auth", "").upper().split()

    def say(self, command: str, stage: str = "") -> Reply:
        """One command -> the reply to it. `stage` names it where its own first word does not, or is a secret."""
        stage = stage or command.partition(" ")[0]
        try:
            return self._checked(stage, *self._client.docmd(command))
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost(stage, error) from error

    def hand_over(self, message: bytes) -> Reply:
        """A message with CRLF line ends, after 354 -> whether the server answers for it (250)."""
        stuffed = _STARTS_WITH_DOT.sub(b"..", message)
        end = b"" if message.endswith(b"\r\n") else b"\r\n"
        self.owes_answer = True
        try:
            self._client.send(stuffed + end + b".\r\n")
            self._set_timeout(ACCEPTANCE_SECONDS)
            code, text = self._client.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost("the message", error) from error
        self._set_timeout(STEP_SECONDS)
        self.owes_answer = not _is_code(code)
        return self._checked("the message", code, text)

    def close(self) -> None:
        with suppress(OSError):
            self._client.docmd("QUIT")
        self.drop()

    def drop(self) -> None:
        self._deadline.release()
        with suppress(OSError):
            self._client.close()

    def _connect(self, hostname: str) -> _WatchedSMTP:
        try:
            return _WatchedSMTP(self._settings, hostname, self._deadline)
        except smtplib.SMTPConnectError as refused:
            reply = Reply.read(refused.smtp_code, refused.smtp_error)
            said = f"lets nobody in now: {reply}" if _is_code(reply.code) else "does not greet as an SMTP server does"
            why: Exception = Transient(f"{self.where} {said}; it is tried again.")
        except Exception as error:  # noqa: BLE001 - a server that is none raises whatever its octets suggest
            why = self._no_connection(error)
        self._deadline.release()
        raise why

    def _no_connection(self, error: Exception) -> Exception:
        cause = _cause(error)
        told = None if self._deadline.passed else why_out_of_reach(self._settings, cause)
        return told or Transient(f"{self.where}: {self._why(error)}, while connecting; it is tried again.")

    def _introduce(self) -> None:
        try:
            reply = self._checked("EHLO", *self._client.ehlo())
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost("EHLO", error) from error
        if not reply.is_positive:
            raise Transient(f"{self.where} lets nobody in now: {reply}, after EHLO; it is tried again.")

    def _start_tls(self) -> None:
        if not self.offers("starttls"):
            raise ConfigurationError(
                "SMTP_SECURITY=starttls, but the server (or somebody in between) does not offer STARTTLS. "
                "Nothing was sent: use SMTP_SECURITY=tls, usually with SMTP_PORT=465.",
            )
        try:
            self._client.starttls(context=ssl.create_default_context())
        except smtplib.SMTPResponseException as refused:
            reply = Reply.read(refused.smtp_code, refused.smtp_error)
            raise Transient(f"{self.where} does not encrypt now: {reply}; it is tried again.") from refused
        except OSError as error:
            raise self._no_connection(error) from error
        self._introduce()  # what was said before encryption may have been anybody's words

    def _checked(self, stage: str, code: int, text: bytes) -> Reply:
        reply = Reply.read(code, text)
        if code == _CLOSING:
            raise ConnectionLost(f"{self.where}: the server ended the conversation ({reply}), after {stage}.")
        if not _is_code(code):
            raise ConnectionLost(f"{self.where}: the server's answer to {stage} could not be understood ({reply}).")
        return reply

    def _lost(self, stage: str, error: Exception) -> ConnectionLost:
        return ConnectionLost(f"{self.where}: {self._why(error)}, after {stage}.")

    def _why(self, error: Exception) -> str:
        if self._deadline.passed:
            return "the time for this conversation was up"
        cause = _cause(error)
        if isinstance(cause, TimeoutError):
            return "the server did not answer in time"
        if isinstance(cause, smtplib.SMTPServerDisconnected):
            return "the server closed the connection"
        return f"the conversation broke off ({cause})"

    def _set_timeout(self, seconds: float) -> None:
        if self._client.sock:
            self._client.sock.settimeout(seconds)


def _is_code(code: int) -> bool:
    return 200 <= code <= 599  # noqa: PLR2004 - RFC 5321, 4.2


def _cause(error: Exception) -> Exception:
    """What it was: smtplib says of every trouble with the socket that the server disconnected."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        return error.__context__
    return error


class _WatchedSMTP(smtplib.SMTP):
    """smtplib, with the deadline holding the socket from its first moment, before TLS and the greeting."""

    def __init__(self, settings: SmtpSettings, hostname: str, deadline: Deadline) -> None:
        self._deadline = deadline
        self._context = ssl.create_default_context() if settings.security is Security.TLS else None
        # A name, or smtplib would ask the DNS for one. Only a host given here is the one that STARTTLS verifies.
        super().__init__(settings.host, settings.port, local_hostname=hostname, timeout=STEP_SECONDS)
        self.command_encoding = "utf-8"

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = connect(host, port, timeout, self._deadline)
        return self._context.wrap_socket(line, server_hostname=host) if self._context else line
