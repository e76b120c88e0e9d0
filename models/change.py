"""The audit trail: what later knowledge of people and projects changed of an activity that was filed before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import peewee

from models.activity import Activity
from models.base import BaseModel, UtcDateTimeField


class ActivityChange(BaseModel):
    """`what` is participant, customer, candidates, project, warning or conflict; a conflict changed nothing.

    `before` and `after` are words for a person, null for nothing; `why` names users, contacts, customers and projects
    by the administrator's own keys.
    """

    if TYPE_CHECKING:
        activity_id: peewee.IntegerField[int]

    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    at = UtcDateTimeField()
    what = peewee.TextField()
    before = peewee.TextField(null=True)
    after = peewee.TextField(null=True)
    why = peewee.TextField()

    class Meta:
        indexes = ((("activity", "id"), False),)
