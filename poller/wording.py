"""Words for people, as parts of longer sentences."""

from __future__ import annotations


def many(number: int, one: str, several: str = "") -> str:
    """1, "message" -> `1 message`; 2000 -> `2,000 messages`. `several` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def clause(error: Exception | str) -> str:
    """A sentence about what went wrong -> without its end, and without the promise that it is tried again."""
    return str(error).rstrip(".").removesuffix("; it is tried again")
