"""What a service manager is told, by a socket of its kind; the service as a process, hung as tests/faults hang it."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from itertools import pairwise
from unittest.mock import patch

import pytest

from poller.notifying import Heart, tell
from tests.faults import process as processes
from tests.faults.ending import made
from tests.faults.process import SOON
from tests.patience import PATIENCE
from tests.servers.manager import listening
from tests.workplace import Workplace, eventually, mail


@pytest.fixture
def manager(monkeypatch):
    with listening() as manager:
        monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
        yield manager


@pytest.fixture
def place(dovecot, tmp_path):
    return made(tmp_path, dovecot)


@pytest.fixture
def start():
    """As often as wanted; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def start(*arguments, **settings):
            started = processes.start(*arguments, **settings)
            stack.callback(started.kill)
            return started

        yield start


@pytest.mark.parametrize("abstract", [False, True], ids=["file", "abstract"])
def test_what_is_told_arrives_as_one_datagram(monkeypatch, abstract):
    with listening(abstract=abstract) as manager:
        monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
        tell("READY=1", "STATUS=last poll 12:00")
        assert manager.next() == ["READY=1", "STATUS=last poll 12:00"]
        assert manager.told[0].pid == os.getpid()


@pytest.mark.parametrize("text", ["a\nREADY=1", "a \r\n\tREADY=1", "a\u2028READY=1"])
def test_what_others_said_is_a_line_of_its_own_and_no_more(manager, text):
    tell(f"STATUS={text}")
    assert manager.next() == ["STATUS=a READY=1"]


def test_what_is_not_utf_8_is_told_all_the_same(manager):
    tell("STATUS=\udcff")
    assert manager.next() == ["STATUS=?"]


@pytest.mark.parametrize(
    "address",
    [None, "", "relative/notify", "vsock:2:1234", "/nowhere/notify", "@nobody-listens", "/" + 200 * "x", "/a\0b"],
)
def test_where_nobody_listens_nothing_happens(monkeypatch, address):
    if address is None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    else:
        monkeypatch.setattr(os, "environ", {"NOTIFY_SOCKET": address})
    tell("READY=1")


BEATS = [
    # WATCHDOG_USEC, WATCHDOG_PID, looks at these seconds, beats, longest pause between two looks
    ("8000000", "own", [0, 1, 2, 3, 4, 5], 3, 1.0),
    ("8000000", None, [0, 1, 2], 2, 1.0),
    ("1000000", "own", [0, 0.125, 0.25, 0.375], 2, 0.125),
    ("8000000", "1", [0, 100], 0, float("inf")),
    ("0", "own", [0, 100], 0, float("inf")),
    ("soon", "own", [0, 100], 0, float("inf")),
    (None, None, [0, 100], 0, float("inf")),
]


@pytest.mark.parametrize(("microseconds", "pid", "looks", "beats", "pause"), BEATS)
def test_a_heart_beats_as_often_as_the_manager_wants(manager, microseconds, pid, looks, beats, pause):
    pid = str(os.getpid()) if pid == "own" else pid
    asked = {"WATCHDOG_USEC": microseconds, "WATCHDOG_PID": pid, "NOTIFY_SOCKET": manager.address}
    with patch.dict(os.environ, {name: value for name, value in asked.items() if value}, clear=True):
        heart = Heart()
        for now in looks:
            heart.beat(now)
    assert heart.look_seconds == pause
    assert manager.pending() == ["WATCHDOG=1"] * beats


def test_a_heart_does_not_wait_for_a_manager_that_does_not_listen(manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "1")
    heart, began = Heart(), time.monotonic()
    for now in range(1000):
        heart.beat(now)
    assert time.monotonic() - began < 30
    assert 0 < len(manager.pending()) < 1000


def test_the_service_is_ready_when_it_is_open_then_tells_of_its_polls_and_of_its_end(place, start, manager):
    place.user.deliver(mail(1))
    started = start(place)
    assert manager.next()[0].startswith("EXTEND_TIMEOUT_USEC=")
    assert "READY=1" in manager.until(lambda lines: "READY=1" in lines)
    manager.until(lambda lines: lines[0].startswith("STATUS=last poll 20"))
    assert started.stop() < 20
    lines = manager.pending()
    assert lines.index("STOPPING=1") >= 0
    assert "WATCHDOG=1" not in lines, "nobody asked"
    assert {one.pid for one in manager.told} == {started.process.pid}


def test_the_service_says_that_it_lives_at_least_twice_in_the_time_it_has(place, start, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "16000000")
    started = start(place)
    times = []
    while len(times) < 3:
        manager.until(lambda lines: "WATCHDOG=1" in lines)
        times.append(time.monotonic())
    assert max(after - before for before, after in pairwise(times)) < 8
    assert started.process.poll() is None


def test_a_service_that_hangs_is_silent_until_it_has_started_anew_as_the_same_process(
    place, start, manager, monkeypatch
):
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    place.user.deliver(mail(1) + b"FAULT sleeps\r\n")
    started = start(place, patience=SOON)
    manager.until(lambda lines: "WATCHDOG=1" in lines)
    eventually(lambda: "cut short" in started.log())
    manager.pending()
    before = len(manager.told)
    manager.until(lambda lines: lines[0].startswith("EXTEND_TIMEOUT_USEC="))
    assert "starting anew" in started.log()
    assert all("WATCHDOG=1" not in one.lines for one in manager.told[before:])
    manager.until(lambda lines: "READY=1" in lines)
    manager.until(lambda lines: "WATCHDOG=1" in lines)
    assert {one.pid for one in manager.told} == {started.process.pid}


def test_a_service_that_stands_still_is_silent_to_its_end(place, start, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    place.user.deliver(mail(1) + b"FAULT holds\r\n")
    started = start(place, patience=SOON | {"poller.watchdog.SILENCE_SECONDS": 60})
    eventually(lambda: "suffers" in started.log())
    manager.pending()
    assert started.process.wait(PATIENCE) == 1
    assert manager.pending() == []


def test_a_service_that_waits_for_its_turn_is_ready_and_lives(place, start, manager, monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "8000000")
    start(place)
    manager.until(lambda lines: "READY=1" in lines)
    second = start(place)
    _, status = manager.until(lambda lines: "READY=1" in lines)
    assert status.endswith("another worker is running; waiting for it to end")
    while manager.told[-1].pid != second.process.pid or manager.told[-1].lines != ["WATCHDOG=1"]:
        manager.next()


def test_a_service_without_its_database_is_ready_and_says_what_it_waits_for(tmp_path, start, manager):
    start(Workplace(folder=tmp_path), DATABASE_URL="postgresql://anna@127.0.0.1:1/nothing")
    _, status = manager.until(lambda lines: "READY=1" in lines)
    assert status.startswith("STATUS=")
    assert status.endswith("; trying again")


def test_with_wrong_settings_it_never_is_ready(tmp_path, start, manager):
    started = start(Workplace(folder=tmp_path), IMAP_PORT="none")
    assert started.process.wait(PATIENCE) == 78
    assert manager.pending() == []


def test_a_service_that_is_to_leave_the_mailbox_alone_is_ready_and_ends_well(tmp_path, start, manager):
    started = start(Workplace(folder=tmp_path), INTEGRATION_ENABLED="false")
    assert started.process.wait(PATIENCE) == 0
    assert "READY=1" in manager.pending()
