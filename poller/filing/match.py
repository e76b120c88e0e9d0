"""Message, route and what the directory knows -> who owns it, who takes part, which customer it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from poller.filing.facts import Customer, People, User
from poller.filing.participants import Correspondent, Kind, Participant, participant_of, recognise
from poller.filing.route import Route, is_ours
from poller.mail.fields.address import subaddress_stripped
from poller.mail.message import Mailbox, Message, Role
from poller.settings.model import RoutingSettings


class Gate(StrEnum):
    """Which of the two let the message in: its author is a user, or a recipient is."""

    AUTHOR = "author"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A contact person who was recognised while the customer stayed in doubt."""

    customer: str
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`gate` and `owner` are None when nobody lets the message in. The owner is not among the participants."""

    gate: Gate | None
    owner: User | None
    participants: tuple[Participant, ...]
    customer: Customer | None
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRules:
    require_user_author: bool
    match_author_contact: bool


def correspondents_of(message: Message, route: Route, routing: RoutingSettings) -> list[tuple[Role, Mailbox]]:
    """Author, To, Cc, Bcc, then the delivery fields: in order of precedence, without addresses of our own."""
    named = [(Role.AUTHOR, message.author)] if message.author else []
    named += [
        (one.role, one.mailbox)
        for role in (Role.TO, Role.CC, Role.BCC)
        for one in message.recipients
        if one.role is role
    ]
    named += [(Role.DELIVERED, mailbox) for mailbox in route.delivered]
    ours: dict[str, bool] = {}
    for _, mailbox in named:
        if mailbox.key not in ours:
            ours[mailbox.key] = is_ours(mailbox.key, routing)
    return [(role, mailbox) for role, mailbox in named if not ours[mailbox.key]]


def keys_of(named: Sequence[tuple[Role, Mailbox]]) -> set[str]:
    """The address keys to look up: as written and without subaddress."""
    return {key for _, mailbox in named for key in (mailbox.key, subaddress_stripped(mailbox.key))}


def match_people(named: Sequence[tuple[Role, Mailbox]], people: People, rules: MatchRules) -> Match:
    """The order of addresses decides who owns, never whether a customer is linked."""
    everybody = [recognise(role, mailbox, people) for role, mailbox in named]
    everybody = [one for one in everybody if one.user or one.role is not Role.DELIVERED]
    if not rules.match_author_contact:
        everybody = without_author_contact(everybody)
    gate, owner = _gate(everybody, rules)
    customers = {contact.customer.id: contact.customer for one in everybody for contact in one.contacts}
    customer = next(iter(customers.values())) if len(customers) == 1 else None
    return Match(
        gate=gate,
        owner=owner,
        participants=_participants(everybody, owner, contacts_known=customer is not None),
        customer=customer,
        candidates=tuple(dict.fromkeys(candidates_of(everybody))) if len(customers) > 1 else (),
    )


def without_author_contact(everybody: Sequence[Correspondent]) -> list[Correspondent]:
    """The author, also where copied to himself, is recognised as a user or not at all."""
    author = next((one.mailbox.key for one in everybody if one.role is Role.AUTHOR), None)
    return [replace(one, contacts=()) if one.mailbox.key == author else one for one in everybody]


def _gate(everybody: Sequence[Correspondent], rules: MatchRules) -> tuple[Gate | None, User | None]:
    author = next((one.user for one in everybody if one.role is Role.AUTHOR), None)
    if author:
        return Gate.AUTHOR, author
    recipient = next((one.user for one in everybody if one.user), None)
    if recipient and not rules.require_user_author:
        return Gate.RECIPIENT, recipient
    return None, None


def _participants(
    everybody: Sequence[Correspondent], owner: User | None, *, contacts_known: bool
) -> tuple[Participant, ...]:
    found: dict[str, Participant] = {}
    for one in everybody:
        participant = participant_of(one, contacts_known=contacts_known)
        if owner is None or participant.user_id != owner.id:
            found.setdefault(participant.identity, participant)
    return tuple(found.values())


def candidates_of(everybody: Sequence[Correspondent]) -> Iterator[Candidate]:
    for one in everybody:
        for contact in one.contacts:
            yield Candidate(customer=contact.customer.name, name=contact.name, address=contact.address)


def within(participants: Sequence[Participant], limit: int) -> tuple[Participant, ...]:
    """At most `limit` of them in their order; people who were recognised stay before others go."""
    known = [one for one in participants if one.kind is not Kind.EXTERNAL]
    others = [one for one in participants if one.kind is Kind.EXTERNAL]
    kept = {one.identity for one in (known + others)[:limit]}
    return tuple(one for one in participants if one.identity in kept)
