"""`rematch`: people, contacts and projects that were imported later, applied to what is filed already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from poller.command import EX_DATAERR, Command, fail, id_of, note, opened, organization_id, progress_bar
from poller.commands.listings import since_option
from poller.jsonlines import print_json
from poller.wording import many

if TYPE_CHECKING:
    from poller.rematching import Page, Wanted
    from poller.settings import Settings


@click.command(cls=Command)
@click.option("--organization", metavar="PREFIX", help="Default all; for a project or customer the first.")
@click.option("--project", metavar="NUMBER", help="Only activities that concern this project, now or afterwards.")
@click.option("--customer", metavar="KEY", help="Only activities that concern this customer, now or afterwards.")
@since_option
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def rematch(
    settings: Settings,
    organization: str | None,
    project: str | None,
    customer: str | None,
    since: datetime | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Applies people, contacts and projects that were imported later to what is filed already."""
    from poller import rematching
    from poller.display import CHANGES, show_table
    from poller.filing.match import MatchRules

    rules = MatchRules(
        require_user_author=settings.require_user_author, match_author_contact=settings.match_author_contact
    )
    tally: Counter[str] = Counter()
    with opened(settings) as organizations:
        wanted = _wanted(organizations, organization, project, customer, since)
        pages = rematching.rematch(wanted, rules, lambda: datetime.now(UTC), dry_run=dry_run)
        documents = _documents(pages, tally)
        if as_json:
            print_json(documents)
        else:
            show_table(documents, CHANGES)
    note(_told(tally, dry_run=dry_run))


def _wanted(
    organizations: Mapping[str, int],
    organization: str | None,
    project: str | None,
    customer: str | None,
    since: datetime | None,
) -> Wanted:
    from poller.rematching import Wanted
    from poller.storage import cards
    from poller.storage.rematching import Scope, find_customer

    first = organization_id(organizations, organization)
    is_one = organization is not None or project is not None or customer is not None
    whose = find_customer(first, customer) if customer is not None else None
    if customer is not None and whose is None:
        fail([f"there is no customer {customer}"], EX_DATAERR)
    return Wanted(
        scopes=tuple(
            Scope(organization_id=id_, since=since) for id_ in ([first] if is_one else organizations.values())
        ),
        project=id_of(cards.find_project, first, project, "project"),
        customer=whose,
    )


def _documents(pages: Iterator[Page], tally: Counter[str]) -> Iterator[dict[str, Any]]:
    """The bar is gone whenever there is a line to print."""
    while True:
        with progress_bar("rematching") as report:
            page = _next_with_changes(pages, report, tally)
        if page is None:
            return
        yield from page.documents()


def _next_with_changes(pages: Iterator[Page], report: Callable[[int, int], None], tally: Counter[str]) -> Page | None:
    for page in pages:
        report(page.done, page.total)
        changes = [change for one in page.judged for change in one.changes]
        conflicts = sum(change.what == "conflict" for change in changes)
        changed = sum(any(change.what != "conflict" for change in one.changes) for one in page.judged)
        tally.update(looked_at=page.looked_at, changed=changed, changes=len(changes) - conflicts, conflicts=conflicts)
        if changes:
            return page
    return None


def _told(tally: Counter[str], *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    return (
        f"{tally['changed']:,} of {many(tally['looked_at'], 'activity', 'activities')} {would}changed: "
        f"{many(tally['changes'], 'change')}, {many(tally['conflicts'], 'new conflict')}"
    )
