"""A mail server that could not be used -> a line that says why, and what to set."""

from __future__ import annotations

from poller.checking.finding import Checked, Finding, bad
from poller.checking.port import advice_for
from poller.checking.tokens import is_about_token
from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.settings import ImapSettings, Security, SmtpSettings
from poller.wording import clause

Server = ImapSettings | SmtpSettings


def tls_first(server: Server) -> Finding:
    """It is silent until the client begins with TLS."""
    told = f"{server.host}:{server.port} waits for TLS, with which {_kind(server)}_SECURITY={server.security}"
    return bad(_subject(server), f"{told} does not begin", f"{_kind(server)}_SECURITY=tls")


def not_reached(checked: Checked, server: Server, error: ConfigurationError | Transient) -> Finding:
    """What was said is kept, but for the promise that it is tried again."""
    said = clause(error)
    if remedy := _remedy(checked, server, error, said):
        return bad(_subject(server), said, remedy)
    advice = advice_for(server)
    return bad(_subject(server), "; ".join(filter(None, (said, advice.found))), advice.remedy)


def _remedy(checked: Checked, server: Server, error: Exception, said: str) -> str:
    """Where what was said shows it; else who answers at the port has to be looked at."""
    login = f"{_kind(server)}_USERNAME={server.username}"
    if server.oauth and is_about_token(server.oauth, said):
        return "see OAuth 2.0 above"
    if server.oauth and isinstance(error, LoginRefused):
        return f"{login} is to be the mailbox that the token is for; see OAuth 2.0 above"
    if isinstance(error, LoginRefused):
        return f"{login} and {checked.secret(f'{_kind(server)}_PASSWORD')} as the server knows them"
    if said.startswith(f"{_kind(server)}_HOST: the name"):  # to ask for it again may take as long as before
        return f"{_kind(server)}_HOST=… with a name that this machine's DNS knows"
    if said.startswith("IMAP_FOLDER"):
        return "IMAP_FOLDER=INBOX"
    if server.security is Security.PLAIN and "IMAP_SECURITY=tls" in said:  # it takes no password without TLS
        return "IMAP_SECURITY=starttls"
    if said.startswith("SMTP_USERNAME"):
        return "SMTP_SECURITY=starttls and SMTP_PORT=587, or no SMTP_USERNAME"
    return ""


def _kind(server: Server) -> str:
    return "IMAP" if isinstance(server, ImapSettings) else "SMTP"


def _subject(server: Server) -> str:
    return "mailbox" if isinstance(server, ImapSettings) else "notices"
