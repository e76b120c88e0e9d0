"""Correspondents and what the directory knows -> participants: who of them is a user, a contact, or somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from poller.filing.facts import Contact, People, User
from poller.mail.fields.address import subaddress_stripped
from poller.mail.message import Mailbox, Role


class Kind(StrEnum):
    USER = "user"
    CONTACT = "contact"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondent:
    """Somebody named in the message, and who that is. At most one of `user` and `contacts` is filled."""

    role: Role
    mailbox: Mailbox
    user: User | None
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """`key` is that of the address as named; an external may be a contact whose customer is in doubt."""

    kind: Kind
    role: Role
    name: str
    address: str
    key: str
    user_id: int | None = None
    contact_id: int | None = None

    @property
    def identity(self) -> str:
        """Equal for the same person in all copies of a message."""
        return person_identity(self.user_id, self.contact_id, self.key)


def person_identity(user_id: int | None, contact_id: int | None, key: str) -> str:
    if user_id is not None:
        return f"user:{user_id}"
    return f"address:{key}" if contact_id is None else f"contact:{contact_id}"


def recognise(role: Role, mailbox: Mailbox, people: People) -> Correspondent:
    """By address only: exactly as written first, then without the subaddress. A user is never also a contact."""
    for key in (mailbox.key, subaddress_stripped(mailbox.key)):
        if user := people.users.get(key):
            return Correspondent(role=role, mailbox=mailbox, user=user, contacts=())
        if contacts := people.contacts.get(key):
            return Correspondent(role=role, mailbox=mailbox, user=None, contacts=contacts)
    return Correspondent(role=role, mailbox=mailbox, user=None, contacts=())


def participant_of(correspondent: Correspondent, *, contacts_known: bool) -> Participant:
    """`contacts_known`: all contacts of the message belong to one customer; otherwise they count as externals."""
    role, mailbox, user = correspondent.role, correspondent.mailbox, correspondent.user
    # A person with several addresses is one participant even where the customer is in doubt.
    known = correspondent.contacts[:1] if contacts_known or len(correspondent.contacts) == 1 else ()
    contact = known[0] if known else None
    if user:
        kind, name, address = Kind.USER, user.name, user.address
    elif contact and contacts_known:
        kind, name, address = Kind.CONTACT, contact.name, contact.address
    else:
        kind = Kind.EXTERNAL
        name = mailbox.name or (contact.name if contact else "")
        address = contact.address if contact else mailbox.address
    return Participant(
        kind=kind,
        role=role,
        name=name,
        address=address,
        key=mailbox.key,
        user_id=user.id if user else None,
        contact_id=contact.id if contact else None,
    )
