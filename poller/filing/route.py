"""Header -> the filing addresses that the message was sent to, each with its strongest evidence.

BCC leaves no trace in To and Cc, so the envelope recipient counts, wherever a server wrote it down (RFC 5598, 4.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from poller.authentication.trace import Trace
from poller.filing.address import Problem, Target, parse_target
from poller.mail.fields.address import MAX_MAILBOXES, addresses_in, key_of, parse_mailboxes, subaddress_stripped
from poller.mail.header import MAX_FIELD
from poller.mail.message import Field, Header, Mailbox
from poller.settings.model import OrganizationSettings, RoutingSettings

_FORWARDED = ("resent-to", "resent-cc", "x-forwarded-to")
_AUTHORED = ("to", "cc", "bcc")


class Provenance(NamedTuple):
    """Which field named the address: its name, its position in the header (0 on top), and whether it is trusted."""

    header: str
    position: int
    trusted: bool


class Routed(NamedTuple):
    target: Target
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The targets of one organization, strongest evidence first, and the addresses in the delivery fields.

    `organization` is None when no filing address was found. Where all that was found is nobody's, it is the first of
    that domain, in whose words the sender is told so; its mail it is not.
    """

    organization: OrganizationSettings | None
    targets: tuple[Routed, ...]
    delivered: tuple[Mailbox, ...]

    @property
    def addressee(self) -> OrganizationSettings | None:
        """The organization whose mail it is, None for nobody's."""
        return self.organization if any(one.target.organization for one in self.targets) else None


def find_route(header: Header, trace: Trace, routing: RoutingSettings) -> Route:
    """A copy belongs to the organization of its best-evidenced address; others' addresses are left to their copies."""
    found: dict[str, Routed] = {}
    delivery = list(_in_fields(header, trace, routing.recipient_headers))
    named = [*delivery, *_named(header, trace)]
    for mailbox, provenance in sorted(named, key=lambda named: not named[1].trusted):
        target = None if mailbox.key in found else parse_target(mailbox.key, routing)
        if target and not _is_no_information(target, provenance, routing):
            found[mailbox.key] = Routed(target=target, provenance=provenance)
    organization = _organization_of(found.values(), routing)
    return Route(
        organization=organization,
        targets=tuple(one for one in found.values() if one.target.organization in {None, organization}),
        delivered=tuple(mailbox for mailbox, _ in delivery),
    )


def is_ours(key: str, routing: RoutingSettings) -> bool:
    """Filing addresses, retired ones, the mailbox's login and the notice address never take part in an activity."""
    return parse_target(key, routing) is not None or _is_own_account(key, routing)


def _named(header: Header, trace: Trace) -> Iterator[tuple[Mailbox, Provenance]]:
    """Every address in another field that may hold a recipient, strongest kind of field first."""
    received = (position for position, field in enumerate(header.fields) if field.name == "received")
    for position, hop in zip(received, trace.hops, strict=False):
        key = key_of(hop.recipient) if hop.recipient else None
        if key:
            mailbox = Mailbox(name="", address=hop.recipient or "", key=key)
            yield mailbox, Provenance(header="received", position=position, trusted=True)
    yield from _in_fields(header, trace, (*_FORWARDED, *_AUTHORED))


def _in_fields(header: Header, trace: Trace, names: Sequence[str]) -> Iterator[tuple[Mailbox, Provenance]]:
    """In the order of the names, and no more of all these fields than is read of one."""
    there: dict[str, list[tuple[int, Field]]] = {name: [] for name in names}
    for at, field in enumerate(header.fields):
        if field.name in there:
            there[field.name].append((at, field))
    octets, left = 0, MAX_MAILBOXES
    for position, field in chain.from_iterable(there[name] for name in names):
        octets += len(field.value)
        if octets > MAX_FIELD or left <= 0:
            return
        parse = parse_mailboxes if field.name in _AUTHORED else addresses_in
        provenance = Provenance(header=field.name, position=position, trusted=position < trace.boundary)
        mailboxes = parse(field.value)[:left]
        left -= len(mailboxes)
        yield from ((mailbox, provenance) for mailbox in mailboxes)


def _is_no_information(target: Target, provenance: Provenance, routing: RoutingSettings) -> bool:
    """The mailbox's own address: every message in it was delivered there, whomever it was for."""
    if provenance.header == "delivered-to" and _is_login(target.address, routing):
        return True
    return target.problem is Problem.OTHER_PREFIX and _is_own_account(target.address, routing)


def _is_own_account(key: str, routing: RoutingSettings) -> bool:
    """The login or a notice address, as it stands or without its subaddress: either may have one of its own."""
    as_written_or_bare = (key, subaddress_stripped(key))
    return any(_is_login(one, routing) or one in routing.notice_addresses for one in as_written_or_bare)


def _is_login(key: str, routing: RoutingSettings) -> bool:
    """A login without a domain may stand there with that of a filing address."""
    local, _, domain = key.rpartition("@")
    domains = (organization.filing_address.domain for organization in routing.organizations)
    return key == routing.mailbox_login or (local == routing.mailbox_login and domain in domains)


def _organization_of(found: Iterable[Routed], routing: RoutingSettings) -> OrganizationSettings | None:
    targets = [one.target for one in found]
    for target in targets:
        if target.organization:
            return target.organization
    domains = {target.address.rpartition("@")[2] for target in targets}
    at_domain = (one for one in routing.organizations if one.filing_address.domain in domains)
    return next(at_domain, None)
