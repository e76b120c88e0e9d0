from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import sha256
from mmap import ACCESS_READ, mmap

import pytest

from poller.errors import Transient
from poller.mail.message import Fetched, MessageRef
from poller.sources import Sources, forget
from poller.storage.files import FileStore


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "files")


def ref(uid=1):
    return MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=uid)


def small(octets=b"octets", **more):
    return Fetched(ref=ref(), internal_date=datetime(2026, 3, 2, tzinfo=UTC), size=len(octets), source=octets, **more)


def large(store, octets=b"many octets", uid=2):
    """In a file of the spool, and mapped, as the mailbox hands it over."""
    path = store.spool / f"{uid}-x"
    path.write_bytes(octets)
    with path.open("rb") as file:
        source = mmap(file.fileno(), 0, access=ACCESS_READ)
    return Fetched(
        ref=ref(uid), internal_date=datetime(2026, 3, 2, tzinfo=UTC), size=len(octets), source=source, spooled=path
    )


def spool(store):
    return [path.name for path in store.spool.iterdir()]


def digest(octets):
    return sha256(octets).hexdigest()


def test_sources_are_kept_under_their_digests_and_read_there(store):
    kept = Sources(store=store, keeps=True).keep([small(), large(store)])
    assert [one.sha256 for one in kept] == [digest(b"octets"), digest(b"many octets")]
    assert [one.path.read_bytes() for one in kept] == [b"octets", b"many octets"]
    assert [one.path for one in kept] == [store.path_of(one.sha256) for one in kept]
    assert kept[1].fetched.source[:] == b"many octets"
    assert spool(store) == []
    forget(one.fetched for one in kept)


def test_where_they_are_not_kept_a_large_one_is_read_in_the_spool_and_a_small_one_in_memory(store):
    kept = Sources(store=store, keeps=False).keep([small(), large(store)])
    assert [one.sha256 for one in kept] == [digest(b"octets"), digest(b"many octets")]
    assert [one.path for one in kept] == [None, store.spool / "2-x"]
    assert not any(store.path_of(one.sha256).exists() for one in kept)
    forget(one.fetched for one in kept)
    assert spool(store) == []


def test_of_an_oversized_one_the_header_is_not_kept(store):
    (kept,) = Sources(store=store, keeps=True).keep([small(oversized=True)])
    assert kept.path is None
    assert not store.path_of(kept.sha256).exists()


def test_one_that_was_there_already_stays_and_leaves_nothing_in_the_spool_when_it_is_forgotten(store):
    sources = Sources(store=store, keeps=True)
    sources.keep([small(b"many octets")])
    (kept,) = sources.keep([large(store)])
    assert kept.path.read_bytes() == b"many octets"
    forget([kept.fetched])
    assert spool(store) == []


@pytest.mark.parametrize("keeps", [True, False])
def test_a_disk_that_does_not_take_them_is_trouble_and_they_are_forgotten(store, monkeypatch, keeps):
    def full(*_: object):
        raise Transient("No space left on device")

    monkeypatch.setattr(FileStore, "put_all", full)
    if not keeps:
        monkeypatch.setattr("poller.sources.sha256_of", full)
    fetched = [small(), large(store), large(store, b"others", uid=3)]
    with pytest.raises(Transient, match="No space left"):
        Sources(store=store, keeps=keeps).keep(fetched)
    assert [one.source.closed for one in fetched[1:]] == [True, True]
    assert spool(store) == []


def test_what_is_forgotten_is_closed_and_removed_however_often_that_is_said(store):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - how many there are
    fetched = large(store)
    forget([fetched, small()])
    forget([fetched, small()])
    assert fetched.source.closed
    assert spool(store) == []
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
