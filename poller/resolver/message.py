"""What one message may ask of the DNS: so many look-ups, and so much waiting in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from poller.authentication.dns import QueryBudgetSpent, RecordType, TemporaryFailure
from poller.resolver.question import Question
from poller.settings import DnsSettings


class LooksUp(Protocol):
    def lookup(self, question: Question, seconds: float) -> tuple[str, ...]:
        """Within that time. Raises TemporaryFailure."""


class MessageResolver:
    """A `poller.authentication.dns.Resolver`, for one message and one thread. `clock` is monotonic, in seconds.

    Each look-up counts, also one that costs no query: what a message may ask does not depend on what others asked.
    A name that got no answer is not asked for again.
    """

    def __init__(self, shared: LooksUp, settings: DnsSettings, clock: Callable[[], float]) -> None:
        self._shared = shared
        self._clock = clock
        self._lookups = settings.query_budget
        self._timeout = settings.timeout.total_seconds()
        self._seconds = settings.time_budget.total_seconds()
        self._left = self._lookups
        self._rest = self._seconds
        self._unanswered: dict[str, str] = {}

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        if not self._left:
            raise QueryBudgetSpent(f"the message needs more than {self._lookups} DNS look-ups")
        self._left -= 1
        question = Question.of(name, kind)
        if question is None:
            return ()
        if question.name in self._unanswered:
            raise TemporaryFailure(self._unanswered[question.name])
        if self._rest <= 0:
            raise TemporaryFailure(
                f"the {self._seconds:.3g} s for the message's DNS look-ups were over before {question}"
            )
        start = self._clock()
        try:
            return self._shared.lookup(question, min(self._timeout, self._rest))
        except TemporaryFailure as why:
            self._unanswered[question.name] = str(why)
            raise
        finally:
            self._rest -= self._clock() - start
