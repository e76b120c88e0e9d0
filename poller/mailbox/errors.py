"""What an IMAP server can refuse, beside being out of reach (RFC 9051, 7.1: response codes)."""

from __future__ import annotations

import re

from poller.errors import Transient

# RFC 5530: refused now, and not because of what was asked for.
PASSING = frozenset({"UNAVAILABLE", "INUSE", "LIMIT"})

# The session is of no use any more, or for now; Microsoft and Google say so in words, with a NO, a BAD or a BYE.
_UNAVAILABLE = re.compile(
    r"\[(UNAVAILABLE|INUSE)\b|AccessTokenExpired|authenticated but not connected|throttl|bandwidth limit"
    r"|too many (simultaneous |concurrent )?connections|server (is )?busy",
    re.IGNORECASE,
)
# The access token of the session has come to its end: Microsoft's and Google's words, and RFC 5530's.
_EXPIRED = re.compile(
    r"\[(AUTHENTICATIONFAILED|EXPIRED)\b|AccessTokenExpired|session (has )?(expired|invalidated)|token (has )?expired",
    re.IGNORECASE,
)
_RESPONSE_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\] *")


class CommandRefused(Transient):
    """A clean tagged NO: the connection goes on. `code` is the response code, if any, for example `TRYCREATE`."""

    def __init__(self, message: str, *, code: str | None) -> None:
        super().__init__(message)
        self.code = code


class CommandRejected(Transient):
    """A tagged BAD: the server does not understand the command, or cannot read the message that it is about."""


class Stumbled(Transient):
    """The server went away at each of several messages in a row: perhaps because of them, perhaps at whatever it is."""

    def __init__(self, message: str, uids: tuple[int, ...]) -> None:
        super().__init__(message)
        self.uids = uids


class ServerUnavailable(Transient):
    """The server does not serve this user now, whatever is asked for: a new connection may do better, later."""


class LoginExpired(ServerUnavailable):
    """The session ended with its access token, as is usual: a new connection may be opened at once, with a new one.

    `fresh`: the token had come for this very session, and should have lasted.
    """

    def __init__(self, message: str, *, fresh: bool = True) -> None:
        super().__init__(message)
        self.fresh = fresh


def tells_expired(text: str) -> bool:
    """Whether these words of a server, to somebody who is logged in by a token, mean that the token has expired."""
    return _EXPIRED.search(text) is not None


def tells_unavailable(text: str) -> bool:
    """Whether these words of a server are about the session rather than about what was asked for."""
    return _UNAVAILABLE.search(text) is not None


def response_code(text: str) -> str | None:
    """`[TRYCREATE] No such mailbox` -> `TRYCREATE`."""
    found = _RESPONSE_CODE.match(text)
    return found[1] if found else None
