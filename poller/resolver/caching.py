"""One resolver for all messages: an answer is remembered, and what several ask at the same moment is asked once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

from poller import events
from poller.authentication.dns import Resolver, TemporaryFailure
from poller.errors import Transient
from poller.resolver.cache import Cache
from poller.resolver.message import MessageResolver
from poller.resolver.question import Answer, Question
from poller.settings import DnsSettings

T = TypeVar("T")


class Asks(Protocol):
    def ask(self, question: Question, seconds: float) -> Answer:
        """Within that time. Raises TemporaryFailure."""


class _Flight:
    """A question that somebody asks now, and gives up at `deadline`."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.landed = threading.Event()
        self.records: tuple[str, ...] | None = None
        self.failure = "the one who asked the DNS broke off"


class _NotKnown(Exception):  # noqa: N818 - neither an answer nor a failure: nobody was asked
    """Whoever wants to know has to wait."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Look-ups of what need not be asked for."""

    recall: Callable[[Question], tuple[str, ...] | None]

    def lookup(self, question: Question, _seconds: float) -> tuple[str, ...]:
        records = self.recall(question)
        if records is None:
            raise _NotKnown
        return records


class CachingResolver:
    """Safe for many threads. A temporary failure is never remembered. `clock` is monotonic, in seconds.

    When `stop` is set nothing more is asked: whoever wants to end need not wait for a server that does not answer. Then
    Transient is raised, lest a message be judged by what was never looked up.
    """

    def __init__(
        self,
        settings: DnsSettings,
        *,
        client: Asks | None = None,
        clock: Callable[[], float] = time.monotonic,
        stop: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._stop = stop or threading.Event()
        self._given = client
        self._clock = clock
        self._cache = Cache(clock)
        self._flights: dict[Question, _Flight] = {}
        self._lock = threading.Lock()

    @cached_property
    def _client(self) -> Asks:
        from poller.resolver.client import Client  # noqa: PLC0415 - with the first question: dnspython takes long

        return self._given or Client(self._settings.servers)

    def for_message(self) -> MessageResolver:
        """A resolver with the budgets of one message."""
        return MessageResolver(self, self._settings, self._clock)

    def without_waiting(self, judge: Callable[[Resolver], T]) -> T | None:
        """What `judge` says of one message, whose budgets its resolver has; None where anybody would have to be asked.

        Then `judge` is broken off by an exception of no kind that it knows, and can begin again with `for_message`,
        which has all of the budgets: what is known costs no time, and the look-ups will be counted anew.
        """
        try:
            return judge(MessageResolver(_Known(self._recall), self._settings, self._clock))
        except _NotKnown:
            return None

    def lookup(self, question: Question, seconds: float) -> tuple[str, ...]:
        """The records, () for none. Raises TemporaryFailure, at the latest after so many seconds."""
        deadline = self._clock() + seconds
        while True:
            with self._lock:
                records = self._cache.get(question)
                if records is not None:
                    events.counted("dns", result="remembered")
                    return records
                flight = self._flights.get(question)
                if flight is None:
                    ours = self._flights[question] = _Flight(deadline)
                    break
            if not flight.landed.wait(deadline - self._clock()):
                raise TemporaryFailure(f"no answer for {question} within {seconds:.3g} s")
            if flight.records is not None:
                return flight.records
            now = self._clock()
            if now < flight.deadline or now >= deadline:
                raise TemporaryFailure(flight.failure)
            # Whoever asked had no more time. We have.
        return self._ask(question, ours)

    def _recall(self, question: Question) -> tuple[str, ...] | None:
        with self._lock:
            records = self._cache.get(question)
        if records is not None:
            events.counted("dns", result="remembered")
        return records

    def _ask(self, question: Question, flight: _Flight) -> tuple[str, ...]:
        answer = None
        try:
            answer = self._answer(question, flight.deadline - self._clock())
        except TemporaryFailure as why:
            flight.failure = str(why)
            events.counted("dns", result="failed")
            raise
        finally:
            with self._lock:
                if answer:
                    flight.records = answer.records
                    self._cache.put(question, answer)
                del self._flights[question]
            flight.landed.set()
        events.counted("dns", result="answered")
        return answer.records

    def _answer(self, question: Question, seconds: float) -> Answer:
        if self._stop.is_set():
            raise Transient(f"the program is ending, and does not ask for {question} any more")
        return self._client.ask(question, seconds)
