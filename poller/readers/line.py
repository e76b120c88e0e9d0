"""The worker's end of the line to one reader: never does it wait for room, or both could wait for each other."""

from __future__ import annotations

from collections import deque
from select import POLLIN, poll
from socket import AF_UNIX, SO_SNDBUF, SOCK_SEQPACKET, SOL_SOCKET, socket, socketpair
from typing import Any, Self

from poller.readers.frames import receive_value, send_unread
from poller.readers.look import Look

# For a hundred packets or more either way, as far as the system grants it: a reader is not to wait for the worker.
_BUFFER = 1 << 20


class Line:
    """`asked` are the looks that the reader has been asked for, the first of which it is at; `unasked` those that did
    not fit into the buffer yet.
    """

    def __init__(self, connection: socket) -> None:
        self.connection = connection
        self.is_ready = False
        self.asked: deque[Look] = deque()
        self.unasked: deque[Look] = deque()

    @classmethod
    def pair(cls) -> tuple[Self, socket]:
        """One, and the reader's end of it. Raises OSError."""
        ours, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(SOL_SOCKET, SO_SNDBUF, _BUFFER)
        return cls(ours), theirs

    @property
    def looks(self) -> tuple[Look, ...]:
        return (*self.asked, *self.unasked)

    @property
    def load(self) -> int:
        return sum(look.load for look in self.looks)

    def ask(self, look: Look) -> None:
        self.unasked.append(look)
        self.push()

    def push(self) -> None:
        """Asks for as many as there is room for. The others follow with the answers, and for what cannot be asked for
        though no answer is to come, there is no reader.
        """
        self.connection.settimeout(0)
        while self.unasked:
            try:
                send_unread(self.connection, self.unasked[0].unread, self.unasked[0].path)
            except (BrokenPipeError, ConnectionResetError):
                return  # which is seen by whoever waits for an answer
            except OSError:
                if self.asked:
                    return
                self.unasked.popleft()
            else:
                self.asked.append(self.unasked.popleft())

    def receive(self, seconds: float) -> Any:  # noqa: ANN401 - whatever the reader has to say
        """Raises EOFError when the reader has ended, TimeoutError, OSError."""
        self.connection.settimeout(seconds)
        return receive_value(self.connection)

    @property
    def has_news(self) -> bool:
        """Whether there is something to receive, or never will be."""
        waiting = poll()
        waiting.register(self.connection, POLLIN)
        return bool(waiting.poll(0))
