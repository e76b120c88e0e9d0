"""A Received field of an unknown kind of server -> its clauses, where they can be read in one way only.

Most servers write `from HELO (name [address]) by us with protocol id number for <recipient>; date` (RFC 5321, 4.4),
with comments anywhere. Here nothing is known of who wrote which part, so whatever is doubtful is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r'\\.|[()"]|[^\\()"]+|\\', re.DOTALL)
_PIECE = re.compile(r"\([^()]*\)|;|[^ ;()]+")
_ORDER = ("from", "by", "with", "for")
_CLAUSES = frozenset({*_ORDER, "via", "id"})
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE)
_CLAIMED = re.compile(r"\b(?:helo|ehlo|ident)[ =:] ?[^ ]*", re.IGNORECASE)
_HELO = re.compile(r"\b(?:helo|ehlo)[ =:] ?([!-~]+)", re.IGNORECASE)
_WORD = re.compile(r"[!-~]+")
_LOCAL = re.compile(r"\((?:Postfix, )?from userid [0-9]+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """`clients` are all texts that stand where servers put the client's address. `submitted`: on the server itself."""

    by: str
    protocol: str | None
    recipient: str | None
    helo: str | None
    clients: tuple[str, ...]
    submitted: bool


def clauses_of(text: str) -> Clauses | None:
    """The field on one line -> its clauses; None when it is not balanced, or a clause stands twice or out of order."""
    flat = _flattened(text)
    found = _split(flat) if flat is not None else None
    if not found or not _is_in_order(found):
        return None
    by, protocol, recipient = (_word(found.get(name, [])) for name in ("by", "with", "for"))
    sender = found.get("from", [])
    if not by or any(mark in piece for piece in (by, *sender) if not piece.startswith("(") for mark in '"\\'):
        return None
    return Clauses(
        by=by,
        protocol=protocol,
        recipient=recipient.strip("<>") if recipient else None,
        helo=_helo(sender),
        clients=tuple(_clients(sender)),
        submitted="from" not in found and any(_LOCAL.fullmatch(piece) for piece in found["by"]),
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


def _split(flat: str) -> dict[str, list[str]] | None:
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


def _is_in_order(found: dict[str, list[str]]) -> bool:
    """The server's own words follow `by`, so that a HELO cannot say which protocol it was."""
    known = [name for name in found if name in _ORDER]
    return known == sorted(known, key=_ORDER.index) and next(iter(found)) in {"from", "by"} and "by" in found


def _word(pieces: list[str]) -> str | None:
    """The first that is not a comment."""
    return next((piece for piece in pieces if not piece.startswith("(")), None)


def _comments(pieces: list[str]) -> list[str]:
    return [piece[1:-1].strip() for piece in pieces if piece.startswith("(")]


def _clients(pieces: list[str]) -> Iterator[str]:
    """What may be the address that the server saw: in `HELO (name [IP])`, `HELO (IP)`, or Exim's `[IP] (helo=HELO)`.

    Outside comments stands what the client said.
    """
    if sum(not piece.startswith("(") for piece in pieces) != 1:
        return
    comments = _comments(pieces)
    found = [one for comment in comments for one in _addresses(_CLAIMED.sub(" ", comment))]
    if not any(found) and any("helo=" in comment.lower() for comment in comments):
        found = _BRACKETED.findall(_word(pieces) or "")
    yield from found


def _addresses(text: str) -> list[str]:
    bare = text.strip()
    return _BRACKETED.findall(text) or ([bare] if re.fullmatch(r"[0-9A-Fa-f:.]{2,45}", bare) else [])


def _helo(pieces: list[str]) -> str | None:
    """What a comment calls HELO, or else the word in front of the comments."""
    said = [helo for comment in _comments(pieces) for helo in _HELO.findall(comment)]
    word = said[0] if said else _word(pieces)
    return word if word and len(said) <= 1 and _WORD.fullmatch(word) else None
