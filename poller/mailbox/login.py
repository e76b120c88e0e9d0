"""User name and password, or an access token -> an authenticated connection (RFC 9051, 6.2.2 and 6.2.3).

PLAIN is RFC 4616; OAUTHBEARER and XOAUTH2 are `poller.oauth2`'s.
"""

from __future__ import annotations

import imaplib

from imapclient.exceptions import LoginError

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.mailbox.client import Client
from poller.mailbox.errors import PASSING, response_code, tells_expired, tells_unavailable
from poller.oauth2 import Tokens, mechanism
from poller.settings import ImapSettings
from poller.wording import clause


def log_in(client: Client, settings: ImapSettings, tokens: Tokens | None = None) -> str:
    """One attempt by password; by token a second one, where the first token was not new -> that token, if any."""
    if tokens:
        return _by_token(client, settings, tokens)
    _by_password(client, settings)
    return ""


def _by_token(client: Client, settings: ImapSettings, tokens: Tokens) -> str:
    """A second attempt, where the first token was not new."""
    token, is_second = tokens.access_token(), False
    while True:
        try:
            _authenticate(client, settings, token)
        except LoginRefused:
            if tokens.forget(token) or is_second:
                raise
            token, is_second = tokens.access_token(), True
        except imaplib.IMAP4.abort as error:  # a server that hangs up tells why, too
            if tells_expired(str(error)):
                tokens.forget(token)
            raise
        else:
            return token


def _authenticate(client: Client, settings: ImapSettings, token: str) -> None:
    offered = [name.decode("ascii", "replace") for name in client.capabilities()]
    by = mechanism([name.removeprefix("AUTH=") for name in offered if name.startswith("AUTH=")], settings, token)
    if by is None:
        raise ConfigurationError(
            f"{settings.host}:{settings.port} offers no login by token ({' '.join(offered)}): check IMAP_HOST and "
            "IMAP_SECURITY, or set IMAP_PASSWORD.",
        )
    try:
        client.authenticate(by)
    except imaplib.IMAP4.error as error:
        raise _judged(error, settings) from error


def _by_password(client: Client, settings: ImapSettings) -> None:
    """AUTHENTICATE PLAIN where it is offered, because it carries any character; else LOGIN."""
    offered = client.capabilities()
    try:
        if b"AUTH=PLAIN" in offered:
            client.plain_login(settings.username, settings.password)
        else:
            _check_login_is_possible(offered, settings)
            client.login(_quoted(settings.username), settings.password)
    except LoginError as error:
        # IMAPClient turns every error into a LoginError, a broken connection too; what it was is in the context.
        cause = error.__context__
        raise _judged(cause if isinstance(cause, Exception) else error, settings) from error


def _check_login_is_possible(offered: tuple[bytes, ...], settings: ImapSettings) -> None:
    where = f"{settings.host}:{settings.port}"
    if b"LOGINDISABLED" in offered:
        raise ConfigurationError(f"{where} takes no passwords on this connection: use IMAP_SECURITY=tls or starttls.")
    secrets = settings.username + settings.password
    if not (secrets.isascii() and secrets.isprintable()):
        raise ConfigurationError(
            f"{where} offers only LOGIN, which carries printable ASCII: change IMAP_USERNAME or IMAP_PASSWORD.",
        )


def _judged(cause: Exception, settings: ImapSettings) -> Exception:
    if isinstance(cause, imaplib.IMAP4.abort) or not isinstance(cause, imaplib.IMAP4.error) or "BAD" in str(cause):
        return cause
    text = cause.args[0].decode("utf-8", "replace") if isinstance(cause.args[0], bytes) else str(cause)
    where = f"{settings.host}:{settings.port}"
    is_passing = response_code(text) in PASSING | {"SERVERBUG"} or tells_unavailable(text)
    if is_passing and not (settings.oauth and tells_expired(text)):
        return Transient(f"{where} lets nobody in now: {clause(text)}; it is tried again.")
    if response_code(text) == "PRIVACYREQUIRED":
        return ConfigurationError(f"{where} wants TLS before a password ({text}): use IMAP_SECURITY=tls or starttls.")
    keys = "IMAP_USERNAME and OAUTH2_SCOPE, and what it grants" if settings.oauth else "IMAP_USERNAME and IMAP_PASSWORD"
    return LoginRefused(
        f"{where} refused the user {settings.username}: {clause(text)}. Check {keys}; "
        "after three refusals there is a pause, so that the account is not locked.",
    )


def _quoted(name: str) -> str:
    # imaplib quotes the password but not the name.
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
