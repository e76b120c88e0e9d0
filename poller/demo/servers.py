"""The embedded servers in one thread: what goes in by SMTP comes out by IMAP, on 127.0.0.1 alone."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from poller.demo.dns import NameServer
from poller.demo.imap import Account, Mailbox
from poller.demo.results import show_notice
from poller.demo.samples import domains
from poller.demo.smtp import BorderMTA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    imap: int
    smtp: int
    dns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sockets:
    imap: socket.socket
    smtp: socket.socket
    dns: socket.socket


@contextmanager
def serving(account: Account, domain: str, *, wanted: Ports) -> Iterator[Ports]:
    """Serves `domain`'s catch-all mailbox while the block runs -> its ports: those wanted, or free ones if taken."""
    sockets = Sockets(imap=_listener(wanted.imap), smtp=_listener(wanted.smtp), dns=_receiver(wanted.dns))
    imap, smtp, dns = (sock.getsockname()[1] for sock in (sockets.imap, sockets.smtp, sockets.dns))
    ports = Ports(imap=imap, smtp=smtp, dns=dns)
    started: Future[Callable[[], object]] = Future()
    thread = threading.Thread(target=_run, args=(account, domain, sockets, started), name="embedded servers")
    thread.start()
    stop = started.result()
    try:
        yield ports
    finally:
        stop()
        thread.join()


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


def _receiver(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.bind((HOST, 0))
    return sock


def _run(account: Account, domain: str, sockets: Sockets, started: Future[Callable[[], object]]) -> None:
    try:
        asyncio.run(_serve(account, domain, sockets, started))
    except Exception as error:
        if started.done():
            raise
        started.set_exception(error)


async def _serve(account: Account, domain: str, sockets: Sockets, started: Future[Callable[[], object]]) -> None:
    """Until told to stop; open connections are cut off by `asyncio.run` then."""
    mailbox = Mailbox(account)
    mta = BorderMTA(domain=domain, catch_all=account.login, deliver=mailbox.deliver, show=show_notice)
    servers = [await mailbox.listen(sockets.imap), await mta.listen(sockets.smtp)]
    resolver = await NameServer(domains(), HOST).listen(sockets.dns)
    stopped = asyncio.Event()
    started.set_result(partial(asyncio.get_running_loop().call_soon_threadsafe, stopped.set))
    await stopped.wait()
    resolver.close()
    for server in servers:
        server.close()
