"""SPF evaluated once for a client, a domain and what the DNS says, however many messages come of them.

Nothing else decides where no record has a macro: neither the local part nor HELO. The DNS is asked all the same, for as
much and in the same order, so that an answer counts for as long as it holds and a message has what look-ups it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from poller.authentication import spf_engine
from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.authentication.received import Address
from poller.authentication.spf_engine import Answer, Question

MAX_KEPT = 512
"""Clients of a domain that are remembered; those of all who write in a day are fewer."""

MAX_TEXT = 2_048
"""Characters of the answers to one evaluation; the large providers' have 1,500. What takes more is not remembered."""

Records = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evaluation:
    """What was asked, in its order, what the DNS said, and what came of it."""

    asked: Mapping[tuple[str, RecordType], Records]
    answer: Answer


def evaluate(question: Question) -> Answer:
    """As `spf_engine.evaluate`."""
    remembered = _memory(question.client, question.sender.rpartition("@")[2])
    asked = _Asked(question.resolver)
    for known in remembered:
        if asked.says(known.asked):
            return known.answer
    answer = spf_engine.evaluate(replace(question, resolver=asked))
    if asked.is_repeatable:
        remembered[:] = [_Evaluation(asked=asked.answers, answer=answer)]
    return answer


@lru_cache(maxsize=MAX_KEPT)
def _memory(_client: Address, _domain: str) -> list[_Evaluation]:
    """The last evaluation, if any."""
    return []


class _Asked:
    """A resolver for one evaluation that remembers its answers: what was asked to compare is not asked again."""

    def __init__(self, resolver: Resolver) -> None:
        self.answers: dict[tuple[str, RecordType], Records] = {}
        self._resolver = resolver
        self._failure: TemporaryFailure | QueryBudgetSpent | None = None
        self._failed = False

    def says(self, known: Mapping[tuple[str, RecordType], Records]) -> bool:
        """Whether the DNS still says the same. As far as it does an evaluation would ask for just that."""
        try:
            return all(self.lookup(*asked) == records for asked, records in known.items())
        except (TemporaryFailure, QueryBudgetSpent) as failure:
            self._failure = failure
            return False

    def lookup(self, name: str, kind: RecordType) -> Records:
        known = self.answers.get((name, kind))
        if known is not None:
            return known
        failure, self._failure = self._failure, None
        try:
            if failure:
                raise failure
            records = self.answers[name, kind] = self._resolver.lookup(name, kind)
        except (TemporaryFailure, QueryBudgetSpent):
            self._failed = True
            raise
        return records

    @property
    def is_repeatable(self) -> bool:
        texts = [text for records in self.answers.values() for text in records]
        return not self._failed and sum(map(len, texts)) <= MAX_TEXT and not any("%" in text for text in texts)
