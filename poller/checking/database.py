"""Whether the database is there, has the newest schema, and can be written."""

from __future__ import annotations

from collections.abc import Iterator

from poller.checking.finding import Checked, Finding
from poller.storage.condition import why_not_writable
from poller.storage.database import reading


def check_database(checked: Checked) -> Iterator[Finding]:
    database = checked.settings.database
    where = str(database.path) if database.path else "PostgreSQL"
    with reading(database) as is_there:
        if not is_there:
            yield Finding(ok=True, subject="database", sentence=f"{where} is not there yet: the first run makes it")
        elif why := why_not_writable(database):
            yield Finding(ok=False, subject="database", sentence=f"{where} {why}", remedy="DATABASE_URL=…")
        else:
            yield Finding(ok=True, subject="database", sentence=f"{where} has the newest schema, and can be written")
