"""One Received field -> one hop (RFC 5321, 4.4).

What stands in it was partly chosen by the client: HELO, its name in DNS, MAIL FROM, a certificate's name. A field that
can be read in two ways is therefore not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

_TOKEN = re.compile(r'\\.|[()"]|[^\\()"]+|\\', re.DOTALL)
_PIECE = re.compile(r"\([^()]*\)|;|[^\s;()]+")
_CLAUSES = frozenset({"from", "by", "via", "with", "id", "for"})
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE)
_CLAIMED = re.compile(r"\b(helo|ehlo|ident)[ =:]\s*\S*", re.IGNORECASE)
_LOCAL = re.compile(r"\((?:Postfix, )?from userid [0-9]+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """Who took the message (`by`, lower case), how (`protocol`, upper case), from which client, for whom.

    `helo` is how the client introduced itself. `local`: it was not taken over a network at all. A clause that is
    missing or ambiguous is None.
    """

    by: str | None = None
    protocol: str | None = None
    client: Address | None = None
    helo: str | None = None
    recipient: str | None = None
    local: bool = False


def parse_received(value: bytes) -> Hop:
    """The raw field -> its clauses; a field that is not balanced, or that has a clause twice, has none."""
    flat = _flattened(value.decode("latin-1"))
    clauses = _clauses(flat) if flat is not None else None
    if not clauses:
        return Hop()
    by, protocol, recipient = (_word(clauses.get(name, [])) for name in ("by", "with", "for"))
    protocol = protocol.upper() if protocol else None
    submitted = "from" not in clauses and any(_LOCAL.fullmatch(piece) for piece in clauses.get("by", []))
    return Hop(
        by=by.lower().rstrip(".") if by else None,
        protocol=protocol,
        client=_client(clauses.get("from", [])),
        recipient=recipient.strip("<>") if recipient else None,
        local=submitted or protocol == "LOCAL",
    )


def _flattened(text: str) -> str | None:
    """Comments without the comments and quotes in them, quoted strings without content; None when one never closes."""
    flat: list[str] = []
    depth, quoted = 0, False
    for mark in _TOKEN.findall(text):
        if mark == '"' and not depth:
            quoted = not quoted
            flat.append(mark)
        elif quoted:
            continue
        elif mark in {"(", ")"}:
            depth += 1 if mark == "(" else -1
            outermost = depth == (1 if mark == "(" else 0)
            flat.append(mark if outermost else " ")
        else:
            flat.append(" " if mark in {r"\(", r"\)"} else mark)
        if depth < 0:
            return None
    return None if depth or quoted else "".join(flat)


def _clauses(flat: str) -> dict[str, list[str]] | None:
    """Each clause's words and comments by its keyword; None when a keyword stands twice. The date is left out."""
    found: dict[str, list[str]] = {}
    pieces: list[str] = []
    for piece in _until_date(_PIECE.findall(flat)):
        name = piece.lower()
        if name not in _CLAUSES or (found and _word(pieces) is None):
            pieces.append(piece)
        elif name in found:
            return None
        else:
            pieces = found[name] = []
    return found


def _until_date(pieces: list[str]) -> Iterator[str]:
    end = max((position for position, piece in enumerate(pieces) if piece == ";"), default=len(pieces))
    return (piece for piece in pieces[:end] if piece != ";")


def _word(pieces: list[str]) -> str | None:
    """The first that is not a comment."""
    return next((piece for piece in pieces if not piece.startswith("(")), None)


def _client(pieces: list[str]) -> Address | None:
    """The one address that the server saw, from `HELO (name [IP])`, `HELO (IP)`, or Exim's `[IP] (helo=HELO)`.

    Outside comments stands what the client said; two different addresses in them leave open which is the client's.
    """
    if sum(not piece.startswith("(") for piece in pieces) != 1:
        return None
    comments = [piece[1:-1].strip() for piece in pieces if piece.startswith("(")]
    seen = {address for comment in comments for address in _addresses(_CLAIMED.sub(" ", comment))}
    if not seen and any("helo=" in comment.lower() for comment in comments):
        seen = set(_addresses(_word(pieces) or ""))
    return seen.pop() if len(seen) == 1 else None


def _addresses(text: str) -> Iterator[Address]:
    for candidate in _BRACKETED.findall(text) or [text]:
        try:
            address = ip_address(candidate)
        except ValueError:
            continue
        yield getattr(address, "ipv4_mapped", None) or address
