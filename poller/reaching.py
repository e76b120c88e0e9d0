"""Why a server cannot be reached -> "later", or "misconfigured" where waiting cannot help, and the key to check."""

from __future__ import annotations

import socket
import ssl

from poller.errors import ConfigurationError, Transient
from poller.settings import ImapSettings, SmtpSettings

_USUAL_PORTS = {"IMAP": "tls: usually 993, starttls: usually 143", "SMTP": "tls: usually 465, starttls: usually 587"}


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
