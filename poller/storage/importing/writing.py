"""Changes -> rows, many in one statement."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import peewee

from models.base import database
from models.schema import table_name
from poller.storage.importing.changes import CHUNK, Change, Table

Row = tuple[Any, ...]


def write_changes(table: Table, organization_id: int, changes: Sequence[Change]) -> Iterator[int]:
    """Write in the caller's transaction; after each bundle, give how many changes it was."""
    if table.addresses:
        owner = getattr(table.addresses, table.owner)
        # All of them first: an address may move from one user of the file to another.
        for stale in peewee.chunked((change.row_id for change in changes if change.row_id), CHUNK):
            table.addresses.delete().where(owner.in_(stale)).execute()
    upsert, insert_addresses = _upsert(table), _insert_addresses(table)
    for chunk in peewee.chunked(changes, CHUNK):
        ids = dict(upsert([(organization_id, change.entry.key, *change.values) for change in chunk]))
        for rows in peewee.chunked(_address_rows(organization_id, chunk, ids), CHUNK):
            insert_addresses(rows)
        yield len(chunk)
    if len(changes) > CHUNK:
        _analyze(table)


def _address_rows(organization_id: int, changes: Iterable[Change], ids: Mapping[str, int]) -> Iterator[Row]:
    for change in changes:
        for position, address in enumerate(change.entry.addresses):
            yield organization_id, ids[change.entry.key], position, address.text, address.key


def _analyze(table: Table) -> None:
    """Let PostgreSQL count. Until it does so by itself, a minute later, it would plan each look-up for a tiny table."""
    if isinstance(database.obj, peewee.PostgresqlDatabase):
        for model in (table.model, table.addresses):
            if model:
                database.execute_sql(f'ANALYZE "{table_name(model)}"')


def _upsert(table: Table) -> Callable[[list[Row]], Iterable[Any]]:
    """Rows of organization, key and the table's columns -> rows of (key, id)."""
    model, key = table.model, getattr(table.model, table.key)
    columns = [getattr(model, column) for column in table.columns]

    def query(rows: list[Row]) -> peewee.ModelInsert:
        insert = model.insert_many(rows, fields=[model.organization, key, *columns])
        return insert.on_conflict(conflict_target=[model.organization, key], preserve=columns).returning(key, model.id)

    return _prepared(query)


def _insert_addresses(table: Table) -> Callable[[list[Row]], Iterable[Any]]:
    """Rows of organization, owner, position, address and its key. Where there is no such table, there are no rows."""
    model: Any = table.addresses

    def query(rows: list[Row]) -> peewee.ModelInsert:
        fields = [model.organization, getattr(model, table.owner), model.position, model.address, model.address_key]
        insert: peewee.ModelInsert = model.insert_many(rows, fields=fields)
        return insert

    return _prepared(query)


def _prepared(query: Callable[[list[Row]], peewee.ModelInsert]) -> Callable[[list[Row]], Iterable[Any]]:
    """The query, its SQL made once for each number of rows: peewee takes longer to make it than SQLite to run it."""

    @cache
    def sql(count: int, width: int) -> str:
        return str(query([(None,) * width] * count).sql()[0])

    def run(rows: list[Row]) -> Iterable[Any]:
        values = [value for row in rows for value in row]
        returned: Iterable[Any] = database.execute_sql(sql(len(rows), len(rows[0])), values).fetchall()
        return returned

    return run
