"""Notices -> the submission server, one after another over a kept connection."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from poller.deadline import Deadline
from poller.errors import Transient
from poller.mail.fields.address import a_labels
from poller.oauth2 import tokens_for
from poller.settings import NoticeSettings
from poller.submission.blame import is_about_sender, wants_login
from poller.submission.connection import ACCEPTANCE_SECONDS, Connection, ConnectionLost
from poller.submission.login import log_in
from poller.submission.outcome import Accepted, Later, Outcome, Refused, Unclear
from poller.submission.reply import Reply

OPENING_SECONDS = 2 * 60
DIALOGUE_SECONDS = ACCEPTANCE_SECONDS + 5 * 60
_FAREWELL_SECONDS = 5  # QUIT is a courtesy: nobody waits long for its answer

_GO_AHEAD = 354
_NULL_SENDER = ""


@dataclass(frozen=True, slots=True)
class _Answer:
    """The last reply of a transaction, and the command that it answered."""

    stage: str
    reply: Reply


class Transport:
    """`make_ready`, then `send`, as often as wanted; then `close`."""

    def __init__(self, settings: NoticeSettings) -> None:
        self._settings = settings
        self._tokens = tokens_for(settings.smtp.oauth) if settings.smtp.oauth else None
        self._deadline = Deadline()
        self._connection: Connection | None = None

    def make_ready(self) -> None:
        """A conversation that can begin: the kept one, or a new one. Raises Transient or ConfigurationError."""
        self._deadline.arm(OPENING_SECONDS)
        with self._deadline:
            if not self._is_alive():
                self._drop()
                self._connection = self._open()

    def send(self, recipient: str, message: bytes) -> Outcome:
        """One notice, with a null sender (RFC 5321, 4.5.5), or the configured one where the server refuses that."""
        if not self._connection:
            raise Transient("not connected")
        self._deadline.arm(DIALOGUE_SECONDS)
        with self._deadline:
            try:
                return self._converse(self._connection, _with_a_labels(recipient), message)
            except ConnectionLost as lost:
                unclear = self._connection.owes_answer
                self._drop()
                return Unclear(str(lost)) if unclear else Later(str(lost), reached=False)

    @property
    def moved_at(self) -> float:
        """When the last step of a conversation began, on monotonic time."""
        return self._deadline.moved_at

    def abort(self) -> None:
        """From another thread: whatever is under way with the server ends now."""
        self._deadline.expire()

    def close(self) -> None:
        if self._connection:
            self._deadline.arm(_FAREWELL_SECONDS)
            self._connection.close()
        self._connection = None
        self._deadline.disarm()

    def _is_alive(self) -> bool:
        # Servers close a connection that was silent for long, or had its share: no trouble worth a back-off.
        with suppress(ConnectionLost):
            return self._connection is not None and self._connection.say("RSET").is_positive
        return False

    def _open(self) -> Connection:
        if self._tokens:
            self._tokens.make_ready()  # before the server waits for it
        connection = Connection(self._settings.smtp, self._settings.hostname, self._deadline)
        try:
            log_in(connection, self._settings.smtp, self._tokens)
        except BaseException:
            connection.drop()
            raise
        return connection

    def _drop(self) -> None:
        if self._connection:
            self._connection.drop()
        self._connection = None

    def _converse(self, connection: Connection, recipient: str, message: bytes) -> Outcome:
        fallback = self._settings.envelope_from
        if lacking := _lacking(connection, recipient, message):
            return Refused(f"{connection.where}: the server lacks {lacking}, which {recipient} needs.")
        answer = _transaction(connection, _NULL_SENDER, recipient, message)
        refused_sender = is_about_sender(answer.reply, answer.stage) and not wants_login(answer.reply)
        if refused_sender and fallback:
            connection.say("RSET")
            answer = _transaction(connection, fallback, recipient, message)
        elif refused_sender:
            return Refused(
                f"{connection.where} refused the null sender: {answer.reply}, after {answer.stage}. Set "
                "NOTICE_ENVELOPE_FROM to an address that this server lets you send from."
            )
        return _outcome(connection, answer)


def _transaction(connection: Connection, sender: str, recipient: str, message: bytes) -> _Answer:
    """MAIL, RCPT, DATA, the message, as far as it goes (RFC 5321, 3.3)."""
    parameters = _parameters(connection, recipient, message)
    for command in (" ".join([f"MAIL FROM:<{sender}>", *parameters]), f"RCPT TO:<{recipient}>", "DATA"):
        reply = connection.say(command)
        if not (reply.code == _GO_AHEAD if command == "DATA" else reply.is_positive):
            return _Answer(command.partition(" ")[0], reply)
    return _Answer("the message", connection.hand_over(message))


def _parameters(connection: Connection, recipient: str, message: bytes) -> list[str]:
    """Of MAIL: SIZE (RFC 1870), and SMTPUTF8 (RFC 6531) and 8BITMIME (RFC 6152) where they are needed."""
    parameters = [f"SIZE={len(message)}"] if connection.offers("size") else []
    if not message.isascii():
        parameters.append("BODY=8BITMIME")
    if not recipient.isascii():
        parameters.append("SMTPUTF8")
    return parameters


def _lacking(connection: Connection, recipient: str, message: bytes) -> str | None:
    if not recipient.isascii() and not connection.offers("smtputf8"):
        return "SMTPUTF8"
    if not message.isascii() and not connection.offers("8bitmime"):
        return "8BITMIME"
    return None


def _with_a_labels(address: str) -> str:
    """An international domain has a form that every server takes; a local part has none."""
    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{a_labels(domain) or domain}"


def _outcome(connection: Connection, answer: _Answer) -> Outcome:
    reply, stage = answer.reply, answer.stage
    why = f"{connection.where}: the server said {reply}, after {stage}."
    if wants_login(reply):
        return Later(f"{why} Check SMTP_USERNAME and SMTP_PASSWORD.", reached=False)
    if reply.is_final:
        return Refused(why)
    return Accepted() if stage == "the message" and reply.is_positive else Later(why)
