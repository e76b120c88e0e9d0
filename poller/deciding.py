"""Messages at hand -> decided, each with everything that follows from it, in an order that a kill cannot break.

The source is durable before an attempt is counted, the attempt before anything looks into the message, the files before
the transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from poller import events
from poller.errors import ConfigurationError, Transient
from poller.filing.first_look import FirstLook
from poller.filing.judged import Judged
from poller.mail.message import Fetched
from poller.pipeline import Incoming, Pipeline, poisoned
from poller.readers import Look, Readers, spooled
from poller.sources import Source, Sources, forget
from poller.storage.decided import Decided
from poller.storage.files import Content
from poller.storage.in_hand import InHand
from poller.storage.ledger import Begun, Ledger
from poller.telling import tell_fetched, tell_stored

MANY = 50
"""Messages that wait. Readers start in the time that reading so many takes."""

Clock = Callable[[], datetime]
"""The time now, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """Messages at which an attempt is counted. `looks` is what readers see in the `incoming` ones, if they do."""

    sources: Sequence[Source]
    begun: Mapping[int, Begun]
    poison: Sequence[Judged]
    incoming: Sequence[Incoming]
    looks: Sequence[Look] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """`in_hand` knows what is being looked into; what `readers` look into ends them, and not the worker.

    With more than one of `workers`, that many readers help with a backlog, once they have started.
    """

    ledger: Ledger
    in_hand: InHand
    sources: Sources
    pipeline: Pipeline
    now: Clock
    workers: int = 1
    readers: Readers | None = None

    @contextmanager
    def helped(self, waiting: int) -> Iterator[Deciding]:
        """By readers while the context lasts, if so many messages are worth their start."""
        if self.workers == 1 or waiting < MANY:
            yield self
            return
        with Readers(self.pipeline.looking, self.sources.spool, self.workers) as readers:
            self.in_hand.take(self.ledger.epoch.id)  # what the readers look into ends no worker
            yield replace(self, readers=readers)

    def decide(self, fetched: Sequence[Fetched]) -> list[Decided]:
        """Fetched messages, which are forgotten -> what they came to; those that our own code failed on are absent."""
        return self.finish(self.begin(self.sources.keep(fetched)))

    def begin(self, sources: Sequence[Source]) -> Underway:
        """Counts an attempt at each. Whoever begins finishes, or abandons."""
        try:
            return self._begun(sources)
        except BaseException:
            forget(one.fetched for one in sources)
            raise

    def _begun(self, sources: Sequence[Source]) -> Underway:
        begun = self.ledger.begin(
            [(one.fetched, one.sha256) for one in sources], self.now(), sources_kept=self.sources.keeps
        )
        for one in sources:
            tell_fetched(one.fetched, begun[one.fetched.ref.uid])
        clean = [one for one in sources if not begun[one.fetched.ref.uid].poison]
        incoming = [self._incoming(one, begun[one.fetched.ref.uid]) for one in clean]
        return Underway(
            sources=sources,
            begun=begun,
            poison=[poisoned(one.fetched, one.sha256) for one in sources if begun[one.fetched.ref.uid].poison],
            incoming=incoming,
            looks=self._looks(clean, incoming, begun),
        )

    def _looks(
        self, sources: Iterable[Source], incoming: Iterable[Incoming], begun: Mapping[int, Begun]
    ) -> list[Look] | None:
        """None: they are looked into here. Only what has ended somebody before waits for readers to start."""
        if not self.readers or not (self.readers.are_ready or any(one.attempts > 1 for one in begun.values())):
            return None
        return [
            self.readers.begin(str(one.fetched.ref), one.unread, source.path)
            for one, source in zip(incoming, sources, strict=True)
        ]

    def finish(self, underway: Underway) -> list[Decided]:
        """What they came to."""
        try:
            judged = self._judge(underway)
            self.in_hand.take(self.ledger.epoch.id)
            with events.timed("store"):
                self.sources.store.put_all(_files(judged))
                decided = self.ledger.commit(judged, self.now())
        except (Transient, ConfigurationError):
            self.ledger.give_back(underway.begun)
            raise
        finally:
            _forget(underway)
        by_uid = {one.fetched.ref.uid: one for one in judged}
        now = self.now()
        for one in decided:
            tell_stored(one, now, by_uid[one.ref.uid])
        return decided

    def abandon(self, underway: Underway) -> None:
        """Nobody looked into them in vain: they are as they were."""
        self.ledger.give_back(underway.begun)
        _forget(underway)

    def _judge(self, underway: Underway) -> list[Judged]:
        if underway.looks is None:
            self._look_into(underway.incoming)
            looks = None
        else:
            looks = [
                look.take(partial(self._look_here, one))
                for look, one in zip(underway.looks, underway.incoming, strict=True)
            ]
        judged = self.pipeline.judge_all(underway.incoming, self._look_into, looks)
        return [*underway.poison, *(one for one in judged if one)]

    def _look_here(self, one: Incoming) -> FirstLook | None:
        """Where no reader can be had after all."""
        (look,) = self.pipeline.look_all([one], self._look_into)
        self._look_into([])
        return look

    def _look_into(self, incoming: Iterable[Incoming]) -> None:
        self.in_hand.take(self.ledger.epoch.id, [one.fetched.ref.uid for one in incoming])

    def _incoming(self, source: Source, begun: Begun) -> Incoming:
        epoch, fetched = self.ledger.epoch, source.fetched
        return Incoming(
            fetched=fetched,
            source_sha256=source.sha256,
            hold_before=epoch.hold_before if begun.is_new and fetched.ref.uid < epoch.first_uidnext else None,
            may_wait=begun.may_wait,
            standing=begun.standing,
        )


def _files(judged: Iterable[Judged]) -> Iterator[Content]:
    for one in judged:
        for file in one.draft.files if one.draft else ():
            yield Content(sha256=file.sha256, size=file.size, chunks=file.chunks, spooled=spooled(file))


def _forget(underway: Underway) -> None:
    forget(one.fetched for one in underway.sources)
    for look in underway.looks or ():
        look.forget()
