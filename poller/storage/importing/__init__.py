"""A CSV file -> rows of the directory: created and updated by the administrator's own keys, all of them or none."""
# mypy: untyped-calls-exclude=peewee

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from models.base import database
from models.organization import Organization
from poller.storage.importing.changes import TABLES, Change, find_changes, refuse_owned_addresses
from poller.storage.importing.entries import Entry, read_entries
from poller.storage.importing.records import read_records
from poller.storage.importing.report import ImportKind, ImportProblem, ImportReport, Problems
from poller.storage.importing.writing import write_changes

__all__ = ["ImportKind", "ImportProblem", "ImportReport", "Progress", "import_csv"]

Progress = Callable[[int, int], None]
"""Called with the number of records done and of all in the file."""


def import_csv(
    kind: ImportKind, path: Path, *, organization_id: int, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:
    """A CSV file -> its report. Rows that are not in it stay; a file with problems changes nothing."""
    problems = Problems(path.name or str(path))
    entries = _read(kind, path, problems)
    with database.atomic():
        # Two imports at once wait for each other here; in SQLite they have done so already.
        Organization.update(key=Organization.key).where(Organization.id == organization_id).execute()
        changes = find_changes(TABLES[kind], organization_id, entries, problems)
        if kind is ImportKind.USERS:
            refuse_owned_addresses(organization_id, entries, problems)
        if problems:
            return problems.report()
        if not dry_run:
            _write(kind, organization_id, changes, progress, total=len(entries))
    return _report(entries, changes)


def _read(kind: ImportKind, path: Path, problems: Problems) -> list[Entry]:
    try:
        content = path.read_bytes()
    except OSError as error:
        problems.add(None, f"cannot be read: {error.strerror}")
        return []
    return read_entries(kind, read_records(kind, content, problems), problems)


def _write(
    kind: ImportKind, organization_id: int, changes: Sequence[Change], progress: Progress | None, *, total: int
) -> None:
    done = total - len(changes)
    for written in write_changes(TABLES[kind], organization_id, changes):
        done += written
        if progress:
            progress(done, total)


def _report(entries: Sequence[Entry], changes: Sequence[Change]) -> ImportReport:
    created = sum(change.row_id is None for change in changes)
    return ImportReport(created=created, updated=len(changes) - created, unchanged=len(entries) - len(changes))
