from __future__ import annotations

import os
from socket import socketpair
from time import monotonic

import pytest

from poller.child.frames import MAX_FRAME, receive, send


@pytest.fixture
def pair():
    ours, theirs = socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_document_and_its_files_arrive(pair, tmp_path):
    ours, theirs = pair
    (tmp_path / "one").write_bytes(b"octets")
    with (tmp_path / "one").open("rb") as file:
        send(ours, {"task": "ä"}, [file.fileno()])
    send(ours, {"task": 2})
    frame = receive(theirs)
    assert frame.document == {"task": "ä"}
    assert os.read(frame.files[0], 10) == b"octets"
    os.close(frame.files[0])
    assert receive(theirs).document == {"task": 2}


@pytest.mark.parametrize(
    "octets",
    [
        (MAX_FRAME + 1).to_bytes(4, "big"),
        b"\0\0\0\2[]",
        b"\0\0\0\1{",
        b"\0\0\0\1\xff",
        b"\0\0\0\0",
        b"\0\0\xff\0" + b"[" * 0xFF00,
    ],
)
def test_what_is_no_document_is_refused(pair, octets):
    ours, theirs = pair
    ours.sendall(octets)
    with pytest.raises(ValueError, match=r"."):
        receive(theirs)


@pytest.mark.parametrize("octets", [b"", b"\0\0", b"\0\0\0\5{"])
def test_a_connection_that_ends_is_told(pair, octets):
    ours, theirs = pair
    ours.sendall(octets)
    ours.close()
    with pytest.raises(EOFError):
        receive(theirs)


@pytest.mark.parametrize("octets", [b"", b"\0\0", b"\0\0\0\5{"])
def test_waiting_has_an_end(pair, octets):
    ours, theirs = pair
    ours.sendall(octets)
    with pytest.raises(TimeoutError):
        receive(theirs, until=monotonic() + 0.01)
    with pytest.raises(TimeoutError):
        send(theirs, {}, until=monotonic() - 1)
