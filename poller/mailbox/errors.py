"""What an IMAP server can refuse, beside being out of reach (RFC 9051, 7.1: response codes)."""

from __future__ import annotations

import re

from poller.errors import Transient

# RFC 5530: refused now, and not because of what was asked for.
PASSING = frozenset({"UNAVAILABLE", "INUSE", "LIMIT"})

_RESPONSE_CODE = re.compile(r"\[([A-Z-]+)[^\]]*\] *")


class CommandRefused(Transient):
    """A clean tagged NO: the connection goes on. `code` is the response code, if any, for example `TRYCREATE`."""

    def __init__(self, message: str, *, code: str | None) -> None:
        super().__init__(message)
        self.code = code


class CommandRejected(Transient):
    """A tagged BAD: the server does not understand the command, or cannot read the message that it is about."""


def response_code(text: str) -> str | None:
    """`[TRYCREATE] No such mailbox` -> `TRYCREATE`."""
    found = _RESPONSE_CODE.match(text)
    return found[1] if found else None
