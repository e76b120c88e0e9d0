"""Going through the octets of a message piece by piece: of a mapped file, no more is in memory than is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import MADV_DONTNEED, mmap

from poller.mail.message import Octets

PIECE = 1 << 18
"""Octets gone through at a time. What holds a large piece is had from the system each time, which takes as long as to
hash it; a small one gets the memory of the last."""

NEAR = 4096
"""Octets that are searched for what is sought from a sign of it on."""


def pieces(source: Octets, start: int, end: int, size: int = PIECE) -> Iterator[bytes]:
    for at in range(start, end, size):
        yield bytes(source[at : min(at + size, end)])
        release(source)


def find(source: Octets, octets: bytes, start: int, end: int) -> int:
    """As `bytes.find`."""
    if isinstance(source, bytes):
        return source.find(octets, start, end)
    for at in range(start, end, PIECE):
        found = source.find(octets, at, min(at + PIECE + len(octets) - 1, end))
        if found >= 0:
            return found
        release(source)
    return -1


def find_line(source: Octets, octets: bytes, start: int, end: int) -> int:
    """As `find`, for a line break, a dash, and what follows: in base64, without any dash, thirty times as fast."""
    if not isinstance(source, bytes):
        return find(source, octets, start, end)
    while (dash := source.find(b"-", start, end)) >= 0:
        start = max(dash - 1, start)
        found = source.find(octets, start, min(start + NEAR + len(octets), end))
        if found >= 0:
            return found
        start += NEAR
    return -1


def matches(
    pattern: re.Pattern[bytes], source: Octets, start: int, end: int, *, longest: int
) -> Iterator[re.Match[bytes]]:
    """As `pattern.finditer`, where no match, with what is looked at behind it, is longer than `longest`."""
    position = start
    for at in range(start, end, PIECE):
        for match in pattern.finditer(source, max(position, at), min(at + PIECE + longest, end)):
            if match.start() >= at + PIECE:
                break
            position = match.end()
            yield match
        release(source)


def release(source: Octets) -> None:
    """What was read of a mapped file leaves this process; the system reads it again, most often from its cache."""
    if isinstance(source, mmap):
        source.madvise(MADV_DONTNEED)
