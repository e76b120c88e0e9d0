"""What is stored of an organization -> documents that stand on their own: what they refer to, they name by its key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import peewee

from models.activity import Activity, Participant
from models.inbound import Delivery
from models.organization import Organization
from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from poller.filing.participants import Kind
from poller.storage.documents import Document, activity_documents
from poller.storage.listing import ActivityFilter, count_activities, list_activities
from poller.storage.rows import batched, tuples

__all__ = ["ActivityFilter", "Named", "activities_to_export", "count_activities", "organization_document"]


@dataclass(slots=True, kw_only=True)
class Named:
    """What the exported activities refer to: the keys of people and customers, and the numbers of projects."""

    organization: int
    users: set[str] = field(default_factory=set)
    contacts: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    projects: set[str] = field(default_factory=set)

    def note(self, activity: Document) -> None:
        self.users.add(activity["owner"]["key"])
        self.projects.update(activity["projects"])
        self.customers.update(filter(None, [activity["customer_key"]]))
        for one in activity["participants"]:
            if one["key"] is not None:
                (self.users if one["kind"] == "user" else self.contacts).add(one["key"])

    def documents(self) -> Iterator[tuple[str, list[Document]]]:
        """By kind, in the order in which they can be imported; what these refer to is among them."""
        projects = list(_projects(self.organization, self.projects))
        contacts = list(_contacts(self.organization, self.contacts))
        self.customers.update(one["customer"] for one in (*projects, *contacts) if one["customer"] is not None)
        yield "users", list(_users(self.organization, self.users))
        yield "customers", list(_customers(self.organization, self.customers))
        yield "contacts", contacts
        yield "projects", projects


def organization_document(organization: int) -> Document:
    found = Organization.get_by_id(organization)
    return {"prefix": found.prefix, "filing_address": found.filing_address}


def activities_to_export(wanted: ActivityFilter) -> Iterator[Document]:
    """In the order of filing, each as it is listed, with the keys of its owner, its customer and its participants.

    `source_kept`: its source is to be in the file store.
    """
    return list_activities(wanted, to_documents=_with_keys)


def _with_keys(activities: Sequence[Activity]) -> list[Document]:
    """Of a contact in doubt between customers there is no key: he takes part as somebody else."""
    documents = activity_documents(activities)
    participants = _participant_keys([activity.id for activity in activities])
    kept = _kept([activity.source_sha256 for activity in activities])
    for activity, document in zip(activities, documents, strict=True):
        document["owner"]["key"] = activity.owner.key
        document["customer_key"] = activity.customer.key if activity.customer else None
        document["source_kept"] = activity.source_sha256 in kept
        for person, key in zip(document["participants"], participants[activity.id], strict=True):
            person["key"] = None if person["kind"] == Kind.EXTERNAL else key
    return documents


def _participant_keys(activities: list[int]) -> defaultdict[int, list[str | None]]:
    found: defaultdict[int, list[str | None]] = defaultdict(list)
    rows = Participant.select(Participant.activity, User.key, Contact.key)
    rows = rows.join(User, peewee.JOIN.LEFT_OUTER).switch(Participant).join(Contact, peewee.JOIN.LEFT_OUTER)
    rows = rows.where(Participant.activity << activities).order_by(Participant.activity, Participant.position)
    for activity, user, contact in tuples(rows):
        found[activity].append(user if user is not None else contact)
    return found


def _kept(sources: list[str]) -> set[str]:
    rows = Delivery.select(Delivery.source_sha256).where(Delivery.source_sha256 << sources, Delivery.source_kept)
    return {sha256 for (sha256,) in tuples(rows)}


def _users(organization: int, keys: Iterable[str]) -> Iterator[Document]:
    for user, addresses in _owners(User, UserAddress, UserAddress.user, organization, keys):
        yield {"key": user.key, "name": user.name, "addresses": addresses, "active": user.active}


def _contacts(organization: int, keys: Iterable[str]) -> Iterator[Document]:
    customers = dict(tuples(Customer.select(Customer.id, Customer.key).where(Customer.organization == organization)))
    for contact, addresses in _owners(Contact, ContactAddress, ContactAddress.contact, organization, keys):
        about = {"key": contact.key, "customer": customers[contact.customer_id], "name": contact.name}
        yield about | {"addresses": addresses, "active": contact.active}


def _owners(
    model: Any,  # noqa: ANN401 - User or Contact, which have these columns alike
    address: Any,  # noqa: ANN401 - and their addresses, too
    owner: Any,  # noqa: ANN401 - the column of these that names the former
    organization: int,
    keys: Iterable[str],
) -> Iterator[tuple[Any, list[str]]]:
    """Rows of an organization with their addresses, in the order of the keys."""
    for chunk in batched(sorted(keys)):
        rows = list(model.select().where(model.organization == organization, model.key << chunk).order_by(model.key))
        addresses: defaultdict[int, list[str]] = defaultdict(list)
        owned = address.select(owner, address.address).where(owner << [row.id for row in rows])
        for row, text in tuples(owned.order_by(owner, address.position)):
            addresses[row].append(text)
        yield from ((row, addresses[row.id]) for row in rows)


def _customers(organization: int, keys: Iterable[str]) -> Iterator[Document]:
    for chunk in batched(sorted(keys)):
        rows = Customer.select().where(Customer.organization == organization, Customer.key << chunk)
        yield from ({"key": row.key, "name": row.name} for row in rows.order_by(Customer.key))


def _projects(organization: int, numbers: Iterable[str]) -> Iterator[Document]:
    for chunk in batched(sorted(numbers)):
        rows = Project.select(Project, Customer).join(Customer, peewee.JOIN.LEFT_OUTER)
        rows = rows.where(Project.organization == organization, Project.number << chunk)
        for row in rows.order_by(Project.number):
            about = {"number": row.number, "name": row.name, "kind": row.kind}
            yield about | {"customer": row.customer.key if row.customer else None, "state": row.state}
