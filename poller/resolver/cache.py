"""Answers, kept for as long as they hold, the least used forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from poller.resolver.question import Answer, Question

_LONGEST = 3600  # seconds, whatever the record says
_LONGEST_NEGATIVE = 300
_ROOM = 8_000_000  # octets, roughly
_ENTRY = 800  # besides the records' characters


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    records: tuple[str, ...]
    until: float
    size: int


class Cache:
    """For one thread at a time. `clock` is monotonic, in seconds; `room` bounds the memory, in octets."""

    def __init__(self, clock: Callable[[], float], room: int = _ROOM) -> None:
        self._clock = clock
        self._room = room
        self._size = 0
        self._kept: OrderedDict[Question, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, question: Question) -> tuple[str, ...] | None:
        """The records, () for none; None if it is not known (any more)."""
        kept = self._kept.get(question)
        if kept is None:
            return None
        if kept.until <= self._clock():
            self._forget(question)
            return None
        self._kept.move_to_end(question)
        return kept.records

    def put(self, question: Question, answer: Answer) -> None:
        """Keeps it for its time to live: an hour at most, five minutes if it says that there is nothing."""
        self._forget(question)
        seconds = min(answer.ttl, _LONGEST if answer.records else _LONGEST_NEGATIVE)
        size = _ENTRY + sum(map(len, answer.records))
        if seconds <= 0 or size > self._room:
            return
        self._kept[question] = _Kept(records=answer.records, until=self._clock() + seconds, size=size)
        self._size += size
        while self._size > self._room:
            self._forget(next(iter(self._kept)))

    def _forget(self, question: Question) -> None:
        kept = self._kept.pop(question, None)
        self._size -= kept.size if kept else 0
