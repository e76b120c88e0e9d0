"""The audit trail of what `rematch` changes of activities."""

from __future__ import annotations

import peewee
from playhouse.migrate import SchemaMigrator


class Moment(peewee.Field):
    field_type = "TIMESTAMPTZ"


class Table(peewee.Model):
    class Meta:
        legacy_table_names = False


class Activity(Table):
    """As far as it is referred to."""


class ActivityChange(Table):
    activity = peewee.ForeignKeyField(Activity, index=False, on_delete="CASCADE")
    at = Moment()
    what = peewee.TextField()
    before = peewee.TextField(null=True)
    after = peewee.TextField(null=True)
    why = peewee.TextField()

    class Meta:
        indexes = ((("activity", "id"), False),)


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    with db.bind_ctx([Activity, ActivityChange]):
        db.create_tables([ActivityChange])
