"""User name and password -> an authenticated connection (RFC 9051, 6.2.2 and 6.2.3; PLAIN: RFC 4616)."""

from __future__ import annotations

import imaplib

from imapclient.exceptions import LoginError

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.mailbox.client import Client
from poller.mailbox.errors import PASSING, response_code, tells_unavailable
from poller.settings import ImapSettings


def log_in(client: Client, settings: ImapSettings) -> None:
    """AUTHENTICATE PLAIN where it is offered, because it carries any character; else LOGIN."""
    offered = client.capabilities()
    try:
        if b"AUTH=PLAIN" in offered:
            client.plain_login(settings.username, settings.password)
        else:
            _check_login_is_possible(offered, settings)
            client.login(_quoted(settings.username), settings.password)
    except LoginError as error:
        raise _judged(error, settings) from error


def _check_login_is_possible(offered: tuple[bytes, ...], settings: ImapSettings) -> None:
    where = f"{settings.host}:{settings.port}"
    if b"LOGINDISABLED" in offered:
        raise ConfigurationError(f"{where} takes no passwords on this connection: use IMAP_SECURITY=tls or starttls.")
    secrets = settings.username + settings.password
    if not (secrets.isascii() and secrets.isprintable()):
        raise ConfigurationError(
            f"{where} offers only LOGIN, which carries printable ASCII: change IMAP_USERNAME or IMAP_PASSWORD.",
        )


def _judged(error: LoginError, settings: ImapSettings) -> Exception:
    # IMAPClient turns every error into a LoginError, a broken connection too; what it was is in the context.
    cause = error.__context__
    if isinstance(cause, imaplib.IMAP4.abort) or not isinstance(cause, imaplib.IMAP4.error) or "BAD" in str(cause):
        return cause if isinstance(cause, Exception) else error
    text = cause.args[0].decode("utf-8", "replace") if isinstance(cause.args[0], bytes) else str(cause)
    where = f"{settings.host}:{settings.port}"
    if response_code(text) in PASSING | {"SERVERBUG"} or tells_unavailable(text):
        return Transient(f"{where} lets nobody in now: {text}; it is tried again.")
    if response_code(text) == "PRIVACYREQUIRED":
        return ConfigurationError(f"{where} wants TLS before a password ({text}): use IMAP_SECURITY=tls or starttls.")
    return LoginRefused(
        f"{where} refused the user {settings.username}: {text.rstrip('.')}. Check IMAP_USERNAME and IMAP_PASSWORD; "
        "after three refusals there is a pause, so that the account is not locked.",
    )


def _quoted(name: str) -> str:
    # imaplib quotes the password but not the name.
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
