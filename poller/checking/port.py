"""What answers at a host and port -> the line to set where a connection could not be had."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from poller.checking.certificate import Advice, advice_on_certificate
from poller.deadline import Deadline
from poller.reaching import connect
from poller.settings import ImapSettings, Security, SmtpSettings
from poller.settings.servers import is_loopback

_SECONDS = 20  # for all of it
_STEP_SECONDS = 3  # a server that speaks first does so at once

_USUAL = {
    "IMAP": {993: Security.TLS, 143: Security.STARTTLS},
    "SMTP": {587: Security.STARTTLS, 465: Security.TLS, 25: Security.STARTTLS},
}
_GREETING = {"IMAP": re.compile(rb"\* (OK|PREAUTH|BYE)"), "SMTP": re.compile(rb"[245]\d\d[ -]")}
_REFUSAL = re.compile(rb"\* BYE|[45]")
_TO_START_TLS = {"IMAP": (b"a STARTTLS\r\n",), "SMTP": (b"EHLO localhost\r\n", b"STARTTLS\r\n")}


_TLS_THERE = "TLS answers there"
_LATER = Advice("", "mailfiler check, later, and the server's own log")
"""The connection is there now: whatever it was, it passed, or came after that."""


@dataclass(frozen=True, slots=True)
class _Server:
    kind: str
    host: str
    port: int
    security: Security

    def advise(self) -> Advice:
        try:
            with self._line() as line:
                greeting = _greeting(line)
        except socket.gaierror:
            return Advice("", f"{self.kind}_HOST=… with a name that this machine's DNS knows")
        except ConnectionRefusedError:
            return self._nobody()
        except OSError:
            return Advice("", f"{self.kind}_HOST=… and {self.kind}_PORT=…, or open the firewall between")
        if greeting:
            return self._speaks_plain(greeting)
        return self._behind_tls()

    def waits_for_tls(self) -> bool:
        with suppress(OSError), self._line() as line:
            return not _greeting(line) and self._behind_tls().found == _TLS_THERE
        return False

    @contextmanager
    def _line(self, port: int = 0) -> Iterator[socket.socket]:
        with Deadline(_SECONDS) as deadline, connect(self.host, port or self.port, _STEP_SECONDS, deadline) as line:
            try:
                yield line
            finally:
                deadline.release()

    def _nobody(self) -> Advice:
        usual = _USUAL[self.kind]
        for port, security in usual.items():
            with suppress(OSError), self._line(port):
                return Advice(f"{port} answers", f"{self.kind}_PORT={port} and {self.kind}_SECURITY={security}")
        return Advice("", self._another_port())

    def _another_port(self) -> str:
        usual = _USUAL[self.kind].items()
        ports = ", ".join(f"{port} with {self.kind}_SECURITY={security}" for port, security in usual)
        return f"{self.kind}_PORT=…, usually {ports}"

    def _speaks_plain(self, greeting: bytes) -> Advice:
        """In plain text first, as servers do that offer STARTTLS."""
        other = next((kind for kind, form in _GREETING.items() if form.match(greeting)), "")
        if other != self.kind:
            what = f"an {other} server" if other else f"something that says {greeting[:60].decode('latin-1')!r}"
            return Advice(f"{what} answers there", f"{self.kind}_PORT={next(iter(_USUAL[self.kind]))}")
        if _REFUSAL.match(greeting):
            return Advice("", f"have the server let this machine in, or {self.kind}_HOST=…")
        if self.security is Security.PLAIN:
            return _LATER
        with suppress(OSError):
            return self._upgraded()
        return _LATER

    def _upgraded(self) -> Advice:
        """What STARTTLS leads to."""
        with self._line() as line:
            if not _starts_tls(line, self.kind):
                return self._without_any_tls()
            if self.security is Security.TLS:
                return Advice(f"{self.kind} with STARTTLS answers there", f"{self.kind}_SECURITY=starttls")
        return self._certificate()

    def _without_any_tls(self) -> Advice:
        found = f"{self.kind} without any TLS answers there"
        if is_loopback(self.host):
            return Advice(found, f"{self.kind}_SECURITY=plain")
        port = next(port for port, security in _USUAL[self.kind].items() if security is Security.TLS)
        return Advice(found, f"{self.kind}_PORT={port} and {self.kind}_SECURITY=tls")

    def _behind_tls(self) -> Advice:
        server = replace(self, security=Security.TLS)
        try:
            advice = server._certificate()  # noqa: SLF001 - of the same class
        except OSError as error:
            hung_up = not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLEOFError)
            found = "accepts connections and says nothing" if hung_up else "answers, but not as a server with TLS does"
            return Advice(f"it {found}", self._another_port())
        return advice if self.security is Security.TLS else Advice(_TLS_THERE, f"{self.kind}_SECURITY=tls")

    def _certificate(self) -> Advice:
        """Raises OSError where there is no TLS."""
        return advice_on_certificate(f"{self.kind}_HOST", self.host, self._ready) or _LATER

    @contextmanager
    def _ready(self) -> Iterator[socket.socket]:
        with self._line() as line:
            if self.security is Security.STARTTLS:
                _starts_tls(line, self.kind)
            yield line


def advice_for(settings: ImapSettings | SmtpSettings) -> Advice:
    """Connects anew, in bounded time, and says nothing that is secret."""
    return _server(settings).advise()


def waits_for_tls(settings: ImapSettings | SmtpSettings) -> bool:
    """Where the settings begin without TLS: such a server says nothing, and a client would wait for half a minute."""
    return settings.security is not Security.TLS and _server(settings).waits_for_tls()


def _server(settings: ImapSettings | SmtpSettings) -> _Server:
    kind = "IMAP" if isinstance(settings, ImapSettings) else "SMTP"
    return _Server(kind, settings.host, settings.port, settings.security)


def _greeting(line: socket.socket) -> bytes:
    """b"" of a server that waits for the other side, as with TLS."""
    line.settimeout(_STEP_SECONDS)
    try:
        return line.recv(4096)
    except TimeoutError:
        return b""


def _starts_tls(line: socket.socket, kind: str) -> bool:
    answer = _greeting(line)
    for command in _TO_START_TLS[kind]:
        line.sendall(command)
        answer = line.recv(4096)
    return bool(re.match(rb"a OK|220", answer, re.IGNORECASE))
