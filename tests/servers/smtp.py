"""An SMTP server that says what a table tells it to say, at any stage, and keeps what it accepted."""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Self

from poller.settings import NoticeSettings, RejectAction, Security, SmtpSettings
from tests.servers.certificates import Certificate

HANG_UP = "hang up"
"""An answer: the connection is closed without a word."""
STALL = "stall"
"""An answer: nothing, until the test is over."""
DRIP = "drip"
"""An answer: lines of one that never ends, one in a twentieth of a second."""
CUT = "cut"
"""An answer to DATA: the message is read, and the connection closed without a word about it."""

_USUAL = {
    "EHLO": "250 EHLO",
    "STARTTLS": "220 go on",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 go on",
    ".": "250 2.0.0 queued",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 bye",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An accepted message. `parameters` are those of MAIL; `message` is as sent, without the dots of the transfer."""

    sender: str
    recipient: str
    parameters: tuple[str, ...]
    message: bytes


@dataclass(kw_only=True)
class ScriptedSmtp:
    """Answers the commands that start as a key of `answers` says; "." is the message, "connect" the greeting.

    Of a list each command takes the next answer, and the last one stays. `said` is what clients said.
    `after_dot` is called when a message has been read, before the answer to it.
    """

    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 1000000", "8BITMIME")
    certificate: Certificate | None = None
    tls_from_start: bool = False
    after_dot: Callable[[], object] = lambda: None
    port: int = 0
    said: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        self._stop = threading.Event()
        self._asked = {key: count() for key in self.answers}
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
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

    def keys(self) -> dict[str, str]:
        """The settings that lead here."""
        return {"SMTP_HOST": "localhost", "SMTP_PORT": str(self.port), "SMTP_SECURITY": "plain"}

    def settings(self, **keys: object) -> NoticeSettings:
        return notice_settings(self.port, **keys)

    def commands(self) -> list[str]:
        return [line.split()[0] for line in self.said]

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self.connections += 1
                self._lines.append(line.dup())
                self._threads.append(threading.Thread(target=self._converse, args=(line,)))
                self._threads[-1].start()

    def _converse(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(lambda: _hang_up(line))
            if self.tls_from_start:
                line = self._tls(line)
            if not self._say(line, self._answer("connect")):
                return
            conversation = _Conversation()
            while said := _read(line, b"\r\n"):
                word, blank, rest = said[:-2].decode("utf-8", "replace").partition(" ")
                command = word.upper() + blank + rest
                self.said.append(command)
                answer = self._answer(command)
                going_on = self._say(line, answer, command)
                if command == "STARTTLS" and answer.startswith("220"):
                    line = self._tls(line)
                if not going_on or not self._follow(line, conversation, command, answer):
                    return

    def _follow(self, line: socket.socket, conversation: _Conversation, command: str, answer: str) -> bool:
        """What comes after the answer -> whether the conversation goes on."""
        match command.split(maxsplit=1)[0], answer[:3]:
            case "MAIL", "250":
                address, *conversation.parameters = command.removeprefix("MAIL FROM:").split()
                conversation.sender = address.strip("<>")
            case "RCPT", "250":
                conversation.recipient = command.removeprefix("RCPT TO:").strip("<>")
            case "AUTH", "334":
                return self._finish_login(line, command)
            case "DATA", "354" | "cut":
                return self._take(line, conversation, answer)
            case "QUIT", _:
                return False
        return True

    def _finish_login(self, line: socket.socket, command: str) -> bool:
        """LOGIN asks for the name and the password, one after the other; the others for one thing only."""
        for answer in (*(["334 UGFzc3dvcmQ6"] if command == "AUTH LOGIN" else []), self._answer("password")):
            self.said.append(base64.b64decode(_read(line, b"\r\n")).decode())
            if not self._say(line, answer):
                return False
        return True

    def _take(self, line: socket.socket, conversation: _Conversation, answer: str) -> bool:
        if answer == CUT:
            line.sendall(b"354 go on\r\n")
        said = _read(line, b"\r\n.\r\n")
        if not said:  # cut off before its end: no server takes half a message
            return False
        message = b"\r\n" + said.removesuffix(b".\r\n")
        self.after_dot()
        answer = HANG_UP if answer == CUT else self._answer(".")
        if answer.startswith("250") or answer == HANG_UP:  # as a server that is lost after it accepted
            self.taken.append(conversation.taken(message.replace(b"\r\n.", b"\r\n")[2:]))
        return self._say(line, answer)

    def _say(self, line: socket.socket, answer: str, command: str = "") -> bool:
        if answer == HANG_UP:
            return False
        if answer == STALL:
            self._stop.wait()
            return False
        if answer == DRIP:
            while not self._stop.wait(0.05):
                line.sendall(b"250-wait\r\n")
            return False
        if answer == CUT:
            return True
        if command.startswith("EHLO") and answer.startswith("250"):
            answer = "\n".join(["250-here", *(f"250-{one}" for one in self.extensions), "250 HELP"])
        line.sendall(answer.replace("\n", "\r\n").encode() + b"\r\n")
        return not answer.startswith("421")

    def _answer(self, said: str) -> str:
        for key, answer in self.answers.items():
            if re.match(re.escape(key), said):
                asked = next(self._asked[key])
                return answer if isinstance(answer, str) else answer[min(asked, len(answer) - 1)]
        if said in ("connect", "password"):
            return {"connect": "220 here", "password": "235 2.7.0 welcome"}[said]
        return next((answer for key, answer in _USUAL.items() if said.startswith(key)), "500 5.5.1 what?")

    def _tls(self, line: socket.socket) -> socket.socket:
        assert self.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        return context.wrap_socket(line, server_side=True)


@dataclass
class _Conversation:
    sender: str = ""
    recipient: str = ""
    parameters: list[str] = field(default_factory=list)

    def taken(self, message: bytes) -> Taken:
        return Taken(sender=self.sender, recipient=self.recipient, parameters=tuple(self.parameters), message=message)


def notice_settings(port: int, **keys: object) -> NoticeSettings:
    """A server on this machine, and usual keys but for those given; those of SmtpSettings are named as there."""
    smtp = {"host": "localhost", "port": port, "security": Security.PLAIN, "username": "", "password": ""}
    notices = {
        "reject_action": RejectAction.NOTIFY,
        "notify_no_user": False,
        "author": "mailer-daemon@in.example.com",
        "envelope_from": "",
        "templates": None,
        "admin_address": "",
        "hostname": "mail.example.com",
    }
    own = {name: value for name, value in keys.items() if name in smtp}
    rest = {name: value for name, value in keys.items() if name not in smtp}
    return NoticeSettings(smtp=SmtpSettings(**smtp | own), **notices | rest)


def _read(line: socket.socket, end: bytes) -> bytes:
    """Octet by octet until the end: nothing beyond it is read, because TLS may follow."""
    said = b""
    while not said.endswith(end):
        octet = line.recv(1)
        if not octet:
            return b""
        said += octet
    return said


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
