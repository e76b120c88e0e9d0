"""What anybody may write where a domain belongs -> a name that the DNS can be asked for, or None."""

from __future__ import annotations

import re

_LONGEST = 253
# Printable ASCII, as the macros of SPF make names of local parts (RFC 7208, 7.3). A backslash is an octet.
_NAME = re.compile(r"[ -\-/-~]{1,63}(?:\.[ -\-/-~]{1,63})*")
_ECHOED = 100


def question_name(name: str) -> str | None:
    """In lower case, without its last dot (RFC 1035, 2.3.4). No name of the DNS is refused that mail can use."""
    name = name.removesuffix(".")
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        return None
    return name.lower()


def labels(name: str) -> tuple[bytes, ...]:
    """The absolute name as octets: nothing in it is an escape, and no search list completes it."""
    return (*name.encode("ascii").split(b"."), b"")


def written(parts: tuple[bytes, ...]) -> str | None:
    """A name from an answer without its last dot, "." for the root; None if it could be read as another name."""
    if parts == (b"",):
        return "."
    name = b".".join(parts).decode("latin-1")
    return name.removesuffix(".") if question_name(name) and name.count(".") == len(parts) - 1 else None


def shown(name: str) -> str:
    """For a sentence."""
    return name if len(name) <= _ECHOED else f"{name[:_ECHOED]}…"
