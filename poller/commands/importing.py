"""`import`: the directory of people, customers and projects, from CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from poller.command import EX_DATAERR, Command, fail, note, opened, organization_id, progress_bar

if TYPE_CHECKING:
    from poller.settings import Settings


@click.command("import", cls=Command)
@click.argument("kind", type=click.Choice(["users", "customers", "contacts", "projects"]))
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--organization", metavar="PREFIX", help="Whose directory it is; default the first organization's.")
@click.pass_obj
def import_(settings: Settings, kind: str, file: Path, organization: str | None, *, dry_run: bool) -> None:
    """Creates and updates users, customers, contacts or projects from a CSV file, all or nothing."""
    from poller.storage.importing import ImportKind, import_csv
    from poller.storage.rematching import Scope, last_id

    with opened(settings) as organizations, progress_bar(f"importing {kind}") as progress:
        whose = organization_id(organizations, organization)
        report = import_csv(ImportKind(kind), file, organization_id=whose, dry_run=dry_run, progress=progress)
        has_activities = last_id(Scope(organization_id=whose)) > 0
    if report.problem_count:
        more = report.problem_count - len(report.problems)
        fail([*map(str, report.problems), *([f"{file.name}: and {more} more"] if more else [])], EX_DATAERR)
    done = "would be " if dry_run else ""
    click.echo(f"{kind}: {report.created} {done}created, {report.updated} {done}updated, {report.unchanged} unchanged")
    if has_activities and kind != "customers" and report.created + report.updated and not dry_run:
        note("`mailfiler rematch` applies it to what is already filed; with --dry-run it shows what")
