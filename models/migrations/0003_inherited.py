"""Links that an answer took from the activity that it answers; those that are there already were named."""

from __future__ import annotations

import peewee
from playhouse.migrate import SchemaMigrator


def up(migrator: SchemaMigrator, db: peewee.Database) -> None:
    migrator.migrate(migrator.add_column("activity_project", "inherited_from", peewee.IntegerField(null=True)))
