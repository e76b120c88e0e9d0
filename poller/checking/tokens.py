"""Whether access tokens are given (OAuth 2.0), where they are the login."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding, bad, good
from poller.errors import ConfigurationError, Transient
from poller.oauth2 import tokens_for
from poller.settings import OAuthSettings

# What providers answer (RFC 6749, 5.2), and the line to set.
_REMEDIES = {
    "invalid_grant": "mailfiler authorize, {token}",
    "invalid_client": "OAUTH2_CLIENT_ID=… and {secret} as the provider shows them",
    "unauthorized_client": "OAUTH2_CLIENT_ID=…, or allow the application there what OAUTH2_SCOPE asks for",
    "invalid_scope": "OAUTH2_SCOPE=… as the provider documents it",
}


def check_tokens(checked: Checked) -> Iterator[Finding]:
    settings = checked.settings
    for oauth in dict.fromkeys(one for one in (settings.imap.oauth, settings.notices.smtp.oauth) if one):
        yield _finding(oauth, checked)


def is_about_token(oauth: OAuthSettings, said: str) -> bool:
    """Whether none could be had: of the provider, or for want of the database, which keeps the newest refresh token."""
    return oauth.token_url in said or said.startswith(("DATABASE_URL:", "database:"))


def _finding(oauth: OAuthSettings, checked: Checked) -> Finding:
    by = "a refresh token" if oauth.refresh_token else "client credentials"
    try:
        tokens_for(oauth).access_token()
    except (ConfigurationError, Transient) as error:
        checked.no_token = error
        return bad("OAuth 2.0", str(error), _remedy(oauth, error, checked))
    return good("OAuth 2.0", f"{oauth.token_url} gives access tokens by {by}")


def _remedy(oauth: OAuthSettings, error: ConfigurationError | Transient, checked: Checked) -> str:
    said = str(error)
    if oauth.token_url not in said:
        return "see database above: the newest refresh token is kept there"
    if isinstance(error, Transient):
        return f"mailfiler check, later; OAUTH2_TOKEN_URL={oauth.token_url} if that is wrong"
    file = checked.secret_file("OAUTH2_REFRESH_TOKEN")
    token = f"which writes {file}" if file else "and OAUTH2_REFRESH_TOKEN=… with what it prints"
    remedy = next((remedy for code, remedy in _REMEDIES.items() if code in said), "")
    remedy = remedy.format(token=token, secret=checked.secret("OAUTH2_CLIENT_SECRET"))
    return remedy or "OAUTH2_TOKEN_URL=… as the provider documents it"
