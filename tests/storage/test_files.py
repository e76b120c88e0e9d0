"""S5 and protocol 5: a content is stored once under its SHA-256, and what has been put survives a power cut."""

import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from poller.errors import Transient
from poller.storage import files as module
from poller.storage.files import Content, FileStore, chunked, sha256_of


@pytest.fixture
def store(tmp_path) -> FileStore:
    return FileStore(tmp_path / "files")


def content(octets: bytes, spooled: Path | None = None) -> Content:
    return Content(sha256=sha256(octets).hexdigest(), size=len(octets), chunks=lambda: iter([octets]), spooled=spooled)


def spooled(store: FileStore, octets: bytes, name: str = "7-x") -> Content:
    path = store.spool / name
    path.write_bytes(octets)
    return content(octets, path)


def full_disk() -> Content:
    """The disk takes the first piece and not the second."""

    def chunks():
        yield b"x" * 100
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return Content(sha256="f" * 64, size=200, chunks=chunks)


def stored(store: FileStore) -> dict[str, bytes]:
    return {
        path.parent.name + path.name: path.read_bytes()
        for path in store.folder.glob("??/*")
        if path.parent != store.spool
    }


def left_over(store: FileStore) -> list[Path]:
    return list(store.spool.iterdir())


@pytest.mark.parametrize("octets", [b"", b"plan", bytes(range(256)) * 9_000], ids=["empty", "small", "2 MB"])
def test_octets_are_stored_under_their_sha256(store, octets):
    one = content(octets)
    store.put_all([one])
    assert store.path_of(one.sha256).read_bytes() == octets
    assert store.path_of(one.sha256).relative_to(store.folder) == Path(one.sha256[:2], one.sha256[2:])
    assert left_over(store) == []


def test_a_content_is_stored_once_however_often_it_is_put(store):
    one = content(b"plan")
    store.put_all([one, one, content(b"other")])
    inode = store.path_of(one.sha256).stat().st_ino
    store.put_all([content(b"plan")])
    assert store.path_of(one.sha256).stat().st_ino == inode
    assert sorted(stored(store).values()) == [b"other", b"plan"]


def test_nothing_is_put_without_contents(store):
    store.put_all([])
    assert stored(store) == {}


def test_what_is_there_is_not_read_again(store):
    store.put_all([content(b"plan")])
    unread = Content(sha256=sha256(b"plan").hexdigest(), size=4, chunks=lambda: pytest.fail("read"))
    store.put_all([unread])


def test_a_half_written_file_of_a_crash_is_replaced(store):
    one = content(b"plan" * 1_000)
    store.path_of(one.sha256).parent.mkdir()
    store.path_of(one.sha256).write_bytes(b"plan")
    store.put_all([one])
    assert stored(store) == {one.sha256: b"plan" * 1_000}


def test_a_file_that_was_lost_is_put_again(store):
    one = content(b"plan")
    store.put_all([one])
    store.path_of(one.sha256).unlink()
    store.path_of(one.sha256).parent.rmdir()
    store.put_all([one])
    assert stored(store) == {one.sha256: b"plan"}


def test_a_spooled_file_is_moved(store):
    one = spooled(store, b"large")
    inode = one.spooled.stat().st_ino
    store.put_all([one])
    assert store.path_of(one.sha256).stat().st_ino == inode
    assert (stored(store), left_over(store)) == ({one.sha256: b"large"}, [])


def test_a_spooled_file_whose_content_is_there_stays_with_the_caller(store):
    store.put_all([content(b"large")])
    one = spooled(store, b"large")
    store.put_all([one])
    assert left_over(store) == [one.spooled]


def test_of_two_spooled_files_with_one_content_one_is_moved(store):
    store.put_all([spooled(store, b"large", "7-x"), spooled(store, b"large", "8-x")])
    assert list(stored(store).values()) == [b"large"]
    assert len(left_over(store)) == 1


def test_what_was_put_is_for_its_owner_only(store):
    one = content(b"secret")
    store.put_all([one])
    assert stat.S_IMODE(store.path_of(one.sha256).stat().st_mode) & 0o077 == 0


def test_many_contents_are_put_at_once_by_several_threads(store):
    contents = [content(f"{number}".encode() * 100) for number in range(60)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.put_all(contents), range(4)))
    assert stored(store) == {one.sha256: b"".join(one.chunks()) for one in contents}
    assert left_over(store) == []


def test_a_full_disk_is_later_and_leaves_nothing_behind(store):
    with pytest.raises(Transient, match="No space left on device"):
        store.put_all([full_disk()])
    assert (stored(store), left_over(store)) == ({}, [])


def test_what_fits_on_a_full_disk_is_whole_and_what_does_not_is_put_when_there_is_room(store):
    with pytest.raises(Transient):
        store.put_all([content(b"fits"), full_disk()])
    assert stored(store) == {sha256(b"fits").hexdigest(): b"fits"}
    store.put_all([content(b"fits"), content(b"room")])
    assert sorted(stored(store).values()) == [b"fits", b"room"]


def test_a_spool_file_that_cannot_be_moved_is_later_and_stays(store):
    one = spooled(store, b"large")
    store.path_of(one.sha256).mkdir(parents=True)
    (store.path_of(one.sha256) / "in the way").touch()
    with pytest.raises(Transient):
        store.put_all([one])
    assert left_over(store) == [one.spooled]


LIMITED = """
import resource, signal, sys
from pathlib import Path
from hashlib import sha256
from poller.errors import Transient
from poller.storage.files import Content, FileStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
octets = b"x" * 5_000
try:
    FileStore(Path(sys.argv[1])).put_all(
        [Content(sha256=sha256(octets).hexdigest(), size=len(octets), chunks=lambda: iter([octets]))]
    )
except Transient as error:
    print(error)
"""


def test_a_write_that_the_system_refuses_is_later_and_leaves_nothing_behind(store):
    """The operating system's own refusal, as of a full disk."""
    command = [sys.executable, "-c", LIMITED, str(store.folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cannot store files (File too large)" in said
    assert (stored(store), left_over(store)) == ({}, [])


def test_a_name_appears_only_when_its_octets_are_durable_and_is_made_durable_itself(store, monkeypatch):
    """Write, fsync, rename, fsync of the folder: each step really happens, and is noted."""
    one = content(b"plan")
    path = store.path_of(one.sha256)
    steps, fsync, replace = [], os.fsync, Path.replace

    def noted_fsync(handle):
        target = Path(f"/proc/self/fd/{handle}").resolve()
        size = None if target.is_dir() else target.stat().st_size
        steps.append(("fsync", target if target.is_dir() else "file", size, path.exists()))
        fsync(handle)

    def noted_replace(self, target):
        steps.append(("rename", target))
        return replace(self, target)

    monkeypatch.setattr(module.os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    store.put_all([one])
    assert steps[:2] == [("fsync", "file", 4, False), ("rename", path)]
    assert {step[1] for step in steps[2:]} == {path.parent, store.folder}
    # A worker that died after the rename left a name that may not be durable yet.
    steps.clear()
    store.put_all([one])
    assert {step[1] for step in steps} == {path.parent, store.folder}


def test_pieces_of_octets_make_up_the_whole():
    octets = bytes(range(256)) * 10_000
    pieces = list(chunked(octets))
    assert (b"".join(pieces), [len(piece) for piece in pieces]) == (octets, [1 << 20, 1 << 20, 2_560_000 - (2 << 20)])
    assert sha256_of(pieces) == sha256(octets).hexdigest()
    assert list(chunked(b"")) == []
