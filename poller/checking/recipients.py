"""Which field of recent mail names the filing address: by the code that will route it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial

from poller.authentication.trace import read_trace
from poller.checking.finding import Checked, Finding, bad, doubtful, good
from poller.checking.suggesting import suggestion
from poller.filing.address import Problem, parse_target
from poller.filing.route import Provenance, find_route
from poller.mail.fields.address import addresses_in
from poller.mail.message import Field, Header
from poller.settings import FilingAddress, OrganizationSettings, RoutingSettings, Settings
from poller.wording import many

_AUTHORED = frozenset({"to", "cc", "bcc"})
_AS_UNDER_TRUST = "OUR_MTA_NAMES=…, as told under trust"
_LONGEST = 4096  # octets
_ALIKE = 0.7
"""How much of two prefixes has to be equal for one to be a slip of the other."""

# Fields in which an address is no recipient's, or is one of somebody else's mail.
_NEVER = frozenset({
    *("from", "sender", "reply-to", "return-path", "resent-from", "resent-sender", "errors-to", "x-mail-from"),
    *("subject", "message-id", "in-reply-to", "references", "resent-message-id", "disposition-notification-to"),
    *("received", "received-spf", "authentication-results", "dkim-signature", "x-google-dkim-signature"),
    *("arc-seal", "arc-message-signature", "arc-authentication-results", "x-original-from"),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One message: where the address of ours stood that decided, if any, whose it is, and every address that it has."""

    header: Header
    provenance: Provenance | None
    whose: OrganizationSettings | None
    addresses: tuple[str, ...]


def check_recipients(checked: Checked) -> Iterator[Finding]:
    if checked.mailbox is None:
        return
    mail = [_look(one.header, checked.settings) for one in checked.mailbox.samples]
    address = checked.settings.organizations[0].filing_address
    if not mail:
        yield doubtful(
            "recipients",
            "there is no mail yet that shows which field names the filing address",
            f"send a message with {address} in BCC, and run mailfiler check again",
        )
        return
    ours = [one for one in mail if one.provenance]
    if not ours:
        yield from _nobody_named(mail, checked.settings.routing)
        return
    yield from _fields(ours, len(mail), checked.settings)
    others = [one for one in checked.settings.organizations if one not in [found.whose for found in ours]]
    yield from _slips(mail, others, checked.settings.routing)


def _look(header: Header, settings: Settings) -> Looked:
    route = find_route(header, read_trace(header, settings.auth), settings.routing)
    named = (one for one in route.targets if one.target.problem is not Problem.OTHER_PREFIX)
    first = next(named, None)
    return Looked(
        header=header,
        provenance=first.provenance if first else None,
        whose=first.target.organization if first else None,
        addresses=tuple(
            dict.fromkeys(
                mailbox.key
                for field in _short(header)
                if field.name not in _NEVER
                for mailbox in addresses_in(field.value)
            )
        ),
    )


def _fields(ours: list[Looked], messages: int, settings: Settings) -> Iterator[Finding]:
    """Where the address stood, most often first; and what to do where BCC would leave no trace."""
    stood = Counter(one.provenance for one in ours)
    by_field = Counter((place.header, place.trusted) for place in stood.elements() if place)
    shown = ", ".join(
        f"{_label(name, ours)} in {count} ({'trusted' if trusted else 'not trusted'})"
        for (name, trusted), count in by_field.most_common()
    )
    told = f"the filing address stands in {len(ours)} of {many(messages, 'recent message')}: {shown}"
    delivered = [name for name, trusted in by_field if name not in _AUTHORED]
    if not delivered:
        yield _authored_alone(told, ours, settings.routing)
    elif not any(trusted for name, trusted in by_field if name not in _AUTHORED):
        yield doubtful("recipients", told, suggestion([one.header for one in ours], settings.auth) or _AS_UNDER_TRUST)
    else:
        yield good("recipients", told)


def _authored_alone(told: str, ours: list[Looked], routing: RoutingSettings) -> Finding:
    """To and Cc are what people write: of mail by BCC, nothing is in them."""
    other = _unread_fields(ours, routing)
    if not other:
        return doubtful(
            "recipients",
            f"{told}; no field says whom the server delivered it to, so that mail by BCC would go to review",
            "RECIPIENT_HEADERS=… once the server writes one, such as X-Original-To (docs/probe.md says how)",
        )
    return doubtful(
        "recipients",
        f"{told}; the server names it in {', '.join(other)}, which is not read",
        f"RECIPIENT_HEADERS={' '.join(other)}",
    )


def _nobody_named(mail: list[Looked], routing: RoutingSettings) -> Iterator[Finding]:
    """A field that is not read, a slip in an address of ours, another prefix at our domain, or nothing at all."""
    told = f"no recent message ({len(mail)} seen) names {_listed(routing)}"
    if unread := _unread_fields(mail, routing):
        told = f"{told} in a field that is read; {', '.join(unread)} does"
        yield bad("recipients", told, f"RECIPIENT_HEADERS={unread[0]}")
    elif slips := list(_slips(mail, routing.organizations, routing)):
        yield from slips
    else:
        yield _another_named(mail, told, routing)


