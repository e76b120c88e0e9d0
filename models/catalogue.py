"""What a PostgreSQL database has, read in two statements: table by table, as peewee asks, it takes 0.2 s."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections import defaultdict
from typing import Final

import peewee

_COLUMNS: Final = """
SELECT t.relname::text, a.attname::text
FROM pg_class AS t
JOIN pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = current_schema() AND t.relkind = 'r'
"""
# An expression is no attribute.
_INDEXES: Final = """
SELECT t.relname::text, i.relname::text, pg_get_indexdef(i.oid), x.indisunique, ARRAY(
    SELECT COALESCE(a.attname, pg_get_indexdef(i.oid, k.place::int, true))
    FROM unnest(x.indkey::int[]) WITH ORDINALITY AS k (number, place)
    LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number
    ORDER BY k.place
)
FROM pg_index AS x
JOIN pg_class AS t ON t.oid = x.indrelid
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema() AND t.relkind = 'r'
"""


class Catalogue:
    """Stands for the database where `diff_models` asks for tables, columns and indexes of the current schema."""

    def __init__(self, database: peewee.PostgresqlDatabase) -> None:
        self._columns: dict[str, list[peewee.ColumnMetadata]] = defaultdict(list)
        self._indexes: dict[str, list[peewee.IndexMetadata]] = defaultdict(list)
        for table, column in database.execute_sql(_COLUMNS).fetchall():
            self._columns[table].append(peewee.ColumnMetadata(column, None, None, None, table, None))
        for table, name, sql, unique, columns in database.execute_sql(_INDEXES).fetchall():
            self._indexes[table].append(peewee.IndexMetadata(name, sql, columns, unique, table))

    def get_tables(self, _schema: None) -> list[str]:
        return list(self._columns)

    def get_columns(self, table: str, _schema: None) -> list[peewee.ColumnMetadata]:
        return self._columns[table]

    def get_indexes(self, table: str, _schema: None) -> list[peewee.IndexMetadata]:
        return self._indexes[table]
