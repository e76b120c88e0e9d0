"""The embedded SMTP server: aiosmtpd as the border MTA of the filing domain, with one catch-all mailbox behind it.

As Postfix does with a catch-all, every envelope recipient gets a copy of its own, with the trace that tells them apart:
this is how a BCC, which leaves nothing in To or Cc, still shows where it was sent. It is the submission server for
notices too: those go to people elsewhere, whose servers there are none of here, and are shown instead.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable


class BorderMTA:
    """Hands mail for `domain` to `deliver`, one traced copy for each recipient, and notices for others to `show`."""

    def __init__(
        self,
        *,
        domain: str,
        catch_all: str,
        deliver: Callable[[bytes], Awaitable[None]],
        show: Callable[[str, bytes], None],
    ) -> None:
        self._domain = domain
        self._hostname = f"mx.{domain}"
        self._catch_all = catch_all
        self._deliver = deliver
        self._show = show

    async def listen(self, sock: socket.socket) -> asyncio.Server:
        """A listening socket -> an SMTP server on it."""
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's, which tells of every connection
        loop = asyncio.get_running_loop()

        def server() -> SMTP:
            return SMTP(self, hostname=self._hostname, ident="ESMTP", enable_SMTPUTF8=True, loop=loop)

        return await loop.create_server(server, sock=sock)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._is_ours(address) and not _has_null_sender(envelope):
            return f"550 5.7.1 <{address}>: this server takes mail for {self._domain} only"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        queue_id = secrets.token_hex(5).upper()
        content = envelope.original_content or b""
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            if self._is_ours(recipient):
                trace = self._trace(session, envelope, recipient, queue_id)
                await self._deliver(trace.encode() + content)
            else:
                self._show(recipient, content)
        return f"250 2.0.0 OK: queued as {queue_id}"

    def _is_ours(self, address: str) -> bool:
        return address.rpartition("@")[2].casefold() == self._domain

    def _trace(self, session: Session, envelope: Envelope, recipient: str, queue_id: str) -> str:
        """What a final delivery adds on top (RFC 5321, 4.4); a recipient is named in its own copy alone."""
        client = session.peer[0]  # type: ignore[index]  # declared as text, but it is (address, port)
        protocol = "UTF8SMTP" if envelope.smtp_utf8 else "ESMTP" if session.extended_smtp else "SMTP"
        return (
            f"Return-Path: <{(envelope.mail_from or '').strip('<>')}>\r\n"
            f"X-Original-To: {recipient}\r\n"
            f"Delivered-To: {self._catch_all}\r\n"
            f"Received: from {session.host_name} ([{client}])\r\n"
            f"\tby {self._hostname} (Mailfiler demonstration) with {protocol} id {queue_id}\r\n"
            f"\tfor <{recipient}>; {formatdate(localtime=True)}\r\n"
        )


def _has_null_sender(envelope: Envelope) -> bool:
    return not (envelope.mail_from or "").strip("<>")
