"""Octets -> a file under their SHA-256. What has been put is durable: file and name are fsynced."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from poller.errors import Transient
from poller.mail.message import Octets

_CHUNK = 1 << 20
# fsync waits for the disk, not for the processor: several at once share the wait.
_WRITERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is to be put: its SHA-256, its size, and its octets, read when they are needed.

    A file in the store's `spool` that holds them is moved instead of copied.
    """

    sha256: str
    size: int
    chunks: Callable[[], Iterator[bytes]]
    spooled: Path | None = None


def path_in(folder: Path, sha256: str) -> Path:
    """Where a stored content lies below the store's folder, if it is there."""
    return folder / sha256[:2] / sha256[2:]


class FileStore:
    """Content-addressed files below one folder: `ab/cdef…`, each content once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spool = folder / "incoming"
        self.spool.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Removes what a worker that was killed left in the spool. Only for the one that holds the lease."""
        for left in self.spool.iterdir():
            left.unlink(missing_ok=True)

    def path_of(self, sha256: str) -> Path:
        return path_in(self.folder, sha256)

    def put_all(self, contents: Iterable[Content]) -> None:
        """Puts what is not there yet. Raises Transient when the disk does not take it."""
        wanted = {one.sha256: one for one in contents}
        if not wanted:
            return
        # What is there already may have come from a worker that died before its name was durable.
        folders = {self.path_of(sha256).parent for sha256 in wanted}
        try:
            for folder in folders:
                folder.mkdir(exist_ok=True)
            missing = [one for one in wanted.values() if not self._is_whole(one)]
            with ThreadPoolExecutor(max_workers=_WRITERS) as writers:
                list(writers.map(self._write, missing))
                list(writers.map(_sync_folder, [*folders, self.folder]))
        except OSError as error:
            raise Transient(
                f"{self.folder}: cannot store files ({error.strerror}); free some space or mend the disk"
            ) from error

    def _is_whole(self, content: Content) -> bool:
        try:
            return self.path_of(content.sha256).stat().st_size == content.size
        except FileNotFoundError:
            return False

    def _write(self, content: Content) -> None:
        if content.spooled:
            with content.spooled.open("rb") as file:
                os.fsync(file.fileno())
            content.spooled.replace(self.path_of(content.sha256))
            return
        handle, name = tempfile.mkstemp(dir=self.spool)
        try:
            with open(handle, "wb", buffering=_CHUNK) as file:  # noqa: PTH123 - a handle, not a path
                file.writelines(content.chunks())
                file.flush()
                os.fsync(handle)
            Path(name).replace(self.path_of(content.sha256))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def sha256_of(octets: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in octets:
        digest.update(chunk)
    return digest.hexdigest()


def chunked(octets: Octets) -> Iterator[bytes]:
    """Octets in memory or mapped from a spool file -> pieces of 1 MiB."""
    for start in range(0, len(octets), _CHUNK):
        yield octets[start : start + _CHUNK]


def _sync_folder(folder: Path) -> None:
    """Makes a rename durable (see fsync(2): the file's own fsync does not cover its name)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
