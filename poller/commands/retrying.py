"""`retry`: mail that was not filed, judged again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from poller.command import (
    EX_DATAERR,
    EX_TEMPFAIL,
    Command,
    fail,
    is_enabled,
    note,
    opened,
    organization_id,
    progress_bar,
)
from poller.errors import Transient
from poller.jsonlines import print_json
from poller.late import refuse_without_late

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poller.settings import Settings
    from poller.storage.documents import Document


@click.command(cls=Command)
@click.argument("ids", metavar="ID…", nargs=-1, required=True, type=click.IntRange(1, 2**63 - 1))
@click.option("--organization", metavar="PREFIX", help="Only if all of them are its messages; default whosever.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def retry(settings: Settings, ids: Sequence[int], organization: str | None, *, as_json: bool) -> None:
    """Judges rejected, quarantined, review or held messages again; IDs are those of `messages`.

    Their kept sources are judged as they would be if they came now, and held mail as it lies in the mailbox.
    Authentication that had passed stands.
    """
    from poller.retrying_mail import ask_again
    from poller.storage.listing import get_messages
    from poller.storage.retries import CannotRetry

    if not is_enabled(settings):
        return
    try:
        with opened(settings) as organizations:
            if organization is not None:
                _refuse_others(ids, organization, organization_id(organizations, organization))
            ask_again(ids, settings, datetime.now(UTC))
    except CannotRetry as error:
        fail(error.problems, EX_DATAERR)
    was_done = _work(settings)
    with opened(settings):
        documents = get_messages(list(dict.fromkeys(ids)))
    if as_json:
        print_json(documents)
    else:
        for document in documents:
            click.echo(_line(document))
    if not was_done:
        seconds = settings.poll_interval.total_seconds()
        note(f"a worker is running: it does so at its next poll, within {seconds:g} s")


def _refuse_others(ids: Sequence[int], organization: str, whose: int) -> None:
    from poller.storage.listing import messages_of

    mine = messages_of(whose, ids)
    others = [f"there is no message {one} of {organization}" for one in dict.fromkeys(ids) if one not in mine]
    if others:
        fail(others, EX_DATAERR)


def _work(settings: Settings) -> bool:
    """Whether it was done here; otherwise the worker that is running does it."""
    from poller.ending import stop_on_signals
    from poller.storage.lease import LeaseTaken
    from poller.worker import open_worker

    refuse_without_late()
    try:
        with (
            stop_on_signals(EX_TEMPFAIL) as stop,
            progress_bar("judging") as progress,
            open_worker(settings, stop, progress) as worker,
        ):
            worker.retry()
    except LeaseTaken:
        return False
    except Transient as error:
        fail([str(error), "what was asked for is done by the next poll that reaches it"], EX_TEMPFAIL)
    if stop.is_set():
        fail(["interrupted; what is left is done by the next poll"], EX_TEMPFAIL)
    return True


def _line(document: Document) -> str:
    from poller.logs import printable

    activity = f" as activity {document['activity']}" if document["activity"] else ""
    reason = f" ({document['reason']})" if document["reason"] else ""
    detail = f": {document['detail']}" if document["detail"] else ""
    return printable(f"{document['id']}: {document['outcome']}{activity}{reason}{detail}")
