"""What the directory knows, as the pure stages see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    id: int
    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An active user; `address` is the first of the user's addresses."""

    id: int
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An active contact person of a customer; `address` is the first of the contact's addresses."""

    id: int
    name: str
    address: str
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project or sales case; `state` is open, closed or archived. `customer` is the project's own."""

    id: int
    number: str
    name: str
    state: str
    customer: Customer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who owns which address, by its key (`poller.mail.fields.address.key_of`). One address may be several contacts."""

    users: Mapping[str, User]
    contacts: Mapping[str, tuple[Contact, ...]]
