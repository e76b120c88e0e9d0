"""Messages at hand -> decided, each with everything that follows from it, in an order that a kill cannot break.

The source is durable before an attempt is counted, the attempt before anything looks into the message, the files before
the transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from mmap import mmap

from poller.errors import ConfigurationError, Transient
from poller.filing.judged import Judged
from poller.mail.message import Fetched
from poller.pipeline import Incoming, Pipeline, poisoned
from poller.storage.decided import Decided
from poller.storage.documents import rfc3339
from poller.storage.files import Content, FileStore, chunked, sha256_of
from poller.storage.in_hand import InHand
from poller.storage.ledger import Begun, Ledger

_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
"""The time now, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """`keeps_sources`: what was fetched is kept, whatever it comes to. `in_hand` knows what is being looked into."""

    ledger: Ledger
    in_hand: InHand
    store: FileStore
    pipeline: Pipeline
    now: Clock
    keeps_sources: bool

    def decide(self, fetched: Sequence[Fetched]) -> list[Decided]:
        """Fetched messages, which are forgotten -> what they came to; those that our own code failed on are absent."""
        try:
            decided = self._decide([(one, sha256_of(chunked(one.source))) for one in fetched])
        finally:
            forget(fetched)
        for one in decided:
            _log.info("%s", line_of(one))
        return decided

    def _decide(self, sources: Sequence[tuple[Fetched, str]]) -> list[Decided]:
        if self.keeps_sources:
            self.store.put_all(_source(fetched, sha256) for fetched, sha256 in sources if not fetched.oversized)
        begun = self.ledger.begin(sources, self.now(), sources_kept=self.keeps_sources)
        try:
            judged = self._judge(sources, begun)
            self.in_hand.take(self.ledger.epoch.id)
            self.store.put_all(_files(judged))
            return self.ledger.commit(judged, self.now())
        except (Transient, ConfigurationError):
            self.ledger.give_back(begun)
            raise

    def _judge(self, sources: Sequence[tuple[Fetched, str]], begun: Mapping[int, Begun]) -> list[Judged]:
        poison = [poisoned(fetched, sha256) for fetched, sha256 in sources if begun[fetched.ref.uid].poison]
        incoming = [
            self._incoming(fetched, sha256, begun[fetched.ref.uid])
            for fetched, sha256 in sources
            if not begun[fetched.ref.uid].poison
        ]
        self._look_into(incoming)
        return [*poison, *(judged for judged in self.pipeline.judge_all(incoming, self._look_into) if judged)]

    def _look_into(self, incoming: Iterable[Incoming]) -> None:
        self.in_hand.take(self.ledger.epoch.id, [one.fetched.ref.uid for one in incoming])

    def _incoming(self, fetched: Fetched, sha256: str, begun: Begun) -> Incoming:
        epoch = self.ledger.epoch
        return Incoming(
            fetched=fetched,
            source_sha256=sha256,
            hold_before=epoch.hold_before if begun.is_new and fetched.ref.uid < epoch.first_uidnext else None,
            may_wait=begun.may_wait,
            standing=begun.standing,
        )


def _source(fetched: Fetched, sha256: str) -> Content:
    return Content(
        sha256=sha256,
        size=len(fetched.source),
        chunks=lambda: chunked(fetched.source),
        spooled=fetched.spooled,
    )


def _files(judged: Iterable[Judged]) -> Iterator[Content]:
    for one in judged:
        for file in one.draft.files if one.draft else ():
            yield Content(sha256=file.sha256, size=file.size, chunks=file.chunks)


def forget(fetched: Iterable[Fetched]) -> None:
    """A spool file that was not taken over as the kept source is removed."""
    for one in fetched:
        if isinstance(one.source, mmap):
            one.source.close()
        if one.spooled:
            one.spooled.unlink(missing_ok=True)


def line_of(one: Decided) -> str:
    """What an administrator reads in the log of one message."""
    activity = f" as activity {one.activity_id}" if one.activity_id else ""
    reason = f" ({one.reason.slug})" if one.reason else ""
    again = f"; it is tried again at {rfc3339(one.next_attempt_at, 'seconds')}" if one.next_attempt_at else ""
    notice = f"; notice {one.notice}" if one.notice != "none" else ""
    return f"{one.ref}: {one.outcome}{activity}{reason}{': ' + one.detail if one.detail else ''}{notice}{again}"
