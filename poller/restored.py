"""A mailbox that is ahead of the ledger -> sentences that ask whether the database was restored from an older copy."""

from __future__ import annotations

from collections.abc import Iterator

from poller.filing.reasons import Outcome
from poller.filing.settlement import settlement_of
from poller.mailbox.inbox import Inbox
from poller.settings import Settings, Settle
from poller.storage.reconciling import known_uids, last_seen, unaccounted
from poller.wording import many

_ASKED = "was the database restored from an older copy?"


def signs_of_restoring(inbox: Inbox, settings: Settings) -> Iterator[str]:
    """Before anything is filed: afterwards the ledger would have caught up. It costs a question for each folder."""
    if settings.settle is Settle.FLAG:
        yield from _marked(inbox, settings)
    for folder in sorted({one.folder for outcome in Outcome if (one := settlement_of(outcome, settings.folders))}):
        state = inbox.state_of(folder)
        number = unaccounted(inbox.name, folder, state.uidvalidity, state.uidnext) if state else 0
        if number:
            there = f"{inbox.name}: {folder} got up to {many(number, 'message')}"
            yield (
                f"{there} that the database knows nothing of: {_ASKED} "
                "`mailfiler reconcile` shows them; with --take-back those in the folder of filed mail are filed again"
            )


def _marked(inbox: Inbox, settings: Settings) -> Iterator[str]:
    """Where mail stays in the inbox, its keyword tells that it was filed once."""
    seen = last_seen(inbox.name)
    filed = settlement_of(Outcome.FILED, settings.folders)
    if seen is None or filed is None or seen.uidvalidity != inbox.uidvalidity:
        return
    marked = inbox.search_marked(seen.uidnext, inbox.uidnext - 1, filed.keyword)
    # A worker that was killed may have filed mail above the last recorded UIDNEXT.
    unknown = set(marked) - known_uids(seen.id, seen.uidnext)
    if unknown:
        told = many(
            len(unknown),
            "message is marked as filed, and the database knows nothing of it",
            "messages are marked as filed, and the database knows nothing of them",
        )
        yield f"{inbox.name}: {told}: {_ASKED} What the database does not know is filed again"
