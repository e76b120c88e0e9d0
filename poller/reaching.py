"""A host and port -> a connection; or why there is none, as "later" or "misconfigured", and the key to check."""

from __future__ import annotations

import socket
import ssl

from poller.deadline import Deadline
from poller.errors import ConfigurationError, Transient
from poller.settings import ImapSettings, SmtpSettings

_USUAL_PORTS = {"IMAP": "tls: usually 993, starttls: usually 143", "SMTP": "tls: usually 465, starttls: usually 587"}


def connect(host: str, port: int, seconds: float, deadline: Deadline) -> socket.socket:
    """As `socket.create_connection`, but the deadline holds it from its first moment, before anybody has answered.

    `seconds` are for each of the host's addresses, and later for each step of the conversation.
    """
    failure = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(seconds)
            deadline.watch(line)
            line.connect(address)
        except OSError as error:
            deadline.release()
            line.close()
            failure = error
        else:
            return line
        if deadline.passed:
            break
    raise failure


def why_out_of_reach(settings: ImapSettings | SmtpSettings, error: Exception) -> Exception | None:
    """What sockets and TLS raise while connecting -> what an administrator reads; None for what is none of theirs."""
    kind = "IMAP" if isinstance(settings, ImapSettings) else "SMTP"
    where = f"{settings.host}:{settings.port}"
    match error:
        case ConfigurationError() | Transient():
            return error
        case ssl.SSLCertVerificationError():
            return ConfigurationError(
                f"{kind}_HOST: the certificate of {where} is not valid for {settings.host}: {error.verify_message}. "
                "Nothing was sent. Use the name in the certificate, or name its authority in SSL_CERT_FILE.",
            )
        case TimeoutError():
            return Transient(
                f"{where} does not answer: check {kind}_HOST, {kind}_PORT and the firewall; it is tried again."
            )
        case ssl.SSLError():
            # Python's own SSLErrors, as for a socket that was closed, have no reason of OpenSSL's.
            reason = getattr(error, "reason", None) or next(reversed(error.args), error)
            return Transient(
                f"{where}: TLS could not be set up ({reason}): check {kind}_SECURITY "
                f"and {kind}_PORT ({_USUAL_PORTS[kind]}); it is tried again.",
            )
        case socket.gaierror():
            return Transient(f"{kind}_HOST: the name {settings.host} cannot be resolved now; it is tried again.")
        case ConnectionRefusedError():
            return Transient(f"Nothing listens at {where}: check {kind}_HOST and {kind}_PORT; it is tried again.")
        case _:
            return None
