"""Queries asked again and again, composed once: for peewee that takes longer than to answer does for a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from inspect import signature
from typing import Any, Final

import peewee

from models.base import JsonField, database, utc_text

# What these columns hold in Python is not what the drivers hand out; in all others it is.
_READ: Final = (peewee.BooleanField, peewee.DateField, peewee.DateTimeField, JsonField, peewee.BlobField)

Converter = Callable[[Any], Any]
Values = list[Any] | tuple[Any, ...] | set[Any]
Query = Any  # peewee's have no useful types


class Composed:
    """Decorates a function of the values of a query -> the query. It is called once, with gaps for the values.

    A gap takes a value as the database has it, or a moment; and as what IN asks for, many.
    """

    def __init__(self, query: Callable[..., Query]) -> None:
        self._query = query
        self._texts: dict[str, _Text] = {}

    def rows(self, *values: object) -> list[tuple[Any, ...]]:
        """What a SELECT finds."""
        text = self._text()
        found: list[tuple[Any, ...]] = database.execute_sql(*text.filled(values)).fetchall()
        return list(converted(found, text.readers))

    def run(self, *values: object) -> int:
        """The number of rows that an UPDATE or DELETE concerns."""
        return int(database.execute_sql(*self._text().filled(values)).rowcount)

    def _text(self) -> _Text:
        """Each kind of database has its own, known by its sign for a value."""
        if (found := self._texts.get(database.param)) is None:
            query = self._query(*map(_Gap, range(len(signature(self._query).parameters))))
            found = self._texts[database.param] = _text_of(query)
        return found


def readers(columns: Sequence[Any]) -> tuple[tuple[int, Converter], ...]:
    """Places of the columns that are converted when they are read, and how."""
    return tuple((place, one.python_value) for place, one in enumerate(columns) if isinstance(one, _READ))


def converted(rows: list[tuple[Any, ...]], how: Sequence[tuple[int, Converter]]) -> Iterator[tuple[Any, ...]]:
    if not how:
        return iter(rows)
    return (_converted(list(row), how) for row in rows)


def _converted(row: list[Any], how: Sequence[tuple[int, Converter]]) -> tuple[Any, ...]:
    for place, convert in how:
        row[place] = convert(row[place])
    return tuple(row)


@cache
def group(count: int, sign: str) -> str:
    """What so many values, for each of which there is a sign, are in a statement; nothing is in an empty group."""
    return f"({', '.join([sign] * count)})" if count else "(NULL)"


class _Gap(peewee.ColumnBase):
    """Where a value comes in, by its number."""

    def __init__(self, number: int) -> None:
        self._place = _Place(number)

    def __sql__(self, ctx: Any) -> Any:  # noqa: ANN401 - peewee's own
        return ctx.value(self._place, converter=False)


@dataclass(frozen=True, slots=True)
class _Place:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """`pieces` of SQL, between which stand `values`: those that never change, and places of those that do."""

    pieces: Sequence[str]
    values: Sequence[object]
    readers: Sequence[tuple[int, Converter]]

    def filled(self, given: Sequence[object]) -> tuple[str, list[object]]:
        sql, all_values = [self.pieces[0]], list[object]()
        for fixed, piece in zip(self.values, self.pieces[1:], strict=True):
            value = given[fixed.number] if isinstance(fixed, _Place) else fixed
            if isinstance(value, list | tuple | set):
                sql.append(group(len(value), database.param))
                all_values += value
            else:
                sql.append(database.param)
                all_values.append(utc_text(value, "a value") if isinstance(value, datetime) else value)
            sql.append(piece)
        return "".join(sql), all_values


def _text_of(query: Query) -> _Text:
    sql, values = query.sql()
    return _Text(
        pieces=sql.split(database.param),
        values=values,
        readers=readers(query.selected_columns) if isinstance(query, peewee.Select) else (),
    )
