"""The commands that list what was filed, and what became of every message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from poller.command import EX_DATAERR, Command, fail, id_of, narrowed, opened, organization_id, organization_option
from poller.filing.reasons import Outcome, Reason
from poller.jsonlines import print_json

if TYPE_CHECKING:
    from poller.display import Column
    from poller.settings import Settings
    from poller.storage.documents import Document

_ID = click.IntRange(1, 2**63 - 1)


def _in_utc(_context: click.Context, _parameter: click.Parameter, since: datetime | None) -> datetime | None:
    if since is None:
        return None
    try:
        return (since if since.tzinfo else since.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise click.BadParameter("no date in UTC") from error


since_option = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    callback=_in_utc,
    help="Dated then (UTC) or later.",
)


@click.command(cls=Command)
@click.option("--project", metavar="NUMBER", help="On this project or sales case.")
@click.option("--customer", metavar="KEY", help="Linked to this customer.")
@click.option("--user", metavar="ADDRESS|KEY", help="Activities that the user owns or takes part in.")
@since_option
@click.option("--organization", metavar="PREFIX", help="Default all; for a project, customer or user the first.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N.")
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
            since=since,
        )
        _print(list_activities(wanted, limit), ACTIVITIES, settings, as_json=as_json)


@click.command(cls=Command)
@click.argument("activity_id", metavar="ID", type=_ID)
@organization_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def activity(settings: Settings, activity_id: int, organization: str | None, *, as_json: bool) -> None:
    """One activity with everything that is stored of it."""
    from poller.display import show_activity
    from poller.storage.listing import get_activity

    with opened(settings) as organizations:
        found = get_activity(activity_id, narrowed(organizations, organization))
    if found is None:
        whose = f" of {organization}" if organization else ""
        fail([f"there is no activity {activity_id}{whose}; `mailfiler activities` lists them"], EX_DATAERR)
    if as_json:
        print_json([found])
    else:
        show_activity(found)


@click.command(cls=Command)
@click.option("--outcome", type=click.Choice([outcome.value for outcome in Outcome]), help="Only with this outcome.")
@click.option("--reason", type=click.Choice([reason.slug for reason in Reason]), help="Only for this reason.")
@organization_option
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def messages(
    settings: Settings,
    outcome: str | None,
    reason: str | None,
    organization: str | None,
    limit: int | None,
    *,
    as_json: bool,
) -> None:
    """The ledger: every message ever seen and its one outcome, oldest first."""
    from poller.display import MESSAGES
    from poller.storage.listing import MessageFilter, list_messages

    with opened(settings) as organizations:
        whose = narrowed(organizations, organization)
        wanted = MessageFilter(organization=whose, outcome=outcome, reason=reason)
        _print(list_messages(wanted, limit), MESSAGES, settings, as_json=as_json)


def _print(documents: Iterable[Document], columns: Sequence[Column], settings: Settings, *, as_json: bool) -> None:
    """Whose each line is, is told where there are several organizations."""
    from poller.display import ORGANIZATION, show_table

    if as_json:
        print_json(documents)
    else:
        number, *others = columns
        whose = (ORGANIZATION,) if len(settings.organizations) > 1 else ()
        show_table(documents, (number, *whose, *others))
