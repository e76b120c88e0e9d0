from __future__ import annotations

import socket
from contextlib import contextmanager

import pytest

from poller.deadline import Deadline


@contextmanager
def talking():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        yield ours


@pytest.fixture
def line():
    with talking() as ours:
        yield ours


def test_whoever_waits_is_woken_when_the_time_is_up(line):
    with Deadline(0.05) as deadline:
        deadline.watch(line)
        assert line.recv(1) == b""
        assert deadline.passed
        deadline.release()


def test_a_connection_that_is_opened_too_late_ends_at_once(line):
    deadline = Deadline()
    deadline.expire()
    deadline.watch(line)
    assert line.recv(1) == b""
    deadline.release()


def test_it_may_be_armed_again(line):
    with Deadline() as deadline:
        deadline.expire()
        deadline.arm(60)
        deadline.watch(line)
        assert not deadline.passed
        line.settimeout(0)
        with pytest.raises(BlockingIOError):
            line.recv(1)
        deadline.release()


def test_what_was_released_is_not_touched_any_more(line):
    deadline = Deadline()
    deadline.watch(line)
    deadline.release()
    deadline.expire()
    line.settimeout(0)
    with pytest.raises(BlockingIOError):
        line.recv(1)
