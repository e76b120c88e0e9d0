"""`export`: activities with participants and files, for moving elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poller.command import EX_DATAERR, Command, fail, id_of, opened, organization_id, progress_bar
from poller.commands.listings import since_option
from poller.wording import many

if TYPE_CHECKING:
    from poller.settings import Settings


@click.command(cls=Command)
@click.option(
    "--output",
    type=click.Path(path_type=Path, readable=False),
    required=True,
    help="A new folder, or with mbox a new file.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "mbox"]),
    default="jsonl",
    show_default=True,
    help="JSON Lines with files, or one mbox.",
)
@click.option("--project", metavar="NUMBER", help="Only what is on this project or sales case.")
@click.option("--customer", metavar="KEY", help="Only what is linked to this customer.")
@since_option
@click.option("--organization", metavar="PREFIX", help="Default the first organization.")
@click.pass_obj
def export(
    settings: Settings,
    output: Path,
    form: str,
    project: str | None,
    customer: str | None,
    since: datetime | None,
    organization: str | None,
) -> None:
    """Writes activities with participants and files: all, or those of a project or customer."""
    from poller.exporting import CannotExport, Report, Stored, export_folder, export_mbox
    from poller.storage import cards
    from poller.storage.listing import ActivityFilter

    stored = Stored(folder=settings.files, report=Report())
    with opened(settings) as organizations, progress_bar("exporting") as progress:
        whose = organization_id(organizations, organization)
        wanted = ActivityFilter(
            organization=whose,
            project=id_of(cards.find_project, whose, project, "project"),
            customer=id_of(cards.find_customer, whose, customer, "customer"),
            since=since,
        )
        try:
            if form == "mbox":
                export_mbox(wanted, stored, output, progress)
            else:
                export_folder(wanted, stored, output, datetime.now(UTC), progress)
        except CannotExport as why:
            fail([str(why)], EX_DATAERR)
    report = stored.report
    activities = many(report.activities, "activity", "activities")
    click.echo(f"{output}: {activities}, {many(report.files, 'file')} of {many(report.octets, 'octet')}")
    if report.missing:
        fail(report.missing, 1)
