from __future__ import annotations

import os
import resource
from contextlib import contextmanager, suppress
from mmap import ACCESS_READ, mmap
from socket import AF_UNIX, SOCK_SEQPACKET, send_fds, socketpair

import pytest

from poller.readers import frames
from poller.readers.frames import (
    MAPPED,
    Asked,
    Failed,
    in_memory,
    receive_asked,
    receive_value,
    send_unread,
    send_value,
)
from tests.readers.inspecting import opened
from tests.readers.making import unread


@pytest.fixture
def pair():
    ours, theirs = socketpair(AF_UNIX, SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture(autouse=True)
def _nothing_is_left_open():
    before = len(opened())
    yield
    assert len(opened()) == before


@pytest.mark.parametrize("value", [None, "ready", [1, "two"], "x" * 3_000_000, Failed(why="no", later=True)])
def test_a_value_of_any_size_comes_as_it_was_sent(pair, value):
    ours, theirs = pair
    send_value(theirs, value)
    assert receive_value(ours) == value


def test_values_come_in_their_order(pair):
    ours, theirs = pair
    for number in range(20):
        send_value(theirs, number)
    assert [receive_value(ours) for _ in range(20)] == list(range(20))


@pytest.mark.parametrize("length", [0, 10, MAPPED, MAPPED + 1])
@pytest.mark.parametrize("where", ["in memory", "in a file", "mapped"])
def test_a_message_comes_with_its_octets_wherever_they_are(pair, tmp_path, where, length):
    ours, theirs = pair
    octets = os.urandom(length)
    (path := tmp_path / "source").write_bytes(octets)
    source = octets
    if where == "mapped" and length:
        with path.open("rb") as file:
            source = mmap(file.fileno(), 0, access=ACCESS_READ)
    message = unread(source, size=5_000_000_000, oversized=True)
    send_unread(ours, message, path if where == "in a file" else None)
    asked = receive_asked(theirs)
    path.unlink()  # whoever has a file open reads it to its end
    with asked.unread() as came:
        assert (bytes(came.source), came.size, came.oversized) == (octets, 5_000_000_000, True)
        assert isinstance(came.source, mmap) == (length > MAPPED)
        mapped = came.source
    assert not isinstance(mapped, mmap) or mapped.closed
    if isinstance(source, mmap):
        source.close()


def test_a_source_that_somebody_looks_at_still_is_closed_with_the_last_of_them(pair, tmp_path):
    ours, theirs = pair
    send_unread(ours, unread(b"x" * (MAPPED + 1)), None)
    with receive_asked(theirs).unread() as came:
        looked = memoryview(came.source)
    assert looked[0] == ord("x")
    looked.release()
    came.source.close()


def test_a_source_that_cannot_be_read_says_so_and_is_closed(tmp_path):
    number = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(IsADirectoryError), Asked(number=number, size=1, oversized=False).unread():
        pass


def test_a_file_that_is_gone_is_told(pair, tmp_path):
    with pytest.raises(FileNotFoundError):
        send_unread(pair[0], unread(b"x"), tmp_path / "gone")


def test_the_end_of_the_other_side_is_told(pair):
    ours, theirs = pair
    theirs.close()
    with pytest.raises(EOFError):
        receive_value(ours)
    with pytest.raises(EOFError):
        receive_asked(ours)
    with pytest.raises(BrokenPipeError):
        send_value(ours, "anybody there")
    with pytest.raises(BrokenPipeError):
        send_unread(ours, unread(b"x"), None)


def test_the_end_of_the_other_side_comes_after_all_that_it_said_whatever_it_did_not_read(pair):
    ours, theirs = pair
    send_value(theirs, "first")
    send_value(theirs, "last")
    send_unread(ours, unread(b"x"), None)
    theirs.close()
    assert [receive_value(ours), receive_value(ours)] == ["first", "last"]
    with pytest.raises(EOFError):
        receive_value(ours)


def test_patience_ends(pair):
    pair[0].settimeout(0.01)
    with pytest.raises(TimeoutError):
        receive_value(pair[0])


def test_what_cannot_be_pickled_is_told_and_nothing_sent(pair):
    ours, theirs = pair
    with pytest.raises(Exception, match="pickle"):
        send_value(theirs, lambda: None)
    send_value(theirs, "next")
    assert receive_value(ours) == "next"


def test_what_has_no_room_in_memory_is_told(monkeypatch):
    made = os.memfd_create

    def read_only(name):
        number = made(name)
        os.close(number)
        return os.open("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(frames.os, "memfd_create", read_only)
    with pytest.raises(OSError, match="No space left"):
        in_memory("x" * 100_000)
    with pytest.raises(OSError, match="No space left"):
        frames._copied(b"x" * 100_000)


@contextmanager
def no_number_left():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, opened())) + 2, hard))
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in taken:
            os.close(number)


def test_without_a_number_for_its_file_a_packet_is_told_and_the_next_one_comes(pair):
    ours, theirs = pair
    send_value(theirs, "first")
    send_fds(ours, [b"whatever"], [0])
    with no_number_left():
        assert receive_value(ours) == Failed(why="Too many open files", later=True)
        with pytest.raises(OSError, match="Too many open files"):
            receive_asked(theirs)
    send_value(theirs, "next")
    assert receive_value(ours) == "next"
