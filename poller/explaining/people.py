"""Who was recognised by which address, who owns the activity and which customer it is about, and why."""

from __future__ import annotations

from collections.abc import Iterable

from poller.filing.match import Gate, Match
from poller.filing.participants import Correspondent, Participant
from poller.mail.message import Role
from poller.storage.documents import Document


def people_document(match: Match, correspondents: Iterable[Correspondent], *, require_user_author: bool) -> Document:
    """`correspondents` is everybody whom the message names but for our own addresses, as the directory knows them."""
    return {
        "gate": match.gate,
        "owner": match.owner and {"name": match.owner.name, "address": match.owner.address},
        "owner_why": _why_owner(match, require_user_author=require_user_author),
        "customer": match.customer and match.customer.name,
        "customer_why": _why_customer(match),
        "named": [_named(one) for one in correspondents if one.user or one.role is not Role.DELIVERED],
        "participants": [_participant(one) for one in match.participants],
        "candidates": [
            {"customer": one.customer, "name": one.name, "address": one.address} for one in match.candidates
        ],
    }


def _why_owner(match: Match, *, require_user_author: bool) -> str:
    if match.gate is Gate.AUTHOR:
        return "the author is a user"
    if match.gate is Gate.RECIPIENT:
        return "the author is no user, and this is the first recipient who is one"
    if require_user_author:
        return "the author is no user, and REQUIRE_USER_AUTHOR=true lets in nobody else's mail"
    return "neither the author nor a recipient is a user"


def _why_customer(match: Match) -> str:
    if match.customer:
        return "the only customer whose contacts are named"
    if match.candidates:
        return "contacts of several customers are named, so that none is linked and all of them count as external"
    return "no contact of a customer is named"


def _named(one: Correspondent) -> Document:
    """An address as it stands in the message -> who owns it."""
    known = one.user or (one.contacts[0] if one.contacts else None)
    return {
        "role": one.role,
        "address": one.mailbox.address,
        "name": one.mailbox.name,
        "is": "user" if one.user else "contact" if one.contacts else None,
        "known_as": known and {"name": known.name, "address": known.address},
        "customers": list(dict.fromkeys(contact.customer.name for contact in one.contacts)),
    }


def _participant(one: Participant) -> Document:
    return {"kind": one.kind, "role": one.role, "name": one.name, "address": one.address}
