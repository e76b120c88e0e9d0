"""Whether the database that is open for reading could be written, found out without writing."""

from __future__ import annotations

import os

from models.base import database
from models.schema import MODELS, table_name
from poller.settings import DatabaseSettings

_RIGHTS = "SELECT has_table_privilege(%s, 'INSERT')"


def why_not_writable(settings: DatabaseSettings) -> str:
    """A predicate for the database; "" where nothing speaks against it."""
    if settings.path:
        writable = os.access(settings.path, os.W_OK) and os.access(settings.path.parent, os.W_OK | os.X_OK)
        return "" if writable else "and its folder cannot be written by this user"
    if database.execute_sql("SELECT pg_is_in_recovery()").fetchone()[0]:
        return "is a standby, which cannot be written"
    tables = [table for model in MODELS if not _may_write(table := table_name(model))]
    return f"does not let this user write {', '.join(tables)}" if tables else ""


def _may_write(table: str) -> bool:
    return bool(database.execute_sql(_RIGHTS, (f'"{table}"',)).fetchone()[0])
