"""One message -> the submission server, for several recipients, with a sender of its own: no notice, no outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poller.deadline import Deadline
from poller.oauth2 import tokens_for
from poller.settings import NoticeSettings
from poller.submission.connection import Connection
from poller.submission.login import log_in
from poller.submission.reply import Reply

_SECONDS = 5 * 60
_GO_AHEAD = 354


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the server said to a recipient, or to everything, and after which command."""

    recipient: str
    reply: Reply
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """`accepted`: the recipients that the server answers for now."""

    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...]


def post(settings: NoticeSettings, sender: str, recipients: Sequence[str], message: bytes) -> Posted:
    """One transaction (RFC 5321, 3.3). Domains are in A-labels, the message is ASCII with CRLF.

    Raises Transient where the server is out of reach or breaks off, ConfigurationError where it cannot be used.
    """
    tokens = tokens_for(settings.smtp.oauth) if settings.smtp.oauth else None
    if tokens:
        tokens.make_ready()  # before the server waits for it
    with Deadline(_SECONDS) as deadline:
        connection = Connection(settings.smtp, settings.hostname, deadline)
        try:
            log_in(connection, settings.smtp, tokens)
            return _transaction(connection, sender, recipients, message)
        finally:
            connection.close()


def _transaction(connection: Connection, sender: str, recipients: Sequence[str], message: bytes) -> Posted:
    reply = connection.say(f"MAIL FROM:<{sender}>{_parameters(sender, *recipients)}")
    if not reply.is_positive:
        return _all_refused((), recipients, reply, "MAIL")
    replies = {recipient: connection.say(f"RCPT TO:<{recipient}>") for recipient in recipients}
    refused = tuple(
        Refusal(recipient=recipient, reply=reply, stage="RCPT")
        for recipient, reply in replies.items()
        if not reply.is_positive
    )
    accepted = tuple(recipient for recipient, reply in replies.items() if reply.is_positive)
    if not accepted:
        return Posted(accepted=(), refused=refused)
    reply = connection.say("DATA")
    if reply.code != _GO_AHEAD:
        return _all_refused(refused, accepted, reply, "DATA")
    reply = connection.hand_over(message)
    if not reply.is_positive:
        return _all_refused(refused, accepted, reply, "the message")
    return Posted(accepted=accepted, refused=refused)


def _parameters(*addresses: str) -> str:
    """A server that does not know SMTPUTF8 (RFC 6531) refuses what needs it, and says so."""
    return "" if all(address.isascii() for address in addresses) else " SMTPUTF8"


def _all_refused(before: tuple[Refusal, ...], recipients: Sequence[str], reply: Reply, stage: str) -> Posted:
    others = (Refusal(recipient=recipient, reply=reply, stage=stage) for recipient in recipients)
    return Posted(accepted=(), refused=(*before, *others))
