"""An IMAP server that says what a table tells it to say: for what no real server does."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Self

from poller.settings import ImapSettings, Security
from tests.servers.certificates import Certificate

HANG_UP = "hang up"
"""An answer, or its end: the connection is closed without a further word."""
DRIP = "drip"
"""An answer: one octet in a tenth of a second, for ever, inside a literal."""

SELECTED = "* FLAGS ()\n* 2 EXISTS\n* OK [UIDVALIDITY 7] .\n* OK [UIDNEXT 3] .\nTAG OK [READ-WRITE] done"

_USUAL = {
    "LOGIN": "TAG OK done",
    'LIST "" ""': '* LIST (\\Noselect) "/" ""\nTAG OK done',
    "LIST": "TAG OK done",
    "SELECT": SELECTED,
    "EXAMINE": SELECTED,
    "CREATE": "TAG OK done",
    "SUBSCRIBE": "TAG OK done",
    "DONE": "TAG OK done",
    "NOOP": "TAG OK done",
    "LOGOUT": "* BYE\nTAG OK done",
    "STARTTLS": "TAG OK go on",
}


@dataclass(kw_only=True)
class ScriptedServer:
    """Answers the commands that start as a key of `answers` says: `TAG` is the command's tag, lines end with CRLF.

    Of a list each command takes the next answer, and the last one stays; a function gets the command. What follows a
    "+" to AUTHENTICATE is answered as the command is. `said` is what clients said, without tags.
    """

    answers: Mapping[str, str | list[str] | Callable[[str], str]] = field(default_factory=dict)
    greeting: str = "* OK ready"
    capabilities: str = "IMAP4rev1"
    certificate: Certificate | None = None
    tls_from_start: bool = False
    newest_tls: ssl.TLSVersion | None = None
    said: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._asked = {key: count() for key in self.answers}
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for line in (self._listener, *self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for line in (self._listener, *self._lines):
            line.close()

    def settings(
        self, security: Security = Security.PLAIN, username: str = "anna", password: str = "x"
    ) -> ImapSettings:
        return ImapSettings(
            host="localhost",
            port=self.port,
            security=security,
            username=username,
            password=password,
            folder="INBOX",
        )

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._lines.append(line.dup())
                self._threads.append(threading.Thread(target=self._converse, args=(line,)))
                self._threads[-1].start()

    def _converse(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError), contextlib.ExitStack() as stack:
            stack.callback(lambda: _hang_up(line))
            if self.tls_from_start:
                line = self._tls(line)
            line.sendall(f"{self.greeting}\r\n".encode())
            answer = said = ""
            while (command := _line(line)) is not None:
                is_rest = said.startswith("AUTHENTICATE") and answer.startswith("+")
                if command != "DONE" and not is_rest:  # which have no tag of their own
                    tag, _, said = command.partition(" ")
                elif not is_rest:
                    said = command
                self.said.append(command if is_rest else said)
                answer = self._answer(said)
                if not self._say(line, answer, tag):
                    return
                if said == "STARTTLS" and "TAG OK" in answer:
                    line = self._tls(line)

    def _say(self, line: socket.socket, answer: str, tag: str) -> bool:
        if answer.endswith(HANG_UP):
            line.sendall(answer.removesuffix(HANG_UP).replace("\n", "\r\n").encode())
            return False
        if answer == DRIP:
            line.sendall(b"* 1 FETCH (UID 1 BODY[] {1000}\r\n")
            while not self._stop.wait(0.1):
                line.sendall(b"x")
            return False
        line.sendall(answer.replace("TAG", tag).replace("\n", "\r\n").encode("utf-8", "surrogateescape") + b"\r\n")
        return not answer.startswith("* BYE")

    def _answer(self, said: str) -> str:
        for key, answer in self.answers.items():
            if re.match(key, said):
                if callable(answer):
                    return answer(said)
                asked = next(self._asked[key])
                return answer if isinstance(answer, str) else answer[min(asked, len(answer) - 1)]
        if said == "CAPABILITY":
            return f"* CAPABILITY {self.capabilities}\nTAG OK done"
        return next((answer for key, answer in _USUAL.items() if said.startswith(key)), "TAG BAD what?")

    def _tls(self, line: socket.socket) -> socket.socket:
        assert self.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        if self.newest_tls:
            with warnings.catch_warnings(action="ignore"):  # that it is old is the point of it
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = self.newest_tls
            context.set_ciphers("ALL:@SECLEVEL=0")
        return context.wrap_socket(line, server_side=True)


def _line(line: socket.socket) -> str | None:
    """One line, octet by octet: nothing beyond it is read, because TLS may follow."""
    said = b""
    while not said.endswith(b"\r\n"):
        octet = line.recv(1)
        if not octet:
            return None
        said += octet
    return said[:-2].decode("utf-8", "replace")


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
