"""The stored contents, copied and proven; and what there is to say when that does not succeed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from poller.storage.files import path_in

IN_MEMORY = 1 << 24
"""Octets: what is larger waits in a file."""

_CHUNK = 1 << 20

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do."""


class CannotExport(Exception):  # noqa: N818 - an answer, not a failure
    """There is no place for it: one sentence that says why."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What was exported; a sentence for each content that the store has not, or not as it was stored."""

    activities: int = 0
    files: int = 0
    octets: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The folder of the stored files, and the report that what is wrong in it goes into."""

    folder: Path
    report: Report

    def path_of(self, sha256: str) -> Path | None:
        """Where a content lies, None where it is not there."""
        path = path_in(self.folder, sha256)
        return path if path.is_file() else None

    def copy(self, sha256: str, what: str, to: IO[bytes]) -> bool:
        """Whether the whole content was written. `what` completes "is missing: " for an administrator."""
        path = self.path_of(sha256)
        if path is None:
            self.report.missing.append(f"{what}: no file {sha256} is stored")
            return False
        digest = hashlib.sha256()
        with path.open("rb") as stored:
            while chunk := stored.read(_CHUNK):
                digest.update(chunk)
                to.write(chunk)
                self.report.octets += len(chunk)
        if digest.hexdigest() != sha256:
            self.report.missing.append(f"{what}: the stored file {sha256} is damaged, and has other octets")
            return False
        self.report.files += 1
        return True
