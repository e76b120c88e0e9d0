"""The directory as the pure stages see it: who owns these addresses, and which projects these numbers mean."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import peewee

from models import base, people, project
from models.organization import ActivityType, Organization
from poller.filing.facts import Contact, Customer, People, Project, User
from poller.storage.database import database_errors

_CHUNK: Final = 400
"""Values in one IN list; SQLite takes 32,766 in a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationIds:
    """The rows of an organization and of the activity type it files under."""

    organization: int
    activity_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Address keys and project numbers that a message of an organization names."""

    organization_id: int
    keys: Collection[str]
    numbers: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """At least what was asked for: who owns the keys, and which projects each number means."""

    people: People
    projects: Mapping[str, tuple[Project, ...]]


def look_up(asked: Iterable[Asked]) -> dict[int, Found]:
    """What all of them ask, in a few queries -> the answers by organization."""
    by_organization: defaultdict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_organization[one.organization_id].append(one)
    return {
        organization_id: Found(
            people=find_people(organization_id, {key for one in its for key in one.keys}),
            projects=find_projects(organization_id, {number for one in its for number in one.numbers}),
        )
        for organization_id, its in by_organization.items()
    }


def number_key(number: str) -> str:
    """A project number -> what numbers are compared by: lower case throughout, as address keys arrive."""
    return number.lower()


def integer_key(number: str) -> str | None:
    """`01001` -> `1001`, `00` -> `0`; None unless it is all ASCII digits."""
    return (number.lstrip("0") or "0") if number.isascii() and number.isdigit() else None


@database_errors()
def find_people(organization_id: int, keys: Collection[str]) -> People:
    """Address keys -> the organization's active users and contacts that own them. Keys of nobody are left out."""
    users: dict[str, User] = {}
    contacts: defaultdict[str, list[Contact]] = defaultdict(list)
    for chunk in peewee.chunked(sorted(set(keys)), _CHUNK):
        for row in _users(organization_id, chunk):
            users[row.address_key] = User(id=row.id, name=row.name, address=row.address)
        for row in _contacts(organization_id, chunk):
            customer = Customer(id=row.customer_id, key=row.customer_key, name=row.customer_name)
            contacts[row.address_key].append(
                Contact(id=row.id, name=row.name, address=row.address, customer=customer),
            )
    return People(users=users, contacts={key: tuple(found) for key, found in contacts.items()})


@database_errors()
def find_projects(organization_id: int, numbers: Collection[str]) -> Mapping[str, tuple[Project, ...]]:
    """Each number asked -> the project of the same string, else all of the same integer, else none."""
    rows = {
        row.id: row
        for chunk in peewee.chunked(sorted(set(numbers)), _CHUNK)
        for row in _projects(organization_id, chunk)
    }
    by_number = {row.number_key: (_project(row),) for row in rows.values()}
    by_integer: defaultdict[str, tuple[Project, ...]] = defaultdict(tuple)
    for _, row in sorted(rows.items()):
        by_integer[row.integer_key or ""] += (_project(row),)
    by_integer[""] = ()
    return {
        number: by_number.get(number_key(number)) or by_integer[integer_key(number) or ""] for number in set(numbers)
    }


@database_errors()
def open_projects(organization_id: int) -> list[Project]:
    """All that still take mail by choice, oldest first: what somebody may have meant who wrote another number."""
    rows = project.Project.select().where(
        project.Project.organization == organization_id, project.Project.state == "open"
    )
    return [
        Project(id=row.id, number=row.number, name=row.name, state=row.state, customer=None)
        for row in rows.order_by(project.Project.id)
    ]


def ensure_organization(
    *, key: str, prefix: str, filing_address: str, activity_type: str, calendar_sync: bool
) -> OrganizationIds:
    """An organization's settings -> its rows, made or changed to agree. Nothing is written when they do already."""
    organization = _ensure(Organization, {"key": key}, {"prefix": prefix, "filing_address": filing_address})
    row = {"organization": organization, "name": activity_type}
    return OrganizationIds(
        organization=organization, activity_type=_ensure(ActivityType, row, {"calendar_sync": calendar_sync})
    )


def _ensure(model: type[base.BaseModel], unique: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    row = model.get_or_none(**unique)
    if row is None or any(getattr(row, name) != value for name, value in values.items()):
        target = [getattr(model, name) for name in unique]
        model.insert(**unique, **values).on_conflict(conflict_target=target, update=values).execute()
        row = model.get(**unique)
    return row.id


def _users(organization_id: int, keys: Collection[str]) -> Iterable[Any]:
    """Rows of (address_key, id, name, address), the address being the user's first."""
    owned, first = people.UserAddress, people.UserAddress.alias()
    return (
        owned.select(owned.address_key, people.User.id, people.User.name, first.address)
        .join(people.User)
        .join(first, on=(first.user == people.User.id) & (first.position == 0))
        .where(owned.organization == organization_id, owned.address_key.in_(keys), people.User.active)
        .namedtuples()
    )


def _contacts(organization_id: int, keys: Collection[str]) -> Iterable[Any]:
    """Rows of (address_key, id, name, address, customer_id, customer_key, customer_name), older contacts first."""
    owned, first = people.ContactAddress, people.ContactAddress.alias()
    customer = [getattr(people.Customer, name).alias(f"customer_{name}") for name in ("id", "key", "name")]
    return (
        owned.select(owned.address_key, people.Contact.id, people.Contact.name, first.address, *customer)
        .join(people.Contact)
        .join(people.Customer)
        .join(first, on=(first.contact == people.Contact.id) & (first.position == 0))
        .where(owned.organization == organization_id, owned.address_key.in_(keys), people.Contact.active)
        .order_by(people.Contact.id)
        .namedtuples()
    )


def _projects(organization_id: int, numbers: Collection[str]) -> Iterable[project.Project]:
    table = project.Project
    same_string = table.number_key.in_([number_key(number) for number in numbers])
    same_integer = table.integer_key.in_([integer for number in numbers if (integer := integer_key(number))])
    return (
        table.select(table, people.Customer)
        .join(people.Customer, peewee.JOIN.LEFT_OUTER)
        .where(table.organization == organization_id, same_string | same_integer)
    )


def _project(row: project.Project) -> Project:
    owner = row.customer
    customer = Customer(id=owner.id, key=owner.key, name=owner.name) if owner else None
    return Project(id=row.id, number=row.number, name=row.name, state=row.state, customer=customer)
