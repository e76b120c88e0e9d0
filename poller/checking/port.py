"""What answers at a host and port -> the line to set where a connection could not be had."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from poller.deadline import Deadline
from poller.reaching import connect
from poller.settings import ImapSettings, Security, SmtpSettings
from poller.settings.servers import is_loopback

_SECONDS = 20  # for all of it
_STEP_SECONDS = 3  # a server that speaks first does so at once
_OTHER_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_NOT_YET, _EXPIRED = 9, 10

_USUAL = {
    "IMAP": {993: Security.TLS, 143: Security.STARTTLS},
    "SMTP": {587: Security.STARTTLS, 465: Security.TLS, 25: Security.STARTTLS},
}
_GREETING = {"IMAP": re.compile(rb"\* (OK|PREAUTH|BYE)"), "SMTP": re.compile(rb"[245]\d\d[ -]")}
_REFUSAL = re.compile(rb"\* BYE|[45]")
_TO_START_TLS = {"IMAP": (b"a STARTTLS\r\n",), "SMTP": (b"EHLO localhost\r\n", b"STARTTLS\r\n")}


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found there, as a sentence's end or "", and what to do about it."""

    found: str
    remedy: str


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
            yield line
            deadline.release()

    def _nobody(self) -> Advice:
        usual = _USUAL[self.kind]
        for port, security in usual.items():
            with suppress(OSError), self._line(port):
                return Advice(f"{port} answers", f"{self.kind}_PORT={port} and {self.kind}_SECURITY={security}")
        ports = ", ".join(f"{port} with {self.kind}_SECURITY={security}" for port, security in usual.items())
        return Advice("", f"{self.kind}_PORT=…, usually {ports}")

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
            return self._certificate_of(line)

    def _without_any_tls(self) -> Advice:
        found = f"{self.kind} without any TLS answers there"
        if is_loopback(self.host):
            return Advice(found, f"{self.kind}_SECURITY=plain")
        port = next(port for port, security in _USUAL[self.kind].items() if security is Security.TLS)
        return Advice(found, f"{self.kind}_PORT={port} and {self.kind}_SECURITY=tls")

    def _behind_tls(self) -> Advice:
        try:
            with self._line() as line:
                advice = self._certificate_of(line)
        except OSError:
            return Advice("it accepts connections and says nothing", f"{self.kind}_PORT=…")
        if self.security is not Security.TLS:
            return Advice(_TLS_THERE, f"{self.kind}_SECURITY=tls")
        return advice

    def _certificate_of(self, line: socket.socket) -> Advice:
        """What is wrong with TLS on a line that is ready for it. Raises OSError."""
        try:
            with ssl.create_default_context().wrap_socket(line, server_hostname=self.host):
                return _LATER
        except ssl.SSLCertVerificationError as error:
            if error.verify_code in _OTHER_NAME:
                return self._other_name()
            if error.verify_code == _EXPIRED:
                return Advice("", "renew the server's certificate: it has expired")
            if error.verify_code == _NOT_YET:
                return Advice("", "set this machine's clock (timedatectl set-ntp true), or wait: it is not valid yet")
            return Advice(
                "its authority is unknown to this machine",
                "SSL_CERT_FILE=/path/of/its/authority.pem in the environment, if you trust it",
            )

    def _other_name(self) -> Advice:
        names: tuple[str, ...] = ()
        with suppress(OSError), self._line() as line:
            names = _names(line, self)
        if not names:
            return Advice("", f"{self.kind}_HOST=… with a name that is in the certificate")
        return Advice(f"it is for {', '.join(names)}", f"{self.kind}_HOST={names[0]}")


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


def _names(line: socket.socket, server: _Server) -> tuple[str, ...]:
    """Of a certificate whose authority is trusted: of any other, whose names could be anybody's, none are told."""
    if server.security is Security.STARTTLS:
        _starts_tls(line, server.kind)
    context = ssl.create_default_context()
    context.check_hostname = False
    with context.wrap_socket(line, server_hostname=server.host) as secured:
        certificate = secured.getpeercert() or {}
    # typeshed has one type for all of its entries.
    names: Any = certificate.get("subjectAltName", ())
    return tuple(name for kind, name in names if kind in {"DNS", "IP Address"})
