"""Organizations, and what an administrator chooses for each. Rows follow the settings at start."""

from __future__ import annotations

import peewee

from models.base import BaseModel


class Organization(BaseModel):
    """`key` is "" for the organization in the main settings file, else the stem of its `organizations/*.env`."""

    key = peewee.TextField(unique=True)
    prefix = peewee.TextField()
    filing_address = peewee.TextField()


class ActivityType(BaseModel):
    organization = peewee.ForeignKeyField(Organization, index=False)
    name = peewee.TextField()
    calendar_sync = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("organization", "name"), True),)
