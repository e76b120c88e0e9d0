"""User name and password, or an access token -> an authenticated conversation (RFC 4954; PLAIN: RFC 4616)."""

from __future__ import annotations

from base64 import b64decode, b64encode

from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.oauth2 import Tokens, mechanism, told
from poller.settings import SmtpSettings
from poller.submission.connection import Connection
from poller.submission.reply import Reply

_WELCOME, _GO_ON = 235, 334
_MAX_COMMAND = 510  # without the end of the line (RFC 5321, 4.5.3.1.4)


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
    """A second attempt, where the first token was not new."""
    token = tokens.access_token()
    reply = _authenticate(connection, settings, token, mechanisms)
    if reply.is_final and (another := tokens.another(token)):
        reply = _authenticate(connection, settings, another, mechanisms)
        if reply.is_final:
            tokens.forget(another)
    return reply


def _authenticate(connection: Connection, settings: SmtpSettings, token: str, mechanisms: list[str]) -> Reply:
    by = mechanism(mechanisms, settings, token)
    if by is None:
        raise ConfigurationError(f"{connection.where} offers no login by token (AUTH {' '.join(mechanisms)}).")
    first = b64encode(by.first).decode("ascii")
    command = f"AUTH {by.name} {first}"
    if len(command) <= _MAX_COMMAND:
        reply = connection.say(command)
    else:  # RFC 4954, 4: then it waits until it is asked for
        reply = connection.say(f"AUTH {by.name}")
        if reply.code == _GO_ON:
            reply = connection.say(first, "AUTH")
    if reply.code != _GO_ON:
        return reply
    # The reason of the refusal, which has to be acknowledged before the server says so.
    refused = connection.say(b64encode(by.to_error).decode("ascii"), "AUTH")
    why = _told(reply)
    return Reply(code=refused.code, text=f"{refused.text} ({why})") if why else refused


def _told(challenge: Reply) -> str:
    try:
        return told(b64decode(challenge.text))
    except ValueError:
        return ""


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
    keys = "SMTP_USERNAME and OAUTH2_SCOPE, and what it grants" if settings.oauth else "SMTP_USERNAME and SMTP_PASSWORD"
    return LoginRefused(
        f"{connection.where} refused the user {settings.username}: {reply}. Check {keys}; "
        "after three refusals there is a pause, so that the account is not locked.",
    )
