"""What waits in the mailbox -> its octets, durable, batch by batch; nothing here touches the database.

So the next batch can be fetched, in a thread of its own, while the last one is worked on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from poller import events
from poller.mail.message import Fetched
from poller.mailbox.describing import Described, batches
from poller.mailbox.errors import Stumbled
from poller.mailbox.inbox import Inbox
from poller.settings import Settings
from poller.sources import Source, Sources, forget
from poller.storage.disk import make_sure_of_space
from poller.storage.withheld import Withheld

_log = logging.getLogger(__name__)

# UIDs whose dates and sizes are asked for together: a backlog of any length needs the same memory.
_DESCRIBED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """UIDs that are worked on at most so many at a time; `alone`: with nothing else in hand."""

    uids: Sequence[int]
    most: int
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A batch as it came. `gone` has left the mailbox; `withheld` is listed, and the server does not hand it out.

    `final`: that may be the end of the matter. With an `error` there is no further arrival.
    """

    sources: Sequence[Source] = ()
    alone: bool = False
    gone: Sequence[int] = ()
    withheld: Sequence[Withheld] = ()
    final: bool = True
    error: Exception | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """`carry_on` is asked before each exchange with the server whether there is to be another one."""

    settings: Settings
    inbox: Inbox
    sources: Sources
    carry_on: Callable[[], bool]

    def of(self, groups: Iterable[Group]) -> Iterator[Arrival]:
        """Whatever goes wrong comes as the last of them, so that what came before is worked on first."""
        try:
            for arrival in self._all(groups):
                yield arrival
                if arrival.error:
                    return
        except Stumbled as stumbled:
            yield Arrival(withheld=[Withheld(uid=uid) for uid in stumbled.uids], final=False, error=stumbled)
        except Exception as error:  # noqa: BLE001 - it is raised by whoever works on them
            yield Arrival(error=error)

    def _all(self, groups: Iterable[Group]) -> Iterator[Arrival]:
        for group in groups:
            unread = iter(group.uids)
            while (chunk := list(islice(unread, _DESCRIBED_AT_ONCE))) and self.carry_on():
                yield from self._chunk(chunk, group)

    def _chunk(self, uids: Sequence[int], group: Group) -> Iterator[Arrival]:
        described = self.inbox.describe(uids)
        there = {one.uid for one in described}
        if missing := [Withheld(uid=uid) for uid in uids if uid not in there]:
            yield self._without(missing)
        for batch in batches(described, max_messages=group.most):
            if not self.carry_on():
                return
            yield self._batch(batch, alone=group.alone)

    def _batch(self, batch: Sequence[Described], *, alone: bool) -> Arrival:
        make_sure_of_space(self.settings, sum(min(one.size, self.settings.max_message_size) for one in batch))
        wanted = [Withheld(uid=one.uid, internal_date=one.internal_date, size=one.size) for one in batch]
        fetched: list[Fetched] = []
        try:
            with events.timed("fetch"):
                for message in self.inbox.fetch(batch, self.sources.spool, self.settings.max_message_size):
                    fetched.append(message)  # noqa: PERF402 - what came before an error is kept
        except Stumbled as stumbled:
            # What came is decided, so that those that the server stumbles at keep nothing else from being filed.
            at = [one for one in wanted if one.uid in stumbled.uids]
            kept = self.sources.keep(fetched)
            return Arrival(sources=kept, alone=alone, withheld=at, final=bool(fetched), error=stumbled)
        except BaseException:
            forget(fetched)
            raise
        came = {one.ref.uid for one in fetched}
        kept = self.sources.keep(fetched)
        if missing := [one for one in wanted if one.uid not in came]:
            return self._without(missing, kept, alone=alone)
        return Arrival(sources=kept, alone=alone)

    def _without(self, missing: Sequence[Withheld], kept: Sequence[Source] = (), *, alone: bool = False) -> Arrival:
        """What was asked for and did not come: what is gone is forgotten, and what is there all the same waits."""
        uids = [one.uid for one in missing]
        try:
            listed = set(self.inbox.search(min(uids), max(uids)))
        except BaseException:
            forget(one.fetched for one in kept)
            raise
        return Arrival(
            sources=kept,
            alone=alone,
            gone=[uid for uid in uids if uid not in listed],
            withheld=[one for one in missing if one.uid in listed],
        )


def fetched_ahead(arrivals: Iterator[Arrival], pause: Callable[[], None]) -> Generator[Arrival]:
    """Each arrival while the next one is on its way; `pause` is called between two, when nobody talks to the server."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="fetching") as thread:
        coming = thread.submit(next, arrivals, None)
        try:
            while arrival := coming.result():
                try:
                    pause()
                    coming = thread.submit(next, arrivals, None)
                    yield arrival
                except BaseException:  # among them that nobody wants any more, be it begun with by then or not
                    forget(one.fetched for one in arrival.sources)
                    raise
        finally:
            _discard(coming)


def _discard(coming: Future[Arrival | None]) -> None:
    """Nobody wants it any more; why it failed to come is of no interest either."""
    with suppress(BaseException):
        if arrival := coming.result():
            forget(one.fetched for one in arrival.sources)
