"""A query -> plain tuples: where many rows are read, building a model for each costs most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def tuples(query: Any) -> Iterator[Any]:  # noqa: ANN401 - peewee's stubs know a query's models, not its columns
    return iter(query.tuples())
