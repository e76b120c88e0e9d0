"""What tests of this room are made of: a clock, questions, and somebody to ask who answers from a dict."""

from __future__ import annotations

from datetime import timedelta

from poller.authentication.dns import RecordType, TemporaryFailure
from poller.resolver.question import Answer, Question
from poller.settings import DnsSettings


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Dns:
    """Answers by "name TYPE", () for all else; a name in `failing` has no answer. Each question takes `takes` seconds.

    `waits` is for how long each was willing to wait.
    """

    def __init__(self, clock: Clock, records: dict[str, Answer] | None = None) -> None:
        self.clock = clock
        self.records = records or {}
        self.failing: set[str] = set()
        self.takes = 0.0
        self.asked: list[str] = []
        self.waits: list[float] = []

    def ask(self, question: Question, seconds: float) -> Answer:
        key = f"{question.name} {question.kind}"
        self.asked.append(key)
        self.waits.append(seconds)
        self.clock.now += min(self.takes, seconds)
        if question.name in self.failing or self.takes > seconds:
            raise TemporaryFailure(f"no answer for {question}")
        return self.records.get(key, answer(ttl=60))

    def lookup(self, question: Question, seconds: float) -> tuple[str, ...]:
        return self.ask(question, seconds).records


def answer(*records: str, ttl: int = 300) -> Answer:
    return Answer(records=records, ttl=ttl)


def question(name: str = "acme.fi", kind: RecordType = RecordType.TXT) -> Question:
    return Question(name, kind)


def settings(*, timeout: float = 5, query_budget: int = 60, time_budget: float = 20) -> DnsSettings:
    return DnsSettings(
        servers=(),
        timeout=timedelta(seconds=timeout),
        query_budget=query_budget,
        time_budget=timedelta(seconds=time_budget),
    )
