"""The worker's end, and a reader's end in the same process."""

from __future__ import annotations

import errno
import os

import pytest

from poller.readers import line as place
from poller.readers.frames import receive_asked, send_value
from poller.readers.line import Line
from poller.readers.look import Look
from tests.readers.making import unread


@pytest.fixture
def ends(monkeypatch):
    monkeypatch.setattr(place, "_BUFFER", 1)  # as little as the system grants
    line, theirs = Line.pair()
    with line.connection, theirs:
        yield line, theirs


def look(number=0, path=None):
    return Look(f"message {number}", unread(b"%d" % number), path, lambda _: None)


def next_of(theirs):
    with receive_asked(theirs).unread() as came:
        return came.source


def test_what_does_not_fit_waits_and_follows_in_order(ends):
    line, theirs = ends
    looks = [look(number) for number in range(100)]
    for one in looks:
        line.ask(one)
    fitting = len(line.asked)
    assert 0 < fitting < 100
    assert list(line.looks) == looks
    for number in range(100):
        assert next_of(theirs) == b"%d" % number
        assert line.asked.popleft() is looks[number]
        line.push()
    assert line.looks == ()


def test_its_load_is_that_of_all_its_looks(ends):
    line, _ = ends
    looks = [look(number) for number in range(50)]
    for one in looks:
        line.ask(one)
    assert line.load == sum(one.load for one in looks)


def test_what_its_reader_says_comes_and_then_its_end(ends):
    line, theirs = ends
    assert not line.has_news
    line.ask(look())
    send_value(theirs, "said")
    theirs.close()
    assert line.has_news
    assert line.receive(1) == "said"
    assert line.has_news
    with pytest.raises(EOFError):
        line.receive(1)


def test_patience_ends(ends):
    with pytest.raises(TimeoutError):
        ends[0].receive(0.01)


def test_after_its_reader_ended_everything_waits(ends):
    line, theirs = ends
    line.ask(look(1))
    theirs.close()
    line.ask(look(2))
    line.ask(look(3))
    assert [one.name for one in line.asked] == ["message 1"]
    assert [one.name for one in line.unasked] == ["message 2", "message 3"]


def test_what_cannot_be_asked_for_is_tried_again_with_each_answer_and_in_the_end_nobody_has_it(ends, tmp_path):
    line, _ = ends
    gone = look(2, tmp_path / "gone")
    line.ask(look(1))
    line.ask(gone)
    line.ask(look(3))
    assert [one.name for one in line.unasked] == ["message 2", "message 3"]
    line.asked.popleft()
    line.push()
    assert [one.name for one in line.looks] == ["message 3"]


def test_a_pair_that_cannot_be_made_is_told(monkeypatch):
    def no_numbers(*_: object):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(place, "socketpair", no_numbers)
    with pytest.raises(OSError, match="Too many open files"):
        Line.pair()
