"""What the libraries raise -> what an administrator reads: what happened, where, and what to do about it."""

from __future__ import annotations

import imaplib

from poller.errors import Transient
from poller.reaching import why_out_of_reach
from poller.settings import ImapSettings


def why_no_connection(settings: ImapSettings, error: Exception) -> Exception:
    """An error while connecting -> "later", or "misconfigured" where waiting cannot help."""
    return why_out_of_reach(settings, error) or Transient(
        f"{settings.host}:{settings.port}: {why_dropped(error)}, while connecting; it is tried again."
    )


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
