"""The file that an answer's octets are written to."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

Place = list[int]
"""Where octets begin in the file, and how many they are; as JSON has it."""


@dataclass(slots=True)
class Output:
    file: int
    _end: int = field(default=0, init=False)

    def write(self, octets: bytes | memoryview) -> Place:
        """Raises OSError where the file becomes too large."""
        rest = memoryview(octets)
        place = [self._end, len(rest)]
        while rest:
            written = os.pwrite(self.file, rest, self._end)
            self._end += written
            rest = rest[written:]
        return place


def checked_place(place: object, size: int) -> tuple[int, int]:
    """What an answer gives as a place in a file of so many octets. Raises ValueError for what is none."""
    match place:
        case [int(start), int(length)] if 0 <= start <= start + length <= size:
            return start, length
    raise ValueError
