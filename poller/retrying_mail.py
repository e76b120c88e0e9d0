"""Mail that a person wants judged again: decided anew from its kept source, as if it had just been fetched.

A kill at any moment is harmless here too: what is asked for stays due until it is decided.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Event

from poller.deadline import Deadline
from poller.deciding import Deciding
from poller.errors import Transient
from poller.filing.reasons import Outcome
from poller.mail.message import Fetched, Octets
from poller.mailbox.describing import LARGE, Described, batches
from poller.mailbox.inbox import Inbox
from poller.settings import Settings
from poller.storage import retries
from poller.storage.decided import Decided
from poller.storage.disk import make_sure_of_space
from poller.storage.files import FileStore, chunked, sha256_of
from poller.storage.lease import Lease
from poller.storage.retries import CannotRetry, Kept, Retriable

_LOOK_SECONDS = 120

_log = logging.getLogger(__name__)


def ask_again(ids: Iterable[int], settings: Settings, now: datetime) -> None:
    """Marks the messages for the worker of the mailbox, all of them. Raises CannotRetry: then none of them."""
    account = f"{settings.imap.username}@{settings.imap.host.lower()}/"
    wanted = retries.find_retriable(ids, account, settings.files)
    gone = _gone([one for one in wanted if one.is_held], settings)
    if gone:
        raise CannotRetry(*(f"message {one.id} was held, and has left the mailbox since" for one in gone))
    retries.ask(wanted, now)


def _gone(held: Sequence[Retriable], settings: Settings) -> list[Retriable]:
    """Those that the mailbox has no more; where it is out of reach, the worker finds out."""
    if not held:
        return []
    with (
        suppress(Transient),
        Deadline(_LOOK_SECONDS) as deadline,
        Inbox(settings.imap, deadline, examine=True) as inbox,
    ):
        uids = [one.ref.uid for one in held]
        here = set(inbox.search(min(uids), max(uids)))
        return [one for one in held if one.ref.uidvalidity != inbox.uidvalidity or one.ref.uid not in here]
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What is due at `due_by` of one mailbox. `deciding` is about the messages of one epoch, by its id.

    `beat` is called before each batch: there is no conversation with the mail server that would tell that it goes on.
    """

    settings: Settings
    mailbox: str
    store: FileStore
    lease: Lease
    deciding: Callable[[int], Deciding]
    stop: Event
    beat: Callable[[], None]
    due_by: datetime

    def run(self) -> Counter[Outcome]:
        """How many messages had which outcome. Raises Transient: nothing is lost, poll again."""
        outcomes: Counter[Outcome] = Counter()
        for epoch_id, batch in self._batches():
            if self.stop.is_set():
                break
            self.beat()
            outcomes.update(one.outcome for one in self._decide(epoch_id, batch))
        return outcomes

    def _batches(self) -> Iterator[tuple[int, list[Kept]]]:
        """Of one epoch each. After a death one message at a time, so that one that kills the worker is alone."""
        waiting = sorted(retries.due(self.mailbox, self.due_by), key=lambda one: (one.epoch_id, one.interrupted))
        for (epoch_id, interrupted), group in groupby(waiting, key=lambda one: (one.epoch_id, one.interrupted)):
            by_uid = {one.ref.uid: one for one in group}
            for batch in batches(map(_described, by_uid.values()), 1 if interrupted else self.settings.batch_size):
                yield epoch_id, [by_uid[one.uid] for one in batch]

    def _decide(self, epoch_id: int, batch: Sequence[Kept]) -> list[Decided]:
        make_sure_of_space(self.settings, sum(one.size for one in batch))
        fetched, lost = list[Fetched](), list[Kept]()
        for one in batch:
            source = _source(self.store.path_of(one.source_sha256), one.source_sha256)
            if source is None:
                lost.append(one)
            else:
                fetched.append(Fetched(ref=one.ref, internal_date=one.internal_date, size=one.size, source=source))
        if lost:
            retries.give_up([one.id for one in lost], self.lease)
        for one in lost:
            _log.error("%s: its source %s is lost: it is not judged again", one.ref, one.source_sha256)
        return self.deciding(epoch_id).decide(fetched) if fetched else []


def _described(kept: Kept) -> Described:
    return Described(uid=kept.ref.uid, internal_date=kept.internal_date, size=kept.size)


def _source(path: Path, sha256: str) -> Octets | None:
    """A large source is not read but mapped into memory. None: it is gone, or is not what it was."""
    try:
        with path.open("rb") as file:
            large = path.stat().st_size > LARGE
            source: Octets = mmap(file.fileno(), 0, access=ACCESS_READ) if large else file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Transient(f"{path}: cannot be read ({error.strerror})") from error
    return source if sha256_of(chunked(source)) == sha256 else None
