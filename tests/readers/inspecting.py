"""What a process has started, and what it has open."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """Processes that it started, and that live."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def opened(pid: int | str = "self") -> dict[str, str]:
    """Its files, by their number."""
    found = {}
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the list itself
            found[path.name] = str(path.readlink())
    return found
