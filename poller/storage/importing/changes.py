"""Entries -> what differs from the database, and what the database does not allow."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import peewee

from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from poller.storage.importing.entries import Entry
from poller.storage.importing.report import ImportKind, Problems

CHUNK: Final = 500
"""Rows or keys in one statement: more would gain little, and SQLite takes 32,766 values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Where a kind is kept: the column that entries are found by, those that they set, and where addresses go."""

    model: type[User | Customer | Contact | Project]
    key: str = "key"
    columns: tuple[str, ...]
    addresses: type[UserAddress | ContactAddress] | None = None
    owner: str = ""


TABLES: Final[Mapping[ImportKind, Table]] = {
    ImportKind.USERS: Table(model=User, columns=("name", "active"), addresses=UserAddress, owner="user"),
    ImportKind.CUSTOMERS: Table(model=Customer, columns=("name",)),
    ImportKind.CONTACTS: Table(
        model=Contact, columns=("customer", "name", "active"), addresses=ContactAddress, owner="contact"
    ),
    ImportKind.PROJECTS: Table(
        model=Project, key="number_key", columns=("number", "integer_key", "name", "kind", "customer", "state")
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An entry whose row is new (`row_id` is None) or differs, and what the row's columns become."""

    entry: Entry
    values: tuple[Any, ...]
    row_id: int | None


@dataclass(frozen=True, slots=True)
class _Existing:
    row_id: int
    values: tuple[Any, ...]
    addresses: tuple[str, ...]


def find_changes(table: Table, organization_id: int, entries: Sequence[Entry], problems: Problems) -> list[Change]:
    """Entries -> those that the database does not say already. Customers that it does not know are problems."""
    customers = _customers(organization_id, entries, problems)
    existing = _existing(table, organization_id, entries)
    changes = []
    for entry in entries:
        values = tuple(_value(entry, column, customers) for column in table.columns)
        found = existing.get(entry.key)
        if found is None:
            changes.append(Change(entry=entry, values=values, row_id=None))
        elif found.values != values or found.addresses != tuple(address.text for address in entry.addresses):
            changes.append(Change(entry=entry, values=values, row_id=found.row_id))
    return changes


def refuse_owned_addresses(organization_id: int, entries: Sequence[Entry], problems: Problems) -> None:
    """Report each address of a user who is not in the file; those who are give up what their records do not name."""
    keys = {entry.key for entry in entries}
    lines = {address.key: entry.line for entry in entries for address in entry.addresses}
    for chunk in peewee.chunked(lines, CHUNK):
        owned = UserAddress.select(UserAddress.address_key, User.key).join(User)
        found: Iterable[Any] = owned.where(
            UserAddress.organization == organization_id, UserAddress.address_key.in_(chunk)
        ).tuples()
        for address_key, owner in found:
            if owner not in keys:
                problems.add(lines[address_key], f"addresses: {address_key} is the address of user {owner!r} already")


def _customers(organization_id: int, entries: Sequence[Entry], problems: Problems) -> Mapping[str, int]:
    ids: dict[str, int] = {}
    for chunk in peewee.chunked({entry.customer for entry in entries if entry.customer}, CHUNK):
        rows: Iterable[Any] = Customer.select(Customer.key, Customer.id).where(
            Customer.organization == organization_id, Customer.key.in_(chunk)
        )
        ids.update({row.key: row.id for row in rows})
    for entry in entries:
        if entry.customer and entry.customer not in ids:
            problems.add(entry.line, f"customer: there is no customer {entry.customer!r}")
    return ids


def _value(entry: Entry, column: str, customers: Mapping[str, int]) -> Any:  # noqa: ANN401 - as many types as columns
    return customers.get(entry.customer or "") if column == "customer" else getattr(entry, column)


def _existing(table: Table, organization_id: int, entries: Sequence[Entry]) -> Mapping[str, _Existing]:
    model, key = table.model, getattr(table.model, table.key)
    columns = [getattr(model, column) for column in table.columns]
    found = {}
    for chunk in peewee.chunked((entry.key for entry in entries), CHUNK):
        query = model.select(key, model.id, *columns).where(model.organization == organization_id, key.in_(chunk))
        rows: list[Any] = list(query.tuples())
        addresses = _existing_addresses(table, [row[1] for row in rows])
        for row_key, row_id, *values in rows:
            found[row_key] = _Existing(row_id, tuple(values), tuple(addresses[row_id]))
    return found


def _existing_addresses(table: Table, row_ids: list[int]) -> Mapping[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    if table.addresses and row_ids:
        owner = getattr(table.addresses, table.owner)
        query = table.addresses.select(owner, table.addresses.address).where(owner.in_(row_ids))
        rows: Iterable[Any] = query.order_by(owner, table.addresses.position).tuples()
        for row_id, address in rows:
            found[row_id].append(address)
    return found
