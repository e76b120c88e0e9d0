"""An address -> the key that addresses are compared by (RFC 5321, 2.4; RFC 5890 A-labels; RFC 5233 subaddress)."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

MAX_ADDRESS = 1_000
"""Characters of an address that is looked at. RFC 5321 (4.5.3.1) allows 320; bounce addresses in the wild go beyond."""

_DOT_ATOM = r"[^\s\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"\ud800-\udfff\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
_QUOTED = r'"(?:[^\s\x00-\x20\x7f-\x9f"\\\ud800-\udfff\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\\[!-~])*"'
_LITERAL = r"\[[0-9A-Za-z.:-]+\]"
_ADDRESS = re.compile(rf"({_DOT_ATOM}|{_QUOTED})@({_DOT_ATOM}|{_LITERAL})")
_UNNEEDED_QUOTES = re.compile(rf'"({_DOT_ATOM})"')


@lru_cache(maxsize=4096)
def key_of(address: str) -> str | None:
    """An address as written -> the form that is equal for equal addresses; None when it is no address.

    Case is ignored in both parts (spec P3) and the domain becomes A-labels. A domain that IDNA 2008 refuses is only
    lower-cased, because recipients are read leniently. `key_of(key_of(a)) == key_of(a)`.
    """
    match = _ADDRESS.fullmatch(address) if len(address) <= MAX_ADDRESS else None
    domain = match[2].lower().rstrip(".") if match else ""
    if not match or not domain:
        return None
    local = _UNNEEDED_QUOTES.sub(r"\1", match[1]).lower()
    return f"{local}@{domain if domain.isascii() else a_labels(domain) or domain}"


def a_labels(domain: str) -> str | None:
    """A domain -> lower-case A-labels by strict IDNA 2008, without the mappings of UTS 46; None when it has none.

    Only ASCII is lower-cased, so that full-width letters and the ideographic full stop are refused instead of mapped.
    """
    try:
        return idna.encode(re.sub(r"[A-Z]+", lambda m: m[0].lower(), domain), strict=True).decode("ascii")
    except UnicodeError:
        return None


def subaddress_stripped(key: str) -> str:
    """`anna+crm@acme.fi` -> `anna@acme.fi`; a key without a subaddress comes back as it is (RFC 5233)."""
    local, _, domain = key.rpartition("@")
    bare = local.partition("+")[0]
    return f"{bare}@{domain}" if bare and not local.startswith('"') else key
