"""What an installation made up for itself and must never lose."""

from __future__ import annotations

import peewee

from models.base import BaseModel


class Secret(BaseModel):
    name = peewee.TextField(unique=True)
    value = peewee.BlobField()
