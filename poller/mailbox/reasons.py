"""What the libraries raise -> what an administrator reads: what happened, where, and what to do about it."""

from __future__ import annotations

import imaplib
import socket
import ssl

from poller.errors import ConfigurationError, Transient
from poller.settings import ImapSettings


def why_no_connection(settings: ImapSettings, error: Exception) -> Exception:
    """An error while connecting -> "later", or "misconfigured" where waiting cannot help."""
    where = f"{settings.host}:{settings.port}"
    match error:
        case ConfigurationError() | Transient():
            return error
        case ssl.SSLCertVerificationError():
            return ConfigurationError(
                f"IMAP_HOST: the certificate of {where} is not valid for {settings.host}: {error.verify_message}. "
                "Nothing was sent. Use the name in the certificate, or name its authority in SSL_CERT_FILE.",
            )
        case TimeoutError():
            return Transient(
                f"{where} does not answer: check IMAP_HOST, IMAP_PORT and the firewall; it is tried again."
            )
        case ssl.SSLError():
            # Python's own SSLErrors, as for a socket that was closed, have no reason of OpenSSL's.
            reason = getattr(error, "reason", None) or next(reversed(error.args), error)
            return Transient(
                f"{where}: TLS could not be set up ({reason}): check IMAP_SECURITY "
                "and IMAP_PORT (tls: usually 993, starttls: usually 143); it is tried again.",
            )
        case socket.gaierror():
            return Transient(f"IMAP_HOST: the name {settings.host} cannot be resolved now; it is tried again.")
        case ConnectionRefusedError():
            return Transient(f"Nothing listens at {where}: check IMAP_HOST and IMAP_PORT; it is tried again.")
        case _:
            return Transient(f"{where}: {why_dropped(error)}, while connecting; it is tried again.")


def why_dropped(error: Exception) -> str:
    """An error in a conversation -> half a sentence."""
    match error:
        case TimeoutError():
            return "the server did not answer in time"
        case imaplib.IMAP4.abort() if "EOF" in str(error):
            return "the server closed the connection"
        case imaplib.IMAP4.error() | OSError():
            return f"the conversation broke off ({error})"
        case _:
            return f"the server's answer could not be understood ({type(error).__name__}: {error})"
