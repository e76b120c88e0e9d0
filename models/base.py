"""The database handle that `poller.storage.database` binds, and the two kinds of field that peewee does not have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import peewee

database = peewee.DatabaseProxy()

_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BaseModel(peewee.Model):
    """A row. Columns that can be long come last: SQLite reads up to the column it needs, and long ones spill over."""

    if TYPE_CHECKING:
        id: peewee.AutoField[int]

    class Meta:
        database = database
        legacy_table_names = False  # indexes are named after the table, not the class: two could share one


def utc_text(moment: datetime, name: str) -> str:
    """Aware datetime -> `2026-11-21 21:42:34.000000+00:00`: in SQLite text whose order is that of time."""
    if moment.tzinfo is None:
        raise ValueError(f"{name}: a naive datetime is no moment in time")
    return moment.astimezone(UTC).isoformat(" ", "microseconds")


class _UtcDateTimeField(peewee.DateTimeField):
    """Aware datetime <-> its text in UTC."""

    field_type = "TIMESTAMPTZ"

    def db_value(self, value: datetime | None) -> str | None:
        return None if value is None else utc_text(value, self.name)

    def python_value(self, value: str | datetime | None) -> datetime | None:
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


if TYPE_CHECKING:
    UtcDateTimeField = peewee.DateTimeField  # its __new__ tells `datetime` from `datetime | None`
else:
    UtcDateTimeField = _UtcDateTimeField


class JsonField(peewee.Field):
    """A list or dict of plain values <-> JSON text. Not PostgreSQL's json: nothing is ever searched in it."""

    field_type = "TEXT"

    def db_value(self, value: Any) -> str | None:  # noqa: ANN401 - whatever JSON can hold
        if value == []:  # as most are
            return "[]"
        return None if value is None else _to_json(value)

    def python_value(self, value: str | None) -> Any:  # noqa: ANN401 - whatever JSON can hold
        return None if value is None else json.loads(value)
