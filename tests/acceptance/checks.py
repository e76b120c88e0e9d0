"""What to expect where a rule gives a property instead of a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Check:
    """Something that a value is or is not."""

    words: str
    holds: Callable[[Any], bool]

    def __repr__(self) -> str:
        return self.words


SOME = Check("something", bool)
NOTHING = Check("nothing", lambda value: not value)
TRUE = Check("true", lambda value: value is True)
ANYTHING = Check("anything", lambda _: True)


def either(*values: Any) -> Check:
    """One of several readings of a rule."""
    return Check(f"one of {values!r}", lambda got: any(agrees(value, got) for value in values))


def has(*words: str) -> Check:
    """All of these occur, whatever the shape of the value."""
    return Check(f"has {words!r}", lambda got: all(word in str(got) for word in words))


def lacks(*words: str) -> Check:
    return Check(f"lacks {words!r}", lambda got: not any(word in str(got) for word in words))


def every(*checks: Check) -> Check:
    return Check(f"all of {checks!r}", lambda got: all(check.holds(got) for check in checks))


def count(number: int) -> Check:
    return Check(f"{number} of them", lambda got: len(got) == number)


def agrees(expected: Any, got: Any) -> bool:
    """Whether a value is the one expected, or has the property expected."""
    return bool(expected.holds(got)) if isinstance(expected, Check) else bool(expected == got)
