"""A proxy between a client and a real server, in which conversations break off, stall, drip, or are not what was said.

What is to happen is data. `Cut` suits every protocol; `Edit` and `Instead` are for IMAP, whose answers end with a tag.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from poller.settings import ImapSettings

ALWAYS = 1_000_000
_RESET = struct.pack("ii", 1, 0)
_DRIP_SECONDS = 0.01


class Action(StrEnum):
    """What becomes of a conversation."""

    RESET = "reset"
    EOF = "end of file"
    STALL = "stall"  # nobody hears anything any more, and nobody is told
    DRIP = "drip"  # one octet at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """After `offset` octets of what the server says.

    They are counted from the moment at which a client said something that matches `said`, for the `nth` time of all
    connections (where `said` is empty: from the start of the `nth` connection), and from the end of what matches
    `answer`. It happens so many `times` in a row. With `before` the server does not even hear those words.
    """

    action: Action
    said: bytes = b""
    nth: int = 1
    times: int = 1
    answer: bytes = b""
    offset: int = 0
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The whole answer to what matches `said` (the greeting, if that is empty), with `pattern` turned `into` that."""

    pattern: bytes
    into: bytes
    said: bytes = b""
    nth: int = 1
    times: int = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """The server does not hear what matches `said`; the client gets this answer, in which TAG is its tag.

    After a BYE the connection is closed.
    """

    said: bytes
    answer: bytes
    nth: int = 1
    times: int = ALWAYS


Fault = Cut | Edit | Instead


@dataclass(kw_only=True)
class Proxy:
    """A context manager. `said` and `heard` are what each client said and heard."""

    target: int
    faults: tuple[Fault, ...] = ()
    said: list[bytearray] = field(default_factory=list)
    heard: list[bytearray] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._counts: Counter[Fault] = Counter()
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self.stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        for line in self._lines:  # with those that were accepted meanwhile
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def settings(self, behind: ImapSettings) -> ImapSettings:
        """How mailfiler reaches that server through here."""
        return replace(behind, port=self.port)

    def set(self, *faults: Fault) -> None:
        """From now on, counted from now on."""
        with self._lock:
            self._counts.clear()
            self.faults = faults

    def of_now(self, said: bytes) -> Fault | None:
        """What is to happen because of those words (none: of a new connection). Counts them."""
        found = None
        with self._lock:
            for fault in self.faults:
                if bool(said) == bool(fault.said) and re.search(fault.said, said):
                    self._counts[fault] += 1
                    if fault.nth <= self._counts[fault] < fault.nth + fault.times:
                        found = found or fault
        return found

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                self._lines += [client, server]
                self.said.append(bytearray())
                self.heard.append(bytearray())
                conversation = _Conversation(self, client, server, self.said[-1], self.heard[-1])
                self._threads.append(threading.Thread(target=conversation.run))
                self._threads[-1].start()


class _Over(Exception):  # noqa: N818 - not an error
    """The conversation has ended."""


class _Conversation:
    """One client's. What a client says comes in one piece, because it waits for the answer."""

    def __init__(
        self, proxy: Proxy, client: socket.socket, server: socket.socket, said: bytearray, heard: bytearray
    ) -> None:
        self._proxy, self._client, self._server, self._said, self._heard = proxy, client, server, said, heard
        self._fault = proxy.of_now(b"")
        self._tag = b"*"
        self._answer = b""  # what the server said since the fault's words
        self._passed = 0  # octets of it that the client got
        self._mute = False

    def run(self) -> None:
        with contextlib.suppress(OSError, _Over), selectors.DefaultSelector() as selector:
            selector.register(self._client, selectors.EVENT_READ, self._from_client)
            selector.register(self._server, selectors.EVENT_READ, self._from_server)
            while True:
                for key, _ in selector.select():
                    octets = key.fileobj.recv(65_536)  # type: ignore[union-attr]
                    if not octets:
                        raise _Over
                    key.data(octets)
        for line in (self._client, self._server):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _from_client(self, said: bytes) -> None:
        self._said += said
        if self._mute:
            return
        fault = self._proxy.of_now(said)
        if fault:
            self._fault, self._answer, self._passed = fault, b"", 0
            self._tag = said.split(b" ", 1)[0]
        match fault:
            case Instead():
                self._fault = None
                self._tell(fault.answer.replace(b"TAG", self._tag) + b"\r\n")
                if fault.answer.startswith(b"* BYE"):
                    raise _Over
                return
            case Cut(before=True):
                self._act(fault.action, b"")
                return
        self._server.sendall(said)

    def _from_server(self, octets: bytes) -> None:
        if self._mute:
            return
        match self._fault:
            case Cut() as cut:
                self._cut(cut, octets)
            case Edit() as edit:
                self._edit(edit, octets)
            case _:
                self._tell(octets)

    def _cut(self, cut: Cut, octets: bytes) -> None:
        self._answer += octets
        found = re.search(cut.answer, self._answer)
        end = found.end() + cut.offset if found else len(self._answer) + 1
        self._tell(self._answer[self._passed : end])
        self._passed = min(end, len(self._answer))
        if end <= len(self._answer):
            self._fault = None
            self._act(cut.action, self._answer[end:])

    def _edit(self, edit: Edit, octets: bytes) -> None:
        self._answer += octets
        if re.search(rb"(?m)^(%s|\+) [^\n]*\n\Z" % re.escape(self._tag), self._answer):
            self._fault = None
            self._tell(re.sub(edit.pattern, edit.into, self._answer))

    def _act(self, action: Action, rest: bytes) -> None:
        match action:
            case Action.RESET:
                self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self._client.close()
                raise _Over
            case Action.EOF:
                raise _Over
            case Action.STALL:
                self._mute = True
            case Action.DRIP:
                for octet in rest:
                    self._tell(bytes([octet]))
                    if self._proxy.stop.wait(_DRIP_SECONDS):
                        raise _Over

    def _tell(self, octets: bytes) -> None:
        self._heard += octets
        self._client.sendall(octets)
