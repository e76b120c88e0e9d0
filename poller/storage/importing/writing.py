"""Changes -> rows, many in one statement."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import peewee

from poller.storage.importing.changes import CHUNK, Change, Table


def write_changes(table: Table, organization_id: int, changes: Sequence[Change]) -> Iterator[int]:
    """Write in the caller's transaction; after each bundle, give how many changes it was."""
    if table.addresses:
        owner = getattr(table.addresses, table.owner)
        # All of them first: an address may move from one user of the file to another.
        for stale in peewee.chunked((change.row_id for change in changes if change.row_id), CHUNK):
            table.addresses.delete().where(owner.in_(stale)).execute()
    for chunk in peewee.chunked(changes, CHUNK):
        ids = _upsert(table, organization_id, chunk)
        _insert_addresses(table, organization_id, chunk, ids)
        yield len(chunk)


def _upsert(table: Table, organization_id: int, changes: Iterable[Change]) -> Mapping[str, int]:
    model, key = table.model, getattr(table.model, table.key)
    columns = [getattr(model, column) for column in table.columns]
    rows = [(organization_id, change.entry.key, *change.values) for change in changes]
    query = model.insert_many(rows, fields=[model.organization, key, *columns])
    query = query.on_conflict(conflict_target=[model.organization, key], preserve=columns)
    return dict(query.returning(key, model.id).tuples().execute())


def _insert_addresses(table: Table, organization_id: int, changes: Iterable[Change], ids: Mapping[str, int]) -> None:
    model = table.addresses
    if model is None:
        return
    rows = (
        (organization_id, ids[change.entry.key], position, address.text, address.key)
        for change in changes
        for position, address in enumerate(change.entry.addresses)
    )
    fields = [model.organization, getattr(model, table.owner), model.position, model.address, model.address_key]
    for chunk in peewee.chunked(rows, CHUNK):
        model.insert_many(chunk, fields=fields).execute()
