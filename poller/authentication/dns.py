"""What the stage asks of the DNS. The resolver is handed in, so that nothing in this room touches a network."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class RecordType(StrEnum):
    __hash__ = str.__hash__  # Enum's runs in Python, several times for each look-up

    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"
    TXT = "TXT"


class TemporaryFailure(Exception):  # noqa: N818 - a condition that passes, not an error in anything
    """No answer now: a time-out, SERVFAIL, no server, or the time for this message is over. Later there may be one."""


class QueryBudgetSpent(Exception):  # noqa: N818 - as above
    """Too many look-ups for one message. Asking later changes nothing, so it is no evidence and no delay."""


class Resolver(Protocol):
    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        """The records of that name, aliases (CNAME) followed; () where there are none or the name cannot be one.

        An address as `ipaddress` writes it; MX as "10 mx.acme.fi"; a name without its last dot; the strings of a TXT
        record joined, each octet a character (latin-1). Raises TemporaryFailure or QueryBudgetSpent.
        """
