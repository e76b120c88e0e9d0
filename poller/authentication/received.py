"""One Received field -> one hop (RFC 5321, 4.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_COMMENT_OR_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """Who took the message (`by`, lower case), how (`protocol`, upper case), from which client, for whom."""

    by: str | None
    protocol: str | None
    client: IPv4Address | IPv6Address | None
    recipient: str | None
    local: bool


def parse_received(value: bytes) -> Hop:
    """The raw field -> its clauses; a clause that is not there is None."""
    text = " " + re.sub(r"\r?\n[ \t]", " ", value.decode("latin-1"))
    # Comments go first, innermost outwards: what stands in them is no clause. Two rounds suffice for real servers.
    clauses = _COMMENT_OR_QUOTED.sub(" ", _COMMENT_OR_QUOTED.sub(" ", text)).rpartition(";")[0] or text
    by = re.search(r"\sby\s+([^\s;()]+)", clauses, re.IGNORECASE)
    protocol = re.search(r"\swith\s+([A-Za-z0-9]+)", clauses, re.IGNORECASE)
    recipient = re.search(r"\sfor\s+<?([^\s<>;]+)>?", clauses, re.IGNORECASE)
    return Hop(
        by=by[1].lower().rstrip(".") if by else None,
        protocol=protocol[1].upper() if protocol else None,
        client=_client(text),
        recipient=recipient[1] if recipient else None,
        local=bool(re.search(r"from userid [0-9]+|\swith local\s", text, re.IGNORECASE)),
    )


def _client(text: str) -> IPv4Address | IPv6Address | None:
    """The last bracketed address of the from clause: what stands before it may be the client's own claim (HELO)."""
    if not re.match(r"\s*from\s", text, re.IGNORECASE):
        return None
    found = _BRACKETED.findall(re.split(r"\sby\s", text, maxsplit=1, flags=re.IGNORECASE)[0])
    try:
        return ip_address(found[-1]) if found else None
    except ValueError:
        return None
