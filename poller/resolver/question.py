"""A question to the DNS, and what it said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

from poller.authentication.dns import RecordType
from poller.resolver.names import question_name, shown


class Question(NamedTuple):
    """`name` as `question_name` gives it. A tuple, because each look-up in the cache compares it."""

    name: str
    kind: RecordType

    @classmethod
    def of(cls, name: str, kind: RecordType) -> Self | None:
        """None for what cannot be a name."""
        valid = question_name(name)
        return None if valid is None else cls(valid, kind)

    def __str__(self) -> str:
        return f"{self.kind} of {shown(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Records as `poller.authentication.dns.Resolver` writes them, () for none, and for how many seconds they hold."""

    records: tuple[str, ...]
    ttl: int