def _another_named(mail: list[Looked], told: str, routing: RoutingSettings) -> Finding:
    domain = routing.organizations[0].filing_address.domain
    at_domain = Counter(_without_number(one) for one in _strange(mail, routing) if one.endswith(f"@{domain}"))
    if at_domain:
        other = at_domain.most_common(1)[0][0]
        return doubtful("recipients", f"{told}; what is named is {other}", f"FILING_ADDRESS={other}, if it is yours")
    return doubtful(
        "recipients",
        f"{told}, nor any other address at {domain}",
        f"send a message with {routing.organizations[0].filing_address} in BCC; where it does not arrive, mend the "
        f"catch-all of {domain}, and where it does, RECIPIENT_HEADERS=… with the field that names it",
    )


def _unread_fields(mail: Iterable[Looked], routing: RoutingSettings) -> list[str]:
    """Fields that no setting names, and that hold an address of ours; most frequent first, as they are written."""
    read = {*routing.recipient_headers, "resent-to", "resent-cc", "x-forwarded-to", *_AUTHORED, *_NEVER}
    found: Counter[str] = Counter()
    for one in mail:
        found.update({
            field.label.decode("ascii")
            for field in _short(one.header)
            if field.name not in read and any(_is_target(box.key, routing) for box in addresses_in(field.value))
        })  # fmt: skip
    return [name for name, _ in found.most_common()]


def _short(header: Header) -> list[Field]:
    """Without those that nobody writes who delivers mail, and that take long to read."""
    return [field for field in header.fields if len(field.value) <= _LONGEST]


def _is_target(key: str, routing: RoutingSettings) -> bool:
    target = parse_target(key, routing)
    return target is not None and target.problem is not Problem.OTHER_PREFIX


def _slips(
    mail: list[Looked], organizations: Sequence[OrganizationSettings], routing: RoutingSettings
) -> Iterator[Finding]:
    """Of organizations that no mail names: an address that is like theirs, and nobody's."""
    addresses = _strange(mail, routing)
    for organization in organizations:
        ours = organization.filing_address
        near = [one for one in addresses if max(routing.organizations, key=partial(_closeness, one)) == organization]
        if seen := _like_prefix(near, ours) or _like_domain(addresses, ours):
            told = f"no recent message ({len(mail)} seen) names {ours}; what is named is {seen}"
            place = f" in organizations/{organization.key}.env" if organization.key else ""
            yield bad("recipients", told, f"FILING_ADDRESS={seen}{place}")


def _strange(mail: list[Looked], routing: RoutingSettings) -> list[str]:
    """All addresses of messages that name none of ours."""
    unnamed = (one for one in mail if not one.provenance)
    return [address for one in unnamed for address in one.addresses if not _is_own(address, routing)]


def _like_prefix(addresses: Iterable[str], ours: FilingAddress) -> FilingAddress | None:
    """Another local part at the filing domain that is like our prefix, its project number left out."""
    found: Counter[FilingAddress] = Counter()
    for address in addresses:
        local, _, domain = address.rpartition("@")
        if domain == ours.domain and _likeness(ours.prefix, prefix := _best_part(local, ours.prefix)) >= _ALIKE:
            found[FilingAddress(prefix=prefix, domain=domain)] += 1
    return found.most_common(1)[0][0] if found else None


def _like_domain(addresses: Iterable[str], ours: FilingAddress) -> FilingAddress | None:
    """Our prefix at another domain."""
    found: Counter[FilingAddress] = Counter()
    for address in addresses:
        local, _, domain = address.rpartition("@")
        if f".{local.partition('+')[0]}".endswith(f".{ours.prefix}"):
            found[FilingAddress(prefix=ours.prefix, domain=domain)] += 1
    return found.most_common(1)[0][0] if found else None


def _closeness(address: str, organization: OrganizationSettings) -> tuple[bool, float]:
    local, _, domain = address.rpartition("@")
    ours = organization.filing_address
    return domain == ours.domain, _likeness(ours.prefix, _best_part(local, ours.prefix))


def _is_own(address: str, routing: RoutingSettings) -> bool:
    """The mailbox's login, with which some servers mark all of its mail, and the author of notices."""
    local = address.rpartition("@")[0]
    return routing.mailbox_login in {address, local} or address in routing.notice_addresses


def _without_number(address: str) -> str:
    """`1001.mycompany@…` -> `mycompany@…`: without the words in front that have a digit, and without a subaddress."""
    local, _, domain = address.rpartition("@")
    words = local.partition("+")[0].split(".")
    first = next((at for at, word in enumerate(words) if not any(map(str.isdigit, word))), 0)
    return f"{'.'.join(words[first:])}@{domain}"


def _best_part(local: str, prefix: str) -> str:
    """`1001.mycompny` -> `mycompny`: of the ends of a local part, behind its dots, the one most like the prefix."""
    words = local.partition("+")[0].split(".")
    ends = [".".join(words[at:]) for at in range(len(words))]
    return max(ends, key=lambda end: _likeness(prefix, end))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _label(name: str, mail: list[Looked]) -> str:
    """The name as the messages have it."""
    labels = (field.label.decode("ascii") for one in mail for field in one.header.fields if field.name == name)
    return next(labels, name)


def _listed(routing: RoutingSettings) -> str:
    return " or ".join(str(one.filing_address) for one in routing.organizations)
