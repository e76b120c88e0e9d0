"""`reconcile`: whether the ledger and the mailbox agree."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from poller.command import Command, is_enabled, note
from poller.jsonlines import print_json
from poller.wording import many

if TYPE_CHECKING:
    from poller.differences import Counts
    from poller.reconciling import Report
    from poller.settings import Settings


@click.command(cls=Command)
@click.option("--take-back", is_flag=True, help="Move filed mail that the database has lost back, to be filed again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def reconcile(settings: Settings, *, take_back: bool, as_json: bool) -> None:
    """Proves that every message seen has one outcome and lies where it belongs; changes nothing."""
    from poller import reconciling
    from poller.storage.database import reading
    from poller.taking_back import take_back as move_back

    with reading(settings.database):
        report = reconciling.reconcile(settings)
    _show(report, settings, as_json=as_json)
    left = set(report.differences)
    if take_back and left and is_enabled(settings):
        taken = move_back(settings, report.differences)
        left -= taken.remedied
        for alert in taken.alerts:
            note(alert)
        tell = note if as_json else click.echo
        tell(
            f"{many(taken.number, 'message was', 'messages were')} moved from {settings.folders.filed} back to "
            f"{settings.imap.folder}, where the next poll files {'it' if taken.number == 1 else 'them'} again"
        )
    if left:
        sys.exit(1)


def _show(report: Report, settings: Settings, *, as_json: bool) -> None:
    from poller.display import DIFFERENCES, show_table
    from poller.settings import Settle

    documents = [one.document() for one in report.differences]
    if as_json:
        print_json(documents)
    elif documents:
        show_table(documents, DIFFERENCES)
    tell = note if as_json else click.echo
    tell(_told(len(documents), report.counts))
    if report.counts.marked and settings.settle is Settle.MOVE:
        tell(
            many(
                report.counts.marked,
                "of them stays in the inbox, marked: it could not be moved",
                "of them stay in the inbox, marked: they could not be moved",
            )
        )


def _told(differences: int, counts: Counts) -> str:
    """How many were proven, and what merely waits."""
    from poller.storage.documents import rfc3339

    again = (
        f" (the next is tried again at {rfc3339(counts.next_attempt_at, 'seconds')})" if counts.next_attempt_at else ""
    )
    waiting = {
        "not looked at yet": counts.new,
        "on their way to their folder": counts.moving,
        f"deferred{again}": counts.deferred,
        "held for the administrator": counts.held,
    }
    waits = ", ".join(f"{number} {what}" for what, number in waiting.items() if number)
    proven = many(
        counts.proven,
        "message has one outcome and lies where it belongs",
        "messages have one outcome and lie where it belongs",
    )
    differ = many(differences, "difference") if differences else ""
    return "; ".join(filter(None, (differ, proven, waits)))
