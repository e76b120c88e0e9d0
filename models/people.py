"""Who is known: users, customers and their contact persons, each with one or more addresses.

`address` is as the administrator wrote it, `address_key` what addresses are compared by; position 0 is the one shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from models.base import BaseModel
from models.organization import Organization


class User(BaseModel):
    """An employee, who may file. Nobody ever logs in."""

    organization = peewee.ForeignKeyField(Organization, index=False)
    key = peewee.TextField()
    name = peewee.TextField()
    active = peewee.BooleanField(default=True)

    class Meta:
        table_name = "employee"  # "user" is a reserved word in PostgreSQL
        indexes = ((("organization", "key"), True),)


class UserAddress(BaseModel):
    """An address of a user. It has one owner, for a message has one author."""

    if TYPE_CHECKING:
        user_id: peewee.IntegerField[int]

    organization = peewee.ForeignKeyField(Organization, index=False)
    user = peewee.ForeignKeyField(User, on_delete="CASCADE")
    position = peewee.IntegerField()
    address = peewee.TextField()
    address_key = peewee.TextField()

    class Meta:
        table_name = "employee_address"
        indexes = ((("organization", "address_key"), True),)


class Customer(BaseModel):
    organization = peewee.ForeignKeyField(Organization, index=False)
    key = peewee.TextField()
    name = peewee.TextField()

    class Meta:
        indexes = ((("organization", "key"), True),)


class Contact(BaseModel):
    """A contact person of one customer."""

    if TYPE_CHECKING:
        customer_id: peewee.IntegerField[int]

    organization = peewee.ForeignKeyField(Organization, index=False)
    key = peewee.TextField()
    customer = peewee.ForeignKeyField(Customer)
    name = peewee.TextField()
    active = peewee.BooleanField(default=True)

    class Meta:
        indexes = ((("organization", "key"), True),)


class ContactAddress(BaseModel):
    """An address of a contact; contacts of several customers may share it."""

    if TYPE_CHECKING:
        contact_id: peewee.IntegerField[int]

    organization = peewee.ForeignKeyField(Organization, index=False)
    contact = peewee.ForeignKeyField(Contact, index=False, on_delete="CASCADE")
    position = peewee.IntegerField()
    address = peewee.TextField()
    address_key = peewee.TextField()

    class Meta:
        indexes = ((("contact", "address_key"), True), (("organization", "address_key"), False))
