"""A row of any table, and what the database makes of it: which columns are a key, may be null, go with their parent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Final

import peewee

from models.base import BaseModel, UtcDateTimeField
from models.organization import Organization

_NUMBERS = count(1)
_VALUES: Final[dict[type[peewee.Field], Callable[[], object]]] = {
    peewee.BooleanField: lambda: False,
    UtcDateTimeField: lambda: datetime(2026, 3, 2, tzinfo=UTC),
    peewee.IntegerField: lambda: next(_NUMBERS),
    peewee.BigIntegerField: lambda: next(_NUMBERS),
    peewee.BlobField: lambda: bytes([next(_NUMBERS) % 256]),
    peewee.TextField: lambda: f"text {next(_NUMBERS)}",
    peewee.CharField: lambda: f"{next(_NUMBERS):064x}",
}


def make(model: type[BaseModel], **values: object) -> BaseModel:
    """A row with these values, and with one of its own in every other column that must have one."""
    for name, field in model._meta.fields.items():
        if name not in values and field.default is None and not field.null and not isinstance(field, peewee.AutoField):
            parent = isinstance(field, peewee.ForeignKeyField)
            values[name] = make(field.rel_model) if parent else _VALUES[type(field)]()
    return model.create(**values)


def is_key(model: type[BaseModel], columns: str) -> bool:
    """Whether no two rows may agree in all of the columns, though they may in all but one of them."""
    first = make(model)
    same = {name: getattr(first, name) for name in columns.split()}
    for name in same:
        make(model, **{other: value for other, value in same.items() if other != name})
    return "unique" in refusal(lambda: make(model, **same)).lower()


def nullable(model: type[BaseModel]) -> str:
    """The columns that may be null."""
    make(model)
    fields = model._meta.sorted_fields
    return " ".join(field.name for field in fields if not refusal(model.update({field: None}).execute))


def goes_with(model: type[BaseModel], column: str) -> bool:
    """Whether a row goes when that which it refers to is deleted; else that cannot be deleted."""
    parent = make(getattr(model, column).rel_model)
    row = make(model, **{column: parent})
    said = refusal(parent.delete_instance)
    gone = model.get_or_none(model._meta.primary_key == row._pk) is None
    assert gone != ("foreign key" in said.lower())
    return gone


def refusal(work: Callable[[], object]) -> str:
    """What the database refuses the work with, or ""."""
    try:
        with Organization._meta.database.atomic():  # in PostgreSQL the transaction is of no use after an error
            work()
    except peewee.IntegrityError as error:
        return str(error)
    return ""
