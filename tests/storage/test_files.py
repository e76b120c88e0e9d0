"""A content is stored once under its SHA-256, and what has been put survives a power cut."""

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest

from poller.errors import Transient
from poller.mail.coding.octets import PIECE
from poller.storage import files as module
from poller.storage.files import SWEPT_AFTER, Content, FileStore, chunked, holds, sha256_of
from tests.patience import PATIENCE


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
    return {path.parent.name + path.name: path.read_bytes() for path in store.folder.glob("??/*")}


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
    assert store.belongs_to("us")
    for path in (store.path_of(one.sha256), store.folder / "owner"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


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


def test_pieces_of_octets_make_up_the_whole(tmp_path):
    octets = bytes(range(256)) * 10_000
    path = tmp_path / "spooled"
    path.write_bytes(octets)
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped:
        pieces = list(chunked(mapped))
    assert (b"".join(pieces), [len(piece) for piece in pieces]) == (octets, [*[PIECE] * 9, 2_560_000 - 9 * PIECE])
    assert sha256_of(pieces) == sha256_of(chunked(octets)) == sha256(octets).hexdigest()
    assert list(chunked(octets)) == [octets]
    assert list(chunked(b"")) == []


OLD = SWEPT_AFTER + 60


def put(store: FileStore, octets: bytes, age: float = 0) -> str:
    """A content that was put so many seconds ago -> its SHA-256."""
    one = content(octets)
    store.put_all([one])
    grow_old(store.path_of(one.sha256), age)
    return one.sha256


def grow_old(path: Path, age: float = OLD) -> None:
    moment = time.time() - age
    os.utime(path, (moment, moment))


@pytest.fixture
def owned(store) -> FileStore:
    assert store.belongs_to("us")
    return store


def nothing(sha256s) -> set[str]:
    return set()


def test_files_to_which_nothing_refers_are_swept_after_a_day(owned):
    orphan, wanted, young = put(owned, b"orphan", OLD), put(owned, b"wanted", OLD), put(owned, b"young", OLD - 120)
    asked = []

    def referred(sha256s):
        asked.extend(sha256s)
        return {wanted}

    assert owned.sweep_orphans(referred) == 1
    assert set(stored(owned)) == {wanted, young}
    assert set(asked) == {orphan, wanted}


def test_a_file_that_is_put_again_is_no_orphan_for_another_day(owned):
    sha256 = put(owned, b"plan", OLD)
    owned.put_all([content(b"plan")])
    assert owned.sweep_orphans(nothing) == 0
    assert set(stored(owned)) == {sha256}


def test_a_file_that_is_put_again_while_orphans_are_looked_for_stays(owned):
    sha256 = put(owned, b"plan", OLD)

    def referred(sha256s):
        FileStore(owned.folder, "another mailbox").put_all([content(b"plan")])
        return set()  # its row is not committed yet

    assert owned.sweep_orphans(referred) == 0
    assert set(stored(owned)) == {sha256}


def test_while_contents_are_looked_for_none_is_swept(owned, monkeypatch):
    """A worker that has just found its file there must not lose it before it has said so."""
    sha256 = put(owned, b"plan", OLD)
    swept = []
    found, go_on = threading.Event(), threading.Event()

    def slow(path, *times):
        found.set()
        assert go_on.wait(PATIENCE)
        real(path, *times)

    real = os.utime
    monkeypatch.setattr(module.os, "utime", slow)
    putting = threading.Thread(target=owned.put_all, args=([content(b"plan")],))
    sweeping = threading.Thread(target=lambda: swept.append(owned._sweep_folder(owned.path_of(sha256).parent, nothing)))
    putting.start()
    assert found.wait(PATIENCE)
    sweeping.start()
    sweeping.join(0.2)
    assert sweeping.is_alive()
    go_on.set()
    putting.join()
    sweeping.join()
    assert (swept, set(stored(owned))) == ([0], {sha256})


def test_a_store_belongs_to_the_database_that_asked_first(store):
    assert store.belongs_to("us")
    assert store.belongs_to("us")
    assert not FileStore(store.folder, "another mailbox").belongs_to("others")
    assert left_over(store) == []


def test_a_store_knows_when_it_was_swept(owned):
    assert owned.swept_at() == 0
    owned.sweep_orphans(nothing)
    assert time.time() - owned.swept_at() < 60


def test_a_worker_sweeps_its_own_spool_at_once_and_that_of_others_after_a_day(store):
    store.belongs_to("us")
    other = FileStore(store.folder, "another mailbox")
    mine, fresh, old = store.spool / "7-x", other.spool / "8-x", other.spool / "9-x"
    for path in (mine, fresh, old):
        path.touch()
    grow_old(old)
    store.sweep_spool()
    assert [path.exists() for path in (mine, fresh, old)] == [False, True, True]
    store.sweep_orphans(nothing)
    assert [path.exists() for path in (mine, fresh, old)] == [False, True, False]


@pytest.mark.parametrize(
    ("there", "size", "is_held"),
    [(b"plan", 4, True), (b"plan", 5, True), (b"pla", 4, False), (None, 4, False), (b"", 4, False)],
    ids=["as told", "a size that was only a hint", "cut off", "lost", "emptied"],
)
def test_a_content_is_held_when_its_octets_are_there(store, there, size, is_held):
    sha256 = put(store, b"plan")
    if there is None:
        store.path_of(sha256).unlink()
    else:
        store.path_of(sha256).write_bytes(there)
    assert holds(store.folder, sha256, size) is is_held


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("is_spooled", [True, False], ids=["spooled", "in memory"])
def test_after_an_fsync_that_failed_nothing_counts_as_stored_before_it_was_written_anew(
    store, monkeypatch, what, is_spooled
):
    """The next fsync would succeed, for what could not be written is forgotten: so it must be of another file."""
    fsync, failed, synced = os.fsync, [], []

    def fails_once(handle):
        is_it = stat.S_ISDIR(os.fstat(handle).st_mode) == (what == "folder")
        if is_it and not failed:
            failed.append(os.fstat(handle).st_ino)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(module.os, "fsync", fails_once)
    first = spooled(store, b"plan") if is_spooled else content(b"plan")
    path = store.path_of(first.sha256)
    with pytest.raises(Transient, match=r"cannot store files \(Input/output error\)"):
        store.put_all([first])
    before = path.stat().st_ino if path.exists() else None
    if first.spooled:
        first.spooled.unlink(missing_ok=True)  # as the worker does, which fetches it again
    synced.clear()
    FileStore(store.folder).put_all([content(b"plan")])
    assert path.stat().st_ino in synced
    assert path.stat().st_ino != before
    assert stored(store)[first.sha256] == b"plan"
