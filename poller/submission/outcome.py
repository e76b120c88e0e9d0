"""What became of a message that was handed to the submission server: each outcome as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Accepted:
    """250 after the final dot: the server answers for it now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """For good (5xx). `why` is a sentence for the administrator."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """It certainly was not accepted (4xx). Not `reached`: the server was out of reach, which is no attempt."""

    why: str
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Unclear:
    """The connection was lost after the message and before the answer to it: it may have been accepted."""

    why: str


Outcome: TypeAlias = Accepted | Refused | Later | Unclear
