"""Many rows at once: to read, building a model for each costs most of the time; to write, composing each statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Final, TypeVar

import peewee

from models.base import database
from poller.storage.composed import Converter, converted, group, readers

CHUNK: Final = 500
"""Rows or values in a statement: SQLite takes 32,766 variables, PostgreSQL 65,535."""

T = TypeVar("T")

# Whatever is written to these columns, the drivers take.
_AS_THEY_ARE: Final = (peewee.IntegerField, peewee.TextField, peewee.CharField, peewee.ForeignKeyField)

Row = Mapping[str, Any]
"""Values by the model's names of them."""


def tuples(query: Any) -> Iterator[Any]:  # noqa: ANN401 - peewee's stubs know a query's models, not its columns
    """A query -> plain tuples."""
    return iter(query.tuples())


def insert_all(model: type[peewee.Model], rows: Iterable[Row], *, once: bool = False) -> None:
    """Inserts the rows, all of which name the same columns; with `once` those that are there already stay."""
    for chunk in batched(rows):
        _insert(model, chunk, "ON CONFLICT DO NOTHING" if once else "")


def insert_returning(
    model: type[peewee.Model], rows: Iterable[Row], columns: Sequence[Any], ending: str = ""
) -> list[tuple[Any, ...]]:
    """Inserts the rows -> those columns of each, in an order of the database's own. `ending`: what a conflict does."""
    found: list[tuple[Any, ...]] = []
    returning = f"{ending} RETURNING {', '.join(_quoted(column.column_name) for column in columns)}"
    for chunk in batched(rows):
        found += _insert(model, chunk, returning).fetchall()
    return list(converted(found, readers(columns)))


def update_all(model: type[peewee.Model], rows: Iterable[tuple[int, Row]]) -> None:
    """The row of each id gets the values."""
    for row_id, row in rows:
        shape = _shape(model, tuple(row))
        changes = f" = {database.param}, ".join([*shape.columns, ""]).removesuffix(", ")
        statement = f"UPDATE {_table(model)} SET {changes} WHERE id = {database.param}"  # noqa: S608 - our own names
        database.execute_sql(statement, [*shape.values(row), row_id])


def batched(rows: Iterable[T]) -> Iterator[list[T]]:
    """So many at once as a statement may have."""
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _insert(model: type[peewee.Model], rows: Sequence[Row], ending: str) -> Any:  # noqa: ANN401 - a cursor of either database
    """Composed here: peewee composes a statement value by value, which takes ten times as long as the database does."""
    defaults = model._meta.get_default_dict()  # noqa: SLF001 - documented: the way to a model's columns
    full = [defaults | row for row in rows]
    shape = _shape(model, tuple(full[0]))
    groups = ", ".join([group(len(shape.columns), database.param)] * len(full))
    statement = f"INSERT INTO {_table(model)} ({', '.join(shape.columns)}) VALUES {groups} {ending}"  # noqa: S608 - our own names
    return database.execute_sql(statement, [value for row in full for value in shape.values(row)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """What rows have in common. `converters` by the place of those columns that are not written as they are."""

    columns: Sequence[str]
    converters: Sequence[tuple[int, Converter]]

    def values(self, row: Row) -> list[object]:
        values = list(row.values())
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return values


@cache
def _shape(model: type[peewee.Model], names: tuple[str, ...]) -> _Shape:
    fields = [model._meta.combined[name] for name in names]  # noqa: SLF001 - documented: the way to a model's columns
    return _Shape(
        columns=[_quoted(field.column_name) for field in fields],
        converters=[(place, one.db_value) for place, one in enumerate(fields) if not isinstance(one, _AS_THEY_ARE)],
    )


def _table(model: type[peewee.Model]) -> str:
    return _quoted(model._meta.table_name)  # noqa: SLF001 - documented: the way to a model's table


def _quoted(name: str) -> str:
    return f'"{name}"'
