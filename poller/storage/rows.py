"""Many rows at once: to read, building a model for each costs most of the time; to write, a statement has its limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import peewee

CHUNK: Final = 500
"""Rows or values in a statement: SQLite takes 32,766 variables, PostgreSQL 65,535."""


def tuples(query: Any) -> Iterator[Any]:  # noqa: ANN401 - peewee's stubs know a query's models, not its columns
    """A query -> plain tuples."""
    return iter(query.tuples())


def insert_all(model: type[peewee.Model], rows: Iterable[Mapping[str, object]], *, once: bool = False) -> None:
    """Inserts the rows; with `once` those that are there already stay as they are."""
    for chunk in peewee.chunked(rows, CHUNK):
        insert = model.insert_many(chunk).as_rowcount()  # SQLite cannot commit before ids that come back are read
        (insert.on_conflict_ignore() if once else insert).execute()
