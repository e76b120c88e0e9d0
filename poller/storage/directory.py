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
from poller.storage.composed import Composed, Query, Values
from poller.storage.database import database_errors
from poller.storage.rows import batched

_CUSTOMER: Final = (people.Customer.id, people.Customer.key, people.Customer.name)


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
    for chunk in batched(sorted(set(keys))):
        for key, user_id, name, address in _users.rows(organization_id, chunk):
            users[key] = User(id=user_id, name=name, address=address)
        for key, contact_id, name, address, *whose in _contacts.rows(organization_id, chunk):
            one = Contact(id=contact_id, name=name, address=address, customer=_customer(*whose))
            contacts[key].append(one)
    return People(users=users, contacts={key: tuple(found) for key, found in contacts.items()})


@database_errors()
def find_projects(organization_id: int, numbers: Collection[str]) -> Mapping[str, tuple[Project, ...]]:
    """Each number asked -> the project of the same string, else all of the same integer, else none."""
    rows = {row[0]: row for chunk in batched(sorted(set(numbers))) for row in _projects_of(organization_id, chunk)}
    by_number: dict[str, tuple[Project, ...]] = {}
    by_integer: defaultdict[str, tuple[Project, ...]] = defaultdict(tuple)
    for _, (project_id, key, integer, number, name, state, *whose) in sorted(rows.items()):
        customer = _customer(*whose) if whose[0] else None
        one = Project(id=project_id, number=number, name=name, state=state, customer=customer)
        by_number[key] = (one,)
        by_integer[integer or ""] += (one,)
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


@Composed
def _users(organization: int, keys: Values) -> Query:
    """Rows of (address_key, id, name, address), the address being the user's first."""
    owned, first = people.UserAddress, people.UserAddress.alias()
    return (
        owned.select(owned.address_key, people.User.id, people.User.name, first.address)
        .join(people.User)
        .join(first, on=(first.user == people.User.id) & (first.position == 0))
        .where(owned.organization == organization, owned.address_key << keys, people.User.active)
    )


@Composed
def _contacts(organization: int, keys: Values) -> Query:
    """Rows of (address_key, id, name, address, *customer), older contacts first."""
    owned, first = people.ContactAddress, people.ContactAddress.alias()
    return (
        owned.select(owned.address_key, people.Contact.id, people.Contact.name, first.address, *_CUSTOMER)
        .join(people.Contact)
        .join(people.Customer)
        .join(first, on=(first.contact == people.Contact.id) & (first.position == 0))
        .where(owned.organization == organization, owned.address_key << keys, people.Contact.active)
        .order_by(people.Contact.id)
    )


def _projects_of(organization_id: int, numbers: Collection[str]) -> list[Any]:
    integers = [integer for number in numbers if (integer := integer_key(number))]
    return _projects.rows(organization_id, [number_key(number) for number in numbers], integers)


@Composed
def _projects(organization: int, keys: Values, integers: Values) -> Query:
    """Rows of (id, number_key, integer_key, number, name, state, *customer)."""
    table = project.Project
    columns = (table.id, table.number_key, table.integer_key, table.number, table.name, table.state)
    return (
        table.select(*columns, *_CUSTOMER)
        .join(people.Customer, peewee.JOIN.LEFT_OUTER)
        .where(table.organization == organization, (table.number_key << keys) | (table.integer_key << integers))
    )


def _customer(customer_id: int, key: str, name: str) -> Customer:
    return Customer(id=customer_id, key=key, name=name)
