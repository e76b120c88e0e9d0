"""Projects and sales cases: one number space in an organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from models.base import BaseModel
from models.organization import Organization
from models.people import Customer


class Project(BaseModel):
    """`kind` is project or sales-case, `state` open, closed or archived.

    `number_key` is the number with ASCII letters lowered; `integer_key` its digits without leading zeros ("0" for
    zeros), as text because numbers have no limit, or null where it is not all ASCII digits.
    """

    if TYPE_CHECKING:
        customer_id: peewee.IntegerField[int | None]

    organization = peewee.ForeignKeyField(Organization, index=False)
    number = peewee.TextField()
    number_key = peewee.TextField()
    integer_key = peewee.TextField(null=True)
    name = peewee.TextField()
    kind = peewee.TextField()
    customer = peewee.ForeignKeyField(Customer, null=True)
    state = peewee.TextField()

    class Meta:
        indexes = ((("organization", "number_key"), True), (("organization", "integer_key"), False))
