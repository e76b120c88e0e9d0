"""Leaves whose content is in another message, or nowhere in any (RFC 2046, 5.2.2 and 5.2.3) -> what to say of them.

Nothing is fetched, and no pieces are put together.
"""

from __future__ import annotations

from poller.mail.parts.structure import Part

_PLACES = ("url", "site", "server", "directory", "name")
_MAX_PLACE = 300
"""Characters of each of them that are shown."""


def note_on(part: Part) -> str | None:
    """A leaf -> a sentence for the defects; None for one that is all there."""
    named = part.content_type.named
    if part.content_type.value == "message/partial":
        number, total = (_shown(named.get(name, "?")) for name in ("number", "total"))
        return f"This is piece {number} of {total} of a longer message; it is kept as a file."
    if part.content_type.value == "message/external-body":
        where = ", ".join(f"{name} {_shown(named[name])}" for name in _PLACES if named.get(name))
        return f"A file is not in the message but elsewhere, and was not fetched: {where or 'it is not said where'}."
    return None


def _shown(value: str) -> str:
    return " ".join(value.split())[:_MAX_PLACE]
