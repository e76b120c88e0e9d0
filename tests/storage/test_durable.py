"""Files that the disk has before they get their names; what becomes of them by name is shown in test_files."""

import errno
import os
import stat
from pathlib import Path

import pytest

from poller.storage import durable
from poller.storage.durable import Writer


@pytest.fixture
def writer(tmp_path):
    return Writer(tmp_path)


def broken():
    yield b"half"
    raise OSError(errno.ENOSPC, "No space left on device")


def test_octets_are_written_for_their_owner_only_and_get_their_name(writer, tmp_path):
    written = writer.write([b"pl", b"an"])
    written.name(tmp_path / "plan")
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]
    assert (tmp_path / "plan").read_bytes() == b"plan"
    assert stat.S_IMODE((tmp_path / "plan").stat().st_mode) == 0o600


def test_a_file_of_somebody_else_s_is_moved_or_left_to_him(writer, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(b"plan")
    writer.take(tmp_path / "first").name(tmp_path / "plan")
    writer.take(tmp_path / "second").give_up()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan", "second"]


def test_one_that_is_given_up_is_gone(writer, tmp_path):
    writer.write([b"plan"]).give_up()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_written_leaves_nothing(writer, tmp_path):
    with pytest.raises(OSError, match="No space left"):
        writer.write(broken())
    assert list(tmp_path.iterdir()) == []


def test_what_the_disk_did_not_take_gets_no_name(writer, tmp_path, monkeypatch):
    def failing(_handle):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(durable.os, "fsync", failing)
    written = writer.write([b"plan"])
    with pytest.raises(OSError, match="Input/output"):
        written.name(tmp_path / "plan")
    written.give_up()
    assert list(tmp_path.iterdir()) == []


def test_a_system_that_takes_less_than_it_is_given_is_given_the_rest(writer, tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(durable.os, "write", lambda handle, octets: write(handle, bytes(octets)[:3]))
    writer.write([b"a whole plan"]).name(tmp_path / "plan")
    assert (tmp_path / "plan").read_bytes() == b"a whole plan"


def test_no_descriptor_stays_open(writer, tmp_path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for number in range(20):
        writer.write([b"plan"]).name(tmp_path / str(number))
        writer.sync_folders([tmp_path, tmp_path])
    assert len(list(Path("/proc/self/fd").iterdir())) == before
