"""User name and password, or an access token -> an authenticated conversation (RFC 4954; PLAIN: RFC 4616)."""

from __future__ import annotations

from base64 import b64encode

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.oauth2 import Tokens
from poller.settings import SmtpSettings
from poller.submission.connection import Connection
from poller.submission.reply import Reply

_WELCOME, _GO_ON = 235, 334


def log_in(connection: Connection, settings: SmtpSettings, tokens: Tokens | None = None) -> None:
    """One attempt, by a token where there are any, else by PLAIN or LOGIN.

    Not smtplib's login: it tries one mechanism after another, so that a wrong password counts three times, and it
    cannot encode letters beyond ASCII.
    """
    if not settings.username:
        return
    mechanisms = connection.mechanisms()
    if tokens:
        reply = _by_token(connection, settings, tokens, mechanisms)
    elif "PLAIN" in mechanisms:
        credentials = _encoded(f"\0{settings.username}\0{settings.password}")
        reply = connection.say(f"AUTH PLAIN {credentials}")
    elif "LOGIN" in mechanisms:
        reply = _login(connection, settings)
    else:
        raise ConfigurationError(
            f"SMTP_USERNAME is set, but {connection.where} offers no login by password "
            f"({'AUTH ' + ' '.join(mechanisms) if mechanisms else 'no AUTH'}): check SMTP_SECURITY and SMTP_PORT.",
        )
    if reply.code != _WELCOME:
        raise _judged(reply, connection, settings)


def _by_token(connection: Connection, settings: SmtpSettings, tokens: Tokens, mechanisms: list[str]) -> Reply:
    """OAUTHBEARER (RFC 7628), or its forerunner XOAUTH2, which Google and Microsoft know."""
    bearer = f"auth=Bearer {tokens.access_token()}\1\1"
    if "OAUTHBEARER" in mechanisms:
        words = f"n,a={settings.username},\1host={settings.host}\1port={settings.port}\1{bearer}"
        reply = connection.say(f"AUTH OAUTHBEARER {_encoded(words)}")
    elif "XOAUTH2" in mechanisms:
        words = f"user={settings.username}\1{bearer}"
        reply = connection.say(f"AUTH XOAUTH2 {_encoded(words)}")
    else:
        raise ConfigurationError(f"{connection.where} offers no login by token (AUTH {' '.join(mechanisms)}).")
    if reply.code == _GO_ON:  # the error in JSON, which has to be acknowledged
        reply = connection.say(_encoded("\1"), "AUTH")
    if reply.code != _WELCOME:
        tokens.forget()
    return reply


def _login(connection: Connection, settings: SmtpSettings) -> Reply:
    """A mechanism that never became a standard, and the only one that some servers know."""
    reply = connection.say("AUTH LOGIN")
    for answer in (settings.username, settings.password):
        if reply.code == _GO_ON:
            reply = connection.say(_encoded(answer), "AUTH")
    return reply


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


def _judged(reply: Reply, connection: Connection, settings: SmtpSettings) -> Transient:
    if not reply.is_final:
        return Transient(f"{connection.where} lets nobody in now: {reply}; it is tried again.")
    return LoginRefused(
        f"{connection.where} refused the user {settings.username}: {reply}. Check SMTP_USERNAME and SMTP_PASSWORD, "
        "or OAUTH2_SCOPE; after three refusals there is a pause, so that the account is not locked.",
    )
