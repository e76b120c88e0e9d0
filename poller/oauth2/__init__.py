"""OAuth 2.0 (RFC 6749): access tokens to log in with, by a refresh token or by the application's own credentials.

`tokens_for` gives a process one source of them for each account, whoever asks and in whatever thread.
"""

from poller.oauth2.sasl import Mechanism, mechanism, told
from poller.oauth2.tokens import Tokens, keep_with, tokens_for

__all__ = ["Mechanism", "Tokens", "keep_with", "mechanism", "tokens_for", "told"]
