"""An empty or older database -> the tables that the models describe, or a refusal that says what is wrong."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import peewee
from playhouse.migrations import Runner
from playhouse.schema_diff import diff_models

from models.activity import Activity, ActivityProject, Attachment, Participant, StoredFile
from models.base import BaseModel
from models.catalogue import Catalogue
from models.change import ActivityChange
from models.health import Health
from models.inbound import Delivery, Epoch, Lease, Mailbox
from models.notice import Notice
from models.organization import ActivityType, Organization
from models.people import Contact, ContactAddress, Customer, User, UserAddress
from models.project import Project
from models.secret import Secret

MODELS: Final[tuple[type[BaseModel], ...]] = (
    *(Organization, ActivityType),
    *(User, UserAddress, Customer, Contact, ContactAddress, Project),
    *(Activity, ActivityProject, Participant, StoredFile, Attachment, ActivityChange),
    *(Mailbox, Epoch, Delivery, Lease),
    *(Notice, Secret, Health),
)

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x6D61696C66696C65  # "mailfile"; any number that other programs in the database do not use


class SchemaError(Exception):
    """The database cannot be used with this program: one sentence that says why."""


class OutdatedError(SchemaError):
    """It can be used once it is migrated."""


def migrate(database: peewee.Database) -> None:
    """Bring an open database to the newest schema and prove that it is there.

    Several processes may do so at once. A database that fails is left as it was.
    """
    if not _pending(database):
        _verify(database)
        return
    with _locked(database):
        if _pending(database):
            Runner(database, str(_MIGRATIONS)).up()
        _verify(database)


def create(database: peewee.Database) -> None:
    """All tables in an empty database that lives as long as its connection, without a history of migrations."""
    with database.bind_ctx(MODELS):
        database.create_tables(MODELS)


def verify(database: peewee.Database) -> None:
    """Proves that the schema is the newest one, and changes nothing."""
    if _pending(database):
        raise OutdatedError(
            "lacks tables of this mailfiler, which the next `mailfiler once` makes or brings up to date"
        )
    _verify(database)


def _pending(database: peewee.Database) -> bool:
    status = Runner(database, str(_MIGRATIONS)).status()
    unknown = [migration.name for migration in status if migration.path is None]
    if unknown:
        raise SchemaError(f"was made by a newer mailfiler: it has {', '.join(unknown)}, which this one does not know")
    return any(migration.applied is None for migration in status)


@contextmanager
def _locked(database: peewee.Database) -> Iterator[None]:
    """One transaction in which no other process migrates."""
    if isinstance(database, peewee.PostgresqlDatabase):
        with database.atomic():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_ADVISORY_LOCK,))
            yield
        return
    # A table that a migration rebuilds would take its children along; SQLite hears this only outside a transaction.
    database.execute_sql("PRAGMA foreign_keys = 0")
    try:
        with database.atomic("IMMEDIATE"):
            yield
    finally:
        database.execute_sql("PRAGMA foreign_keys = 1")


def _verify(database: peewee.Database) -> None:
    """Tables, columns and unique keys of the models exist; more than that is the administrator's own affair."""
    there = Catalogue(database) if isinstance(database, peewee.PostgresqlDatabase) else database
    diff = diff_models(there, MODELS)
    missing = [f"table {table_name(model)}" for model in diff.create_tables]
    missing += [f"column {table_name(field.model)}.{field.column_name}" for field in diff.add_columns]
    missing += [f"unique index {i.table}({', '.join(i.columns)})" for i in diff.add_indexes if i.unique]
    if missing:
        raise SchemaError(f"lacks {', '.join(missing)}")


def table_name(model: type[peewee.Model]) -> str:
    """A model -> its table, unquoted."""
    return str(model._meta.table_name)  # noqa: SLF001 - the documented way to a model's table
