"""Both embedded servers in one thread: what goes in by SMTP comes out by IMAP, on 127.0.0.1 alone."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from poller.demo.imap import Account, Mailbox
from poller.demo.smtp import BorderMTA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    imap: int
    smtp: int


@contextmanager
def serving(account: Account, domain: str, *, wanted: Ports) -> Iterator[Ports]:
    """Serves `domain`'s catch-all mailbox while the block runs -> its ports: those wanted, or free ones if taken."""
    imap, smtp = _listener(wanted.imap), _listener(wanted.smtp)
    ports = Ports(imap=imap.getsockname()[1], smtp=smtp.getsockname()[1])
    started: Future[Callable[[], object]] = Future()
    thread = threading.Thread(target=_run, args=(account, domain, imap, smtp, started), name="embedded servers")
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


def _run(
    account: Account, domain: str, imap: socket.socket, smtp: socket.socket, started: Future[Callable[[], object]]
) -> None:
    try:
        asyncio.run(_serve(account, domain, imap, smtp, started))
    except Exception as error:
        if started.done():
            raise
        started.set_exception(error)


async def _serve(
    account: Account, domain: str, imap: socket.socket, smtp: socket.socket, started: Future[Callable[[], object]]
) -> None:
    """Until told to stop; open connections are cut off by `asyncio.run` then."""
    mailbox = Mailbox(account)
    mta = BorderMTA(domain=domain, catch_all=account.login, deliver=mailbox.deliver)
    servers = [await mailbox.listen(imap), await mta.listen(smtp)]
    stopped = asyncio.Event()
    started.set_result(partial(asyncio.get_running_loop().call_soon_threadsafe, stopped.set))
    await stopped.wait()
    for server in servers:
        server.close()
