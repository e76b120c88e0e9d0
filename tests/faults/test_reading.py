"""The service as a process whose mail is read by processes of their own, one of which hangs, or ends."""

from __future__ import annotations

import contextlib
import os
import select
import signal

import pytest

from tests.faults import process as processes
from tests.faults.ending import made
from tests.faults.process import STOPPED_SOON
from tests.readers.inspecting import children
from tests.workplace import PATIENCE, eventually, mail

ENDS = 3 + 5  # seconds: STOPPED_SOON, and what a busy machine takes besides
FAULTS = ("sleeps", "computes", "holds")


@pytest.fixture
def place(dovecot, tmp_path):
    return made(tmp_path, dovecot)


@pytest.fixture
def start(place):
    """As often as wanted; whatever still runs at the end is killed."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, **settings):
            started = processes.start(place, *arguments, readers=True, **{"WORKERS": "2", **settings})
            stack.callback(started.kill)
            return started

        yield start


def deliver(place, fault, number=2, count=4):
    """One message of them makes its reader suffer."""
    for one in range(1, count + 1):
        faulty = f"FAULT {fault}\r\nWITNESS {place.folder}/witness\r\n" if one == number else ""
        place.user.deliver(mail(one) + faulty.encode())


@contextlib.contextmanager
def reader_of(place):
    """What tells of the end of the reader that suffers."""
    witness = place.folder / "witness"
    eventually(lambda: witness.exists() and witness.read_text() != "")
    number = os.pidfd_open(int(witness.read_text()))
    try:
        yield number
    finally:
        os.close(number)


def ended(number):
    return bool(select.select([number], [], [], PATIENCE)[0])


def outcomes(place):
    return {one["subject"]: (one["outcome"], one["reason"]) for one in place.listing("messages")}


ALL = {f"Message {number}": ("filed", None) for number in (1, 3, 4)}
QUARANTINED = ALL | {None: ("quarantined", "poison")}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("command", "status"), [("run", 0), ("once", 75)])
def test_f59_a_stop_while_a_reader_hangs_ends_all_of_them(place, start, fault, command, status):
    deliver(place, fault)
    started = start(command)
    with reader_of(place) as reader:
        assert started.stop() < ENDS
        assert started.process.returncode == status, started.log()
        assert ended(reader)


def test_f59_a_stop_while_a_reader_hangs_is_not_held_against_a_message(place, start):
    deliver(place, "sleeps")
    for _ in range(4):
        started = start()
        with reader_of(place):
            (place.folder / "witness").unlink()
            started.stop()
    assert outcomes(place) == {}
    started = start(patience=STOPPED_SOON | {"poller.readers.readers.LOOK_SECONDS": 3})
    eventually(lambda: place.user.count(".Filed") == 3)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_a_reader_that_hangs_outlives_no_worker_that_was_killed(place, start, number):
    deliver(place, "computes")
    started = start()
    with reader_of(place) as reader:
        started.process.send_signal(number)
        assert ended(reader)


def test_f60_a_message_that_ends_its_readers_is_quarantined_and_the_worker_lives(place, start):
    deliver(place, "is_killed")
    started = start(POLL_INTERVAL="1s")
    eventually(lambda: place.user.count(".Quarantine") == 1)
    assert outcomes(place) == QUARANTINED
    assert started.log().count("ended the process that read it") == 3
    assert started.stop() < ENDS
    assert started.process.returncode == 0


@pytest.mark.parametrize("fault", ["sleeps", "holds"])
def test_f61_a_message_at_which_readers_hang_is_quarantined_and_the_worker_lives(place, start, fault):
    deliver(place, fault)
    patience = STOPPED_SOON | {"poller.readers.readers.LOOK_SECONDS": 3}
    started = start(patience=patience, POLL_INTERVAL="1s")
    eventually(lambda: place.user.count(".Quarantine") == 1)
    assert outcomes(place) == QUARANTINED
    assert "starting anew" not in started.log()
    assert started.stop() < ENDS


def test_between_polls_there_are_no_readers(place, start):
    deliver(place, "nothing at all")
    started = start(POLL_INTERVAL="1h")
    eventually(lambda: place.user.count(".Filed") == 4)
    eventually(lambda: children(started.process.pid) == [])
