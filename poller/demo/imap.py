"""The embedded IMAP server: pymap, serving one account whose mail is held in memory and is gone when it stops.

pymap's Maildir would keep mail across a restart, but it passes every message through Python's `email`, which changes
octets (line ends, folding) and with them every hash and every DKIM signature.
"""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proxyprotocol.result import ProxyResultUnknown
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.concurrent import Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

if TYPE_CHECKING:
    import socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may log in. The login is the mailbox's own address too, as behind a catch-all."""

    login: str
    password: str


class Mailbox:
    """The account's folders: the SMTP server puts messages in, and IMAP clients see them at once."""

    def __init__(self, account: Account) -> None:
        self._config = _config(account)
        self._login = Login(self._config)
        self._owner = self._login.demo_user_identity

    async def listen(self, sock: socket.socket) -> asyncio.Server:
        """A listening socket -> an IMAP server on it."""
        self._config.apply_context()
        await self._owner.set(UserMetadata(self._config, self._owner.name, password=self._config.demo_password))
        server = IMAPServer(self._login, self._config)

        # Not pymap's own callback: it starts a task that nothing holds, so that an open connection may be collected.
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server(reader, writer, SocketInfo.get(writer, ProxyResultUnknown()))

        return await asyncio.start_server(serve, sock=sock)

    async def deliver(self, source: bytes) -> None:
        """The octets of one message -> the newest message of INBOX, those octets unchanged."""
        async with self._owner.new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(source, datetime.now(UTC))])


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        return b"Mailfiler demonstration"  # pymap's own asks the DNS for this machine's name, which may take seconds


def _config(account: Account) -> _Config:
    return _Config(
        Namespace(passlib_cfg=None, proxy_protocol=None),  # what pymap's command line would hold
        host=None,
        port=0,
        demo_data=False,
        demo_user=account.login,
        demo_password=account.password,
        tls_enabled=False,  # loopback only
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        hash_context=Cleartext(),  # the password is random, and new at every start
        cpu_subsystem=Subsystem.for_asyncio(),
    )
