from __future__ import annotations

import socket
import threading
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


def test_a_step_has_its_time_and_a_later_one_its_own():
    deadline = Deadline()
    with talking() as line:
        deadline.watch(line)
        with deadline.within(60):
            pass
        with deadline.within(0.05):
            assert line.recv(1) == b""
        assert (deadline.step_passed, deadline.passed) == (True, False)
        deadline.release()
    with talking() as line:
        deadline.watch(line)
        with deadline.within(60):
            line.settimeout(0.1)
            with pytest.raises(TimeoutError):
                line.recv(1)
        assert not deadline.step_passed
        deadline.release()


def test_a_step_within_the_time_for_all_may_end_first():
    with talking() as line, Deadline(60) as deadline:
        deadline.watch(line)
        with deadline.within(0.05):
            assert line.recv(1) == b""
        assert (deadline.step_passed, deadline.passed) == (True, False)
        deadline.release()


def test_steps_start_no_threads_of_their_own():
    deadline = Deadline()
    with deadline.within(60):
        before = threading.active_count()
        with deadline.within(60), Deadline(60):
            assert threading.active_count() == before
