"""Many rows at once: to read, building a model for each costs most of the time; to write, composing each statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import peewee

from models.base import database

CHUNK: Final = 500
"""Rows or values in a statement: SQLite takes 32,766 variables, PostgreSQL 65,535."""

Row = Mapping[str, object]
"""Values by the model's names of them."""


def tuples(query: Any) -> Iterator[Any]:  # noqa: ANN401 - peewee's stubs know a query's models, not its columns
    """A query -> plain tuples."""
    return iter(query.tuples())


def insert_all(model: type[peewee.Model], rows: Iterable[Row], *, once: bool = False) -> None:
    """Inserts the rows, all of which name the same columns; with `once` those that are there already stay."""
    for chunk in peewee.chunked(rows, CHUNK):
        _insert(model, chunk, "ON CONFLICT DO NOTHING" if once else "")


def insert_returning(model: type[peewee.Model], rows: Iterable[Row], *columns: str) -> list[tuple[Any, ...]]:
    """Inserts the rows -> those columns of each, in an order of the database's own."""
    found: list[tuple[Any, ...]] = []
    for chunk in peewee.chunked(rows, CHUNK):
        found += _insert(model, chunk, f"RETURNING {_columns(model, columns)}").fetchall()
    return found


def update_all(model: type[peewee.Model], rows: Iterable[tuple[int, Row]]) -> None:
    """The row of each id gets the values, all of which name the same columns."""
    table = _quoted(model._meta.table_name)  # noqa: SLF001 - documented: the way to a model's columns
    for row_id, row in rows:
        changes = ", ".join(f"{_column(model, name)} = {database.param}" for name in row)
        statement = f"UPDATE {table} SET {changes} WHERE {_column(model, 'id')} = {database.param}"  # noqa: S608 - our own names
        database.execute_sql(statement, [*_values(model, row), row_id])


def _insert(model: type[peewee.Model], rows: Sequence[Row], ending: str) -> Any:  # noqa: ANN401 - a cursor of either database
    """Composed here: peewee composes a statement value by value, which takes ten times as long as the database does."""
    meta = model._meta  # noqa: SLF001 - documented: the way to a model's columns
    defaults = meta.get_default_dict()
    full = [defaults | row for row in rows]
    group = f"({', '.join([database.param] * len(full[0]))})"
    statement = (
        f"INSERT INTO {_quoted(meta.table_name)} ({_columns(model, full[0])}) "  # noqa: S608 - our own names
        f"VALUES {', '.join([group] * len(full))} {ending}"
    )
    return database.execute_sql(statement, [value for row in full for value in _values(model, row)])


def _values(model: type[peewee.Model], row: Row) -> Iterator[object]:
    fields = model._meta.combined  # noqa: SLF001 - documented: the way to a model's columns
    return (fields[name].db_value(value) for name, value in row.items())


def _columns(model: type[peewee.Model], names: Iterable[str]) -> str:
    return ", ".join(_column(model, name) for name in names)


def _column(model: type[peewee.Model], name: str) -> str:
    return _quoted(model._meta.combined[name].column_name)  # noqa: SLF001 - documented: the way to a model's columns


def _quoted(name: str) -> str:
    return f'"{name}"'
