"""One Received field -> one hop (RFC 5321, 4.4).

What stands in it was partly chosen by the client: HELO, its name in DNS, MAIL FROM, a certificate's name. A field that
can be read in two ways is therefore not read at all.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from poller.authentication.clauses import Clauses, clauses_of
from poller.authentication.patterns import FORMS, Form
from poller.settings.model import Provider

Address = IPv4Address | IPv6Address

MAX_RECEIVED = 10_000
"""Octets of a field that is read. Servers write some hundreds, also with the longest names and addresses."""

_BLANKS = re.compile(r"[ \t\r\n]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BY = re.compile(r'(?<![^ ();"])by(?![^ ();"])', re.IGNORECASE)


class Hop(NamedTuple):
    """Who took the message (`by`, lower case), how (`protocol`, upper case), from which client, for whom.

    `helo` is how the client introduced itself, a host's name or an address in brackets. `local`: it was not taken over
    a network at all, or from ourselves by LMTP. `own`: the provider's, whatever its name. A clause that is missing or
    ambiguous is None.
    """

    by: str | None = None
    protocol: str | None = None
    client: Address | None = None
    helo: str | None = None
    recipient: str | None = None
    local: bool = False
    own: bool = False


def parse_received(value: bytes, provider: Provider = Provider.GENERIC) -> Hop:
    """The raw field -> its clauses, as that kind of server writes them; a field that is not read has none.

    Every server writes the word `by` once, so that a client whose own gets in makes the field unreadable.
    """
    text = _BLANKS.sub(" ", value[: MAX_RECEIVED + 1].decode("latin-1")).strip(" ")
    if len(value) > MAX_RECEIVED or _CONTROL.search(text) or len(_BY.findall(text)) != 1:
        return Hop()
    if provider is Provider.GENERIC:
        clauses = clauses_of(text)
        return _hop_of_clauses(clauses) if clauses else Hop()
    found = ((form, match.groupdict()) for form in FORMS[provider] if (match := form.pattern.match(text)))
    return next((_hop_of_form(form, groups) for form, groups in found), Hop())


def _hop_of_form(form: Form, groups: dict[str, str | None]) -> Hop:
    protocol = groups.get("protocol")
    return Hop(
        by=_host(groups["by"]),
        protocol=protocol.upper() if protocol else None,
        client=_address(groups.get("client")),
        helo=groups.get("helo") or groups.get("name"),
        recipient=groups.get("recipient"),
        local=form.local,
        own=form.own,
    )


def _hop_of_clauses(clauses: Clauses) -> Hop:
    protocol = clauses.protocol.upper() if clauses.protocol else None
    seen = {address for text in clauses.clients if (address := _address(text))}
    return Hop(
        by=_host(clauses.by),
        protocol=protocol,
        client=seen.pop() if len(seen) == 1 else None,
        helo=clauses.helo,
        recipient=clauses.recipient,
        local=clauses.submitted or (protocol or "").startswith(("LOCAL", "LMTP", "UTF8LMTP")),
    )


def _host(name: str | None) -> str | None:
    return name.lower().rstrip(".") if name else None


def _address(text: str | None) -> Address | None:
    """An IPv4 address that IPv6 carries (RFC 4291, 2.5.5.2) is the IPv4 address."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
