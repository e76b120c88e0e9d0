"""Lists of UIDs <-> the sequence sets of IMAP (RFC 9051, 9: `sequence-set`), in lines that every server accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

LONGEST_SET = 7_000
"""Characters. RFC 7162 (4) advises 8,192 for a whole command line; Dovecot stops reading at 64 kB, others earlier."""


def fold(uids: Iterable[int]) -> Iterator[str]:
    """[1, 2, 3, 5] -> "1:3,5"; as many sets as are needed to keep each below `LONGEST_SET`."""
    folded = ""
    for run in _runs(sorted(set(uids))):
        if len(folded) + len(run) >= LONGEST_SET:
            yield folded
            folded = ""
        folded = f"{folded},{run}" if folded else run
    if folded:
        yield folded


def unfold(uids: str) -> Iterator[int]:
    """The set "1:3,5" -> 1, 2, 3, 5; lazily, because a server could write 1:4294967295."""
    for run in uids.split(","):
        first, _, last = run.partition(":")
        low, high = sorted((int(first), int(last or first)))
        yield from range(low, high + 1)


def _runs(uids: list[int]) -> Iterator[str]:
    # Neighbours have the same distance to their position.
    for _, run in groupby(enumerate(uids), key=lambda numbered: numbered[1] - numbered[0]):
        members = [uid for _, uid in run]
        yield f"{members[0]}:{members[-1]}" if len(members) > 1 else f"{members[0]}"
