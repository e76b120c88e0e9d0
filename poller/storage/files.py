"""Octets -> a file under their SHA-256. What has been put is durable: file and name are fsynced."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from poller.errors import Transient
from poller.mail.coding.octets import PIECE, pieces
from poller.mail.message import Octets
from poller.storage.durable import Writer, Written

SWEPT_AFTER = 24 * 60 * 60
"""Seconds that a file may lie here before it must be referred to: nobody takes that long from its octets to its row."""

_OWNER = "owner"
_LOCK = "lock"
_FOLDERS = tuple(f"{number:02x}" for number in range(256))


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


def holds(folder: Path, sha256: str, size: int) -> bool:
    """Whether the store below the folder has that content. Its octets are read only where their number is not `size`:
    a server's word for it is a hint.
    """
    path = path_in(folder, sha256)
    found = _size_of(path)
    if found is None or found == size:
        return found is not None
    with path.open("rb") as file:
        return sha256_of(iter(lambda: file.read(PIECE), b"")) == sha256


class FileStore:
    """Content-addressed files below one folder: `ab/cdef…`, each content once. Workers of several mailboxes share it.

    The spool is that of one mailbox, and so is `in_hand`, where its worker notes what it looks into.
    """

    def __init__(self, folder: Path, mailbox: str = "") -> None:
        self.folder = folder
        name = hashlib.sha256(mailbox.encode()).hexdigest()[:16]
        self.spool = folder / "incoming" / name
        self.in_hand = folder / f"in-hand-{name}"
        self._writer = Writer(self.spool)
        is_new = not folder.exists()
        self.spool.mkdir(parents=True, exist_ok=True)
        if is_new:
            self._writer.sync_folders([folder.parent])

    def sweep_spool(self) -> None:
        """Removes what a worker that was killed left in the spool. Only for the one that holds the mailbox's lease."""
        for left in self.spool.iterdir():
            _remove(left)

    def belongs_to(self, owner: str) -> bool:
        """Whether this database's files lie here: the first one to ask is the owner.

        Files that another database refers to would be taken for orphans.
        """
        marked = self.folder / _OWNER
        if not marked.exists():
            whole = self.spool / _OWNER
            whole.touch(0o600)
            whole.write_text(owner, "ascii")
            os.utime(whole, (0, 0))  # it was never swept
            with suppress(FileExistsError):  # another worker was first
                os.link(whole, marked)
            whole.unlink()
        return marked.read_text("ascii", "replace") == owner

    def swept_at(self) -> float:
        """When orphans were last looked for, in seconds since 1970."""
        return (self.folder / _OWNER).stat().st_mtime

    def sweep_orphans(self, referred: Callable[[Collection[str]], set[str]]) -> int:
        """Removes files older than a day to which nothing refers -> how many. `referred`: those of the SHA-256s that
        something refers to. Other workers may put and commit meanwhile.
        """
        for left in filter(_is_old, self.spool.parent.glob("*/*")):
            _remove(left)  # of mailboxes that no worker polls any more
        removed = sum(self._sweep_folder(self.folder / name, referred) for name in _FOLDERS)
        os.utime(self.folder / _OWNER)
        return removed

    def path_of(self, sha256: str) -> Path:
        return path_in(self.folder, sha256)

    def put_all(self, contents: Iterable[Content]) -> None:
        """Puts what is not there yet. Raises Transient when the disk does not take it; what it took stays."""
        wanted = {one.sha256: one for one in contents}
        if not wanted:
            return
        folders = [self.folder / name for name in {sha256[:2] for sha256 in wanted}]
        try:
            for folder in folders:
                if not os.path.isdir(folder):  # noqa: PTH112 - a Path takes longer than the system
                    folder.mkdir(exist_ok=True)
            with self._locked(fcntl.LOCK_SH):
                missing = [one for one in wanted.values() if not self._is_whole(one)]
            self._write_all(missing)
            # What was there already may have come from a worker that died before its name was durable.
            self._writer.sync_folders((*folders, self.folder))
        except OSError as error:
            self._doubt(wanted)
            raise Transient(
                f"{self.folder}: cannot store files ({error.strerror}); free some space or mend the disk"
            ) from error

    def _doubt(self, sha256s: Iterable[str]) -> None:
        """Where fsync fails the system may forget what it could not write, and the next fsync succeeds without it: so
        none of this counts as stored, for the next worker neither, until it was written anew under a new name.
        """
        for sha256 in sha256s:
            with suppress(OSError):
                os.utime(self.path_of(sha256), (0, 0))

    def _is_whole(self, content: Content) -> bool:
        """Whether it is there already, beyond doubt: then it is as good as new, and no orphan for another day."""
        path = f"{self.folder}/{content.sha256[:2]}/{content.sha256[2:]}"
        try:
            found = os.stat(path)  # noqa: PTH116 - as above
        except FileNotFoundError:
            return False
        if found.st_size != content.size or found.st_mtime == 0:
            return False
        os.utime(path)
        return True

    def _sweep_folder(self, folder: Path, referred: Callable[[Collection[str]], set[str]]) -> int:
        old = {folder.name + path.name for path in _files_in(folder) if _is_old(path)}
        # Asked after their times were: what was put more than a day ago has its row by now, or never gets one.
        orphans = old - referred(old) if old else set()
        with self._locked(fcntl.LOCK_EX):
            # One that was put again in the meantime is young.
            removed = [path for path in map(self.path_of, orphans) if _is_old(path)]
            for path in removed:
                path.unlink(missing_ok=True)
        return len(removed)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Nobody finds a file here that somebody else is just about to remove."""
        handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def _write_all(self, contents: Iterable[Content]) -> None:
        """Written one by one, made durable together, then named. Whatever fits gets its name before an OSError."""
        errors: list[OSError] = []
        written: list[tuple[Content, Written]] = []
        try:
            for one in contents:
                with _kept(errors):
                    written.append((one, self._write(one)))
            wait([file.synced for _, file in written])
            with self._locked(fcntl.LOCK_SH):
                for content, file in tuple(written):
                    with _kept(errors):
                        file.name(self.path_of(content.sha256))
                        written.remove((content, file))
        finally:
            for _, file in written:
                file.give_up()
        if errors:
            raise errors[0]

    def _write(self, content: Content) -> Written:
        return self._writer.take(content.spooled) if content.spooled else self._writer.write(content.chunks())


@contextmanager
def _kept(errors: list[OSError]) -> Iterator[None]:
    """What one file fails by does not keep the others from being stored."""
    try:
        yield
    except OSError as error:
        errors.append(error)


def sha256_of(octets: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in octets:
        digest.update(chunk)
    return digest.hexdigest()


def chunked(octets: Octets) -> Iterator[bytes]:
    """Octets in memory -> as they are; mapped from a spool file -> pieces."""
    if isinstance(octets, bytes):
        return iter([octets] if octets else [])
    return pieces(octets, 0, len(octets))


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _remove(left: Path) -> None:
    if left.is_dir():
        rmtree(left, ignore_errors=True)
    else:
        left.unlink(missing_ok=True)


def _files_in(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from folder.iterdir()


def _is_old(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > SWEPT_AFTER
    return False
