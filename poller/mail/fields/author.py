"""The From field -> the one author, or why there is none (RFC 5322, 3.6.2; RFC 5890).

Strict, because what two readers could read in two ways is how a message shows one author and proves another.
"""

from __future__ import annotations

import re
from functools import lru_cache

from poller.mail.coding.charsets import decode
from poller.mail.fields.address import MAX_ADDRESS, MAX_REMEMBERED, a_labels, clean_name, key_of
from poller.mail.header import unfolded
from poller.mail.message import Mailbox

MAX_DOMAIN = 253
"""Characters of a domain name in A-labels (RFC 1035, 2.3.4)."""

_ADDRESS = r"[ \t]*+(?P<{0}>[^\s\"(),:;<>@\[\]\\]++@[^\s\"(),:;<>@\[\]\\]++)[ \t]*+"
# Matched in a look-ahead, which is never entered again: what was read as an encoded word is not read as letters too.
# (A possessive group would say so more plainly; Python 3.11 before 3.11.5 matches those wrongly.)
_PHRASE = r"""(?=(?P<phrase>(?:
    "(?:[^"\\]|\\.)*" | =\?[^\s?<>@"]++\?[bBqQ]\?[^\s?<>@"]*+\?= | \([^()@<>]*+\) | [^"<>@,;:()\\]
)*))(?P=phrase)"""
_COMMENT = r"(?:\((?P<comment>[^()@<>,;:]*+)\)[ ]*+)?"
_AUTHOR = re.compile(
    rf"(?:{_PHRASE}<{_ADDRESS.format('angle')}>[ ]*+ | {_ADDRESS.format('bare')}){_COMMENT}", re.VERBOSE
)
_HARMFUL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def parse_author(raw: bytes) -> Mailbox | str:
    """The raw value of the only From field -> the author, or a sentence that says why it names none beyond doubt."""
    return _remembered(raw) if len(raw) <= MAX_REMEMBERED else _parsed(raw)


def _parsed(raw: bytes) -> Mailbox | str:
    text = decode(unfolded(raw), "windows-1252").strip(" \t")  # in it no ASCII is part of another character
    if _HARMFUL.search(text):
        return "A control or bidi character stands in From."
    match = _AUTHOR.fullmatch(text)
    if not match:
        return "From is not exactly one mailbox: a name and <local@domain>, or local@domain."
    address = match["angle"] or match["bare"]
    if problem := _problem(address, raw):
        return problem
    name = _unquoted(match["phrase"] or match["comment"] or "")
    return Mailbox(name=clean_name(name), address=address, key=key_of(address) or "")


_remembered = lru_cache(maxsize=512)(_parsed)


def domain_problem(author: Mailbox) -> str | None:
    """Why nobody can prove to be the author, though there is no doubt who is named: `root@localhost`."""
    labels = author.key.rpartition("@")[2].split(".")
    full = len(labels) > 1 and not labels[-1].isdigit() and not author.address.endswith(".")
    return None if full else "The domain in From is not a full domain name."


def _problem(address: str, raw: bytes) -> str | None:
    domain = a_labels(address.rpartition("@")[2])
    if len(address) > MAX_ADDRESS or key_of(address) is None:
        return "The address in From is not usable."
    if "=?" in address:
        return "The address in From is an encoded word."
    if not address.isascii() and address.encode("utf-8", "replace") not in raw:
        return "The address in From is neither ASCII nor UTF-8."
    if domain is None or len(domain) > MAX_DOMAIN:
        return "The domain in From is not valid (IDNA 2008)."
    return None


def _unquoted(phrase: str) -> str:
    return re.sub(r'"((?:[^"\\]|\\.)*)"', lambda m: re.sub(r"\\(.)", r"\1", m[1]), phrase).strip()
