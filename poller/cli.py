"""The commands: the only place that prints to a person."""

from __future__ import annotations

import io
import logging
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from poller import __version__
from poller.command import (
    EX_DATAERR,
    EX_TEMPFAIL,
    Command,
    fail,
    id_of,
    is_enabled,
    opened,
    organization_id,
    settings_option,
)
from poller.filing.reasons import Outcome, Reason
from poller.jsonlines import print_json

if TYPE_CHECKING:
    from poller.display import Column
    from poller.settings import Settings
    from poller.storage.documents import Document

# The rooms are imported by the command that needs them: `mailfiler --help` answers at once.

_DEFAULT_SETTINGS = Path("settings.env")

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_ID = click.IntRange(1, 2**63 - 1)
_UID = re.compile(r"[1-9][0-9]{0,9}")

_log = logging.getLogger(__name__)


@click.group(params=[settings_option()], context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def main(ctx: click.Context, settings_path: Path | None) -> None:
    """Files e-mail on the right project."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale that lacks a letter is no reason to fail
    ctx.obj = settings_path or _DEFAULT_SETTINGS


main.command_class = Command


@main.command()
@click.pass_obj
def run(settings: Settings) -> None:
    """Polls at once, on schedule and when mail arrives, until it is told to stop."""
    from poller.display import progress_bar
    from poller.service import run as serve

    if not is_enabled(settings):
        return
    with progress_bar("filing") as progress:
        serve(settings, progress)


@main.command()
@click.pass_obj
def once(settings: Settings) -> None:
    """Polls until nothing new is left, sends the notices that are due, and ends."""
    from poller.display import progress_bar
    from poller.schedule import told
    from poller.service import cut_short, send_once, stop_on_signals
    from poller.worker import open_worker

    if not is_enabled(settings):
        return
    with (
        stop_on_signals() as stop,
        progress_bar("filing") as progress,
        open_worker(settings, stop, progress) as worker,
        cut_short(stop, worker.abort),
    ):
        outcomes = worker.poll_until_empty()
        notices = send_once(worker)
    _log.info("%s", told(outcomes) or "nothing new")
    if notices:
        _log.info("notices: %s", told(notices))
    if stop.is_set():
        fail(["interrupted; what is left is filed by the next run"], EX_TEMPFAIL)


@main.command("import")
@click.argument("kind", type=click.Choice(["users", "customers", "contacts", "projects"]))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--organization", metavar="PREFIX", help="Whose directory it is; default the first organization's.")
@click.pass_obj
def import_(settings: Settings, kind: str, file: Path, organization: str | None, *, dry_run: bool) -> None:
    """Creates and updates users, customers, contacts or projects from a CSV file, all or nothing."""
    from poller.display import progress_bar
    from poller.storage.importing import ImportKind, import_csv

    with opened(settings) as organizations, progress_bar(f"importing {kind}") as progress:
        report = import_csv(
            ImportKind(kind),
            file,
            organization_id=organization_id(organizations, organization),
            dry_run=dry_run,
            progress=progress,
        )
    if report.problem_count:
        more = report.problem_count - len(report.problems)
        fail([*map(str, report.problems), *([f"{file.name}: and {more} more"] if more else [])], EX_DATAERR)
    done = "would be " if dry_run else ""
    click.echo(f"{kind}: {report.created} {done}created, {report.updated} {done}updated, {report.unchanged} unchanged")


@main.command()
@click.option("--project", metavar="NUMBER")
@click.option("--customer", metavar="KEY")
@click.option("--user", metavar="ADDRESS", help="Activities that the user owns or takes part in.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    help="Dated then (UTC) or later.",
)
@click.option("--organization", metavar="PREFIX", help="Default all; for a project, customer or user the first.")
@click.option("--limit", type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def activities(
    settings: Settings,
    project: str | None,
    customer: str | None,
    user: str | None,
    since: datetime | None,
    organization: str | None,
    limit: int | None,
    *,
    as_json: bool,
) -> None:
    """What was filed, oldest first."""
    from poller.display import ACTIVITIES
    from poller.storage import cards
    from poller.storage.listing import ActivityFilter, list_activities

    with opened(settings) as organizations:
        whose = organization_id(organizations, organization)
        wanted = ActivityFilter(
            organization=whose if organization or project or customer or user else None,
            project=id_of(cards.find_project, whose, project, "project"),
            customer=id_of(cards.find_customer, whose, customer, "customer"),
            user=id_of(cards.find_user, whose, user, "user"),
            since=since if since is None or since.tzinfo else since.replace(tzinfo=UTC),
        )
        _print(list_activities(wanted, limit), ACTIVITIES, as_json=as_json)


@main.command()
@click.argument("activity_id", metavar="ID", type=_ID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def activity(settings: Settings, activity_id: int, *, as_json: bool) -> None:
    """One activity with everything that is stored of it."""
    from poller.display import show_activity
    from poller.storage.listing import get_activity

    with opened(settings):
        found = get_activity(activity_id)
    if found is None:
        fail([f"there is no activity {activity_id}; `mailfiler activities` lists them"], EX_DATAERR)
    if as_json:
        print_json([found])
    else:
        show_activity(found)


@main.command()
@click.option("--outcome", type=click.Choice([outcome.value for outcome in Outcome]))
@click.option("--reason", type=click.Choice([reason.slug for reason in Reason]))
@click.option("--limit", type=click.IntRange(min=1))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def messages(settings: Settings, outcome: str | None, reason: str | None, limit: int | None, *, as_json: bool) -> None:
    """The ledger: every message ever seen and its one outcome, oldest first."""
    from poller.display import MESSAGES
    from poller.storage.listing import MessageFilter, list_messages

    with opened(settings):
        _print(list_messages(MessageFilter(outcome=outcome, reason=reason), limit), MESSAGES, as_json=as_json)


@main.command()
@click.argument("message", metavar="FILE|UID", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def explain(settings: Settings, message: Path, *, as_json: bool) -> None:
    """The whole decision about a message, a file or a UID of the mailbox, as it would be made now; changes nothing."""
    from poller.examining import CannotExplain, explain_file, explain_uid

    is_uid = _UID.fullmatch(str(message)) and not message.exists()
    try:
        document = explain_uid(int(str(message)), settings) if is_uid else explain_file(message, settings)
    except CannotExplain as error:
        fail([str(error)], EX_DATAERR)
    if as_json:
        print_json([document])
    else:
        from poller.display_explanation import show_explanation

        show_explanation(document)


@main.command()
@click.argument("number")
@click.option("--organization", metavar="PREFIX", help="Default the first organization's.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def project(settings: Settings, number: str, organization: str | None, *, as_json: bool) -> None:
    """A project's card: what it is, its activities, its files."""
    from poller.display import show_card
    from poller.storage import cards

    with opened(settings) as organizations:
        found = id_of(cards.find_project, organization_id(organizations, organization), number, "project")
        card = cards.project_card(found or 0)
    if as_json:
        print_json([card])
    else:
        show_card(card, f"{card['number']} {card['name']}", ("kind", "state", "customer"))


@main.command()
@click.argument("key")
@click.option("--organization", metavar="PREFIX", help="Default the first organization's.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def customer(settings: Settings, key: str, organization: str | None, *, as_json: bool) -> None:
    """A customer's card: who it is, its contacts, projects, activities and files."""
    from poller.display import show_card
    from poller.storage import cards

    with opened(settings) as organizations:
        found = id_of(cards.find_customer, organization_id(organizations, organization), key, "customer")
        card = cards.customer_card(found or 0)
    if as_json:
        print_json([card])
    else:
        show_card(card, card["name"], ("key", "contacts", "projects"))


@main.command()
@click.argument("sha256")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where to write it; - is standard output.",
)
@click.pass_obj
def file(settings: Settings, sha256: str, output: Path) -> None:
    """Writes a stored file: an attachment, or the source of a message."""
    from poller.storage.files import FileStore

    try:
        stored = FileStore(settings.files).path_of(sha256.lower()) if _SHA256.fullmatch(sha256) else None
        if not stored or not stored.is_file():
            fail([f"there is no stored file {sha256}; `mailfiler activity ID` names those of an activity"], EX_DATAERR)
        if output == Path("-"):
            with stored.open("rb") as source:
                shutil.copyfileobj(source, sys.stdout.buffer)
        else:
            shutil.copyfile(stored, output)
    except OSError as error:
        fail([f"{output}: cannot be written: {error.strerror or error}"], EX_DATAERR)


def _print(documents: Iterable[Document], columns: Sequence[Column], *, as_json: bool) -> None:
    from poller.display import show_table

    if as_json:
        print_json(documents)
    else:
        show_table(documents, columns)
