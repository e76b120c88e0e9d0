"""A submission server, looked at from outside: whether it would take our notices. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass

from poller.errors import Transient
from poller.settings import NoticeSettings
from poller.submission.connection import Connection
from poller.submission.reply import Reply
from poller.submission.transport import Transport

_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`reply` is what the server says to the null sender.

    `fallback` is what it says to NOTICE_ENVELOPE_FROM where it refuses the null sender; None if it was not asked.
    `size` is the most octets of a message (RFC 1870), None where it does not tell.
    """

    where: str
    reply: Reply
    fallback: Reply | None
    size: int | None
    takes_8bit: bool


def inspect(settings: NoticeSettings) -> Inspection:
    """Connects, logs in, and takes MAIL back by RSET. Raises Transient or ConfigurationError."""
    transport = _Looking(settings)
    try:
        transport.make_ready()
        return transport.look()
    finally:
        transport.close()


class _Looking(Transport):
    def look(self) -> Inspection:
        connection = self._connection
        if not connection:
            raise Transient("not connected")
        fallback = self._settings.envelope_from
        self._deadline.arm(_SECONDS)
        with self._deadline:
            reply = _would_take(connection, "")
            return Inspection(
                where=connection.where,
                reply=reply,
                fallback=_would_take(connection, fallback) if fallback and not reply.is_positive else None,
                size=connection.size(),
                takes_8bit=connection.offers("8bitmime"),
            )


def _would_take(connection: Connection, sender: str) -> Reply:
    reply = connection.say(f"MAIL FROM:<{sender}>")
    connection.say("RSET")
    return reply
