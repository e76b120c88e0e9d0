"""A server that is far away: octets arrive late in both directions, and as many at once as they were sent."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

_AT_ONCE = 1 << 20
_UNDER_WAY = 64  # pieces of a direction: more than fit on a line of 20 ms at any speed that a loopback has
_CONNECTIONS = 16  # at once

_Line = Queue[tuple[float, bytes]]


@contextlib.contextmanager
def distant(target: int, seconds: float) -> Iterator[int]:
    """A port from which it takes that long to the target's and back."""
    with (
        ThreadPoolExecutor(1 + 4 * _CONNECTIONS) as threads,
        socket.create_server(("127.0.0.1", 0)) as listener,
        contextlib.ExitStack() as ends,
    ):
        ends.callback(listener.shutdown, socket.SHUT_RDWR)
        threads.submit(_accept, listener, target, seconds / 2, threads.submit)
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, target: int, delay: float, begin: Callable[..., object]) -> None:
    with contextlib.suppress(OSError), contextlib.ExitStack() as open_ends:
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", target))
            for end in (client, server):
                open_ends.enter_context(end)
                open_ends.callback(_shut, end, socket.SHUT_RDWR)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink in ((client, server), (server, client)):
                line: _Line = Queue(_UNDER_WAY)
                begin(_depart, source, line, delay)
                begin(_arrive, sink, line)


def _depart(source: socket.socket, line: _Line, delay: float) -> None:
    octets = b"anything"
    while octets:
        try:
            octets = source.recv(_AT_ONCE)
        except OSError:
            octets = b""
        line.put((time.monotonic() + delay, octets))


def _arrive(sink: socket.socket, line: _Line) -> None:
    """No octets: the other side has ended."""
    octets = b"anything"
    while octets:
        due, octets = line.get()
        time.sleep(max(due - time.monotonic(), 0))
        # Where nobody listens any more, the rest is taken off the line all the same.
        with contextlib.suppress(OSError):
            sink.sendall(octets)
    _shut(sink, socket.SHUT_WR)


def _shut(end: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(how)
