"""Octets -> files that the disk has, before they get their names: a crash leaves no half of one behind a name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

# fsync waits for the disk, not for the processor: several at once share the wait.
_SYNCING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file on its way to the disk; `ours` if it was made here."""

    path: str
    ours: bool
    synced: Future[None]

    def name(self, path: Path) -> None:
        """Raises OSError where the disk did not take it."""
        self.synced.result()
        Path(self.path).replace(path)

    def give_up(self) -> None:
        wait([self.synced])
        if self.ours:
            Path(self.path).unlink(missing_ok=True)


class Writer:
    """While the disk is waited for, the next file is written. From any thread."""

    def __init__(self, spool: Path) -> None:
        self._spool = spool
        self._syncing = ThreadPoolExecutor(max_workers=_SYNCING, thread_name_prefix="fsync")

    def write(self, chunks: Iterable[bytes]) -> Written:
        """A new file in the spool. Raises OSError, and leaves nothing then."""
        handle, path = tempfile.mkstemp(dir=self._spool)
        try:
            for chunk in chunks:
                _write_whole(handle, chunk)
        except BaseException:
            os.close(handle)
            Path(path).unlink()
            raise
        return Written(path=path, ours=True, synced=self._syncing.submit(_sync, handle))

    def take(self, path: Path) -> Written:
        """A file that somebody else has written."""
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        return Written(path=os.fspath(path), ours=False, synced=self._syncing.submit(_sync, handle))

    def sync_folders(self, folders: Iterable[Path]) -> None:
        """Makes renames durable (see fsync(2): a file's own fsync does not cover its name)."""
        handles = (os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) for folder in folders)
        for synced in [self._syncing.submit(_sync, handle) for handle in handles]:
            synced.result()


def _sync(handle: int) -> None:
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_whole(handle: int, octets: bytes) -> None:
    """A file may take less than it is given, just before it takes nothing."""
    rest = memoryview(octets)
    while rest:
        rest = rest[os.write(handle, rest) :]
