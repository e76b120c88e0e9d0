"""The service as a process: two of them, signals, deaths, hangs, clocks, broken settings, a log that is gone."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from tests.faults import process as processes
from tests.faults.ending import assert_all_filed, made
from tests.faults.process import HUNG_SOON, ROOT, SOON, STOPPED_SOON
from tests.patience import PATIENCE
from tests.servers.dovecot import Kind
from tests.servers.proxy import ALWAYS, Action, Cut, Proxy
from tests.servers.smtp import STALL, ScriptedSmtp
from tests.workplace import Workplace, eventually, mail


@pytest.fixture
def place(dovecot, tmp_path):
    return made(tmp_path, dovecot)


@pytest.fixture
def start():
    """As often as wanted; whatever still runs at the end is killed."""
    with contextlib.ExitStack() as stack:

        def start(*arguments, **settings):
            started = processes.start(*arguments, **settings)
            stack.callback(started.kill)
            return started

        yield start


def faulty(number, fault):
    """A message of that number at which the reader suffers."""
    return mail(number) + f"FAULT {fault}\r\n".encode()


def outcomes(place):
    return {one["subject"]: (one["outcome"], one["reason"]) for one in place.listing("messages")}


def test_f58_a_second_worker_waits_and_takes_over_and_once_says_later(place, start):
    first = start(place, POLL_INTERVAL="1h")
    eventually(lambda: "watching" in first.log())
    once = start(place, "once")
    assert once.process.wait(PATIENCE) == 75
    second = start(place, POLL_INTERVAL="1h")
    eventually(lambda: "another worker" in second.log())
    place.user.deliver(mail(1))
    eventually(lambda: place.user.count(".Filed") == 1)
    first.kill()
    place.user.deliver(mail(2))
    eventually(lambda: place.user.count(".Filed") == 2)
    assert "watching" in second.log()
    assert second.stop() < 20
    assert_all_filed(place, [1, 2])


# Where the stop comes, and then all is gone within the time that it has, and the next run finds all in order.

ENDS = 3 + 5  # seconds: STOPPED_SOON, and what a busy machine takes besides


def assert_ends(place, start, started, status=0):
    assert started.stop() < ENDS
    assert started.process.returncode == status, started.log()
    assert "Traceback" not in started.log()
    again = start(place, "once")
    assert again.process.wait(PATIENCE) == 0, again.log()


@pytest.mark.parametrize("said", [b"AUTHENTICATE|LOGIN", b"SELECT", b"SEARCH", b"FETCH .*BODY", b"MOVE"])
@pytest.mark.parametrize(("command", "status"), [("run", 0), ("once", 75)])
def test_f59_a_stop_while_the_imap_server_says_nothing(place, start, said, command, status):
    place.user.deliver(mail(1))
    with Proxy(target=place.dovecot.port) as proxy:
        proxy.set(Cut(action=Action.STALL, said=said, times=ALWAYS))
        started = start(place, command, IMAP_PORT=str(proxy.port))
        eventually(lambda: any(proxy._counts.values()))
        assert_ends(place, start, started, status)
    assert_all_filed(place, [1])


@contextlib.contextmanager
def black_hole():
    """A port that takes no further connection, and refuses none."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield str(listener.getsockname()[1])


@contextlib.contextmanager
def silence():
    """A port at which somebody listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


def is_connecting(pid, port):
    """Whether the process has a connection to the port, or tries to (Linux: proc(5))."""
    wanted = f"{int(port):04X}"
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    own = _open_files(pid)
    return any(f[2].endswith(":" + wanted) and f"socket:[{f[9]}]" in own for f in map(str.split, lines))


@pytest.mark.parametrize("server", [black_hole, silence])
def test_f59_a_stop_while_connecting(place, start, server):
    place.user.deliver(mail(1))
    with server() as port:
        started = start(place, IMAP_PORT=port)
        eventually(lambda: _quietly(partial(is_connecting, started.process.pid, port)))
        assert_ends(place, start, started)
    assert_all_filed(place, [1])


def _quietly(ask):
    with contextlib.suppress(OSError):
        return ask()
    return False


def test_f59_a_stop_while_the_dns_does_not_answer(place, start):
    place.user.deliver(mail(1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dns:
        dns.bind(("127.0.0.1", 0))
        keys = {"DNS_SERVERS": f"127.0.0.1:{dns.getsockname()[1]}", "DNS_TIMEOUT": "60s", "AUTH_POLICY": "aligned"}
        started = start(place, **keys)
        dns.settimeout(60)
        dns.recv(65_536)
        assert_ends(place, start, started)
    assert_all_filed(place, [1])


def test_f59_a_stop_while_the_database_is_locked(place, start):
    database = place.folder / "mailfiler.db"
    with (
        Proxy(target=place.dovecot.port) as proxy,
        contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other,
    ):
        started = start(place, POLL_INTERVAL="1h", IMAP_PORT=str(proxy.port))
        eventually(lambda: any(b" IDLE" in said for said in proxy.said))
        other.execute("BEGIN IMMEDIATE")
        asked = sum(said.count(b"STATUS") for said in proxy.said)
        place.user.deliver(mail(1))
        # The next poll begins with the mailbox, and then needs the database.
        eventually(lambda: sum(said.count(b"STATUS") for said in proxy.said) > asked)
        assert started.stop() < ENDS
        assert started.process.returncode == 0
    assert start(place, "once").process.wait(PATIENCE) == 0
    assert_all_filed(place, [1])


def test_f59_a_stop_while_the_start_waits_for_the_database(place, start):
    with contextlib.closing(sqlite3.connect(place.folder / "mailfiler.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = start(place, "once")
        eventually(lambda: _quietly(lambda: "mailfiler.db" in _open_files(started.process.pid)))
        assert started.stop() < ENDS
    assert started.process.returncode == 75
    assert "ended by force" in started.log()


def _open_files(pid):
    return " ".join(str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir())


@pytest.mark.parametrize("fault", ["computes", "sleeps"])
@pytest.mark.parametrize(("command", "status"), [("run", 0), ("once", 75)])
def test_f59_a_stop_while_a_message_is_read(place, start, fault, command, status):
    place.user.deliver(faulty(1, fault))
    started = start(place, command)
    eventually(lambda: "suffers" in started.log())
    assert started.stop() < ENDS
    assert started.process.returncode == status, started.log()
    assert "ended by force" in started.log()


def test_f59_a_stop_while_the_submission_server_says_nothing(place, start):
    with ScriptedSmtp(answers={"DATA": STALL}) as smtp:
        started = start(place, ADMIN_ADDRESS="admin@acme.fi", **smtp.keys())
        eventually(lambda: "DATA" in smtp.commands())
        assert_ends(place, start, started)


@pytest.mark.parametrize("settings", [{"POLL_INTERVAL": "1h"}, {"IMAP_PORT": "1"}], ids=["idle", "back-off"])
def test_f59_a_stop_while_nothing_is_to_be_done(place, start, settings):
    started = start(place, **settings)
    eventually(lambda: "watching" in started.log() and ("IMAP_PORT" not in settings or "trying again" in started.log()))
    assert_ends(place, start, started)


def test_f59_a_stop_while_another_worker_has_the_mailbox(place, start):
    first = start(place, POLL_INTERVAL="1h")
    eventually(lambda: "watching" in first.log())
    second = start(place)
    eventually(lambda: "another worker" in second.log())
    assert second.stop() < ENDS
    assert second.process.returncode == 0


def test_f59_a_stop_while_the_watchdog_acts(place, start):
    place.user.deliver(faulty(1, "sleeps"))
    started = start(place, patience=SOON | {"poller.watchdog.ABORT_SECONDS": 3600})
    eventually(lambda: "cut short" in started.log())
    assert started.stop() < ENDS
    assert started.process.returncode == 0


def test_f59_a_stop_with_the_real_patience_is_a_matter_of_twenty_seconds(place, start):
    place.user.deliver(faulty(1, "computes"))
    started = start(place, patience={})
    eventually(lambda: "suffers" in started.log())
    assert 10 < started.stop() < 20
    assert started.process.returncode == 0


def test_f60_a_message_at_which_the_worker_is_killed_is_quarantined_at_its_fourth_begin(place, start):
    place.user.deliver(faulty(1, "is_killed"))
    place.user.deliver(mail(2))
    statuses = [start(place, "once").process.wait(PATIENCE) for _ in range(4)]
    assert statuses == [-signal.SIGKILL] * 3 + [0]
    assert sorted(outcomes(place).values(), key=str) == [("filed", None), ("quarantined", "poison")]


@pytest.mark.parametrize(("command", "fault"), [("run", "sleeps"), ("once", "computes")])
def test_f61_a_worker_that_hangs_starts_anew_until_the_message_is_quarantined(place, start, fault, command):
    place.user.deliver(faulty(1, fault))
    place.user.deliver(mail(2))
    started = start(place, command, patience=SOON, POLL_INTERVAL="1s")
    eventually(lambda: place.user.count(".Filed") == 1 and place.user.count(".Quarantine") == 1)
    assert started.log().count("starting anew") == 3
    if command == "run":  # as the same process, and it still listens
        assert started.stop() < ENDS
    assert started.process.wait(PATIENCE) == 0
    assert {outcome for outcome, _ in outcomes(place).values()} == {"filed", "quarantined"}
    assert "in read_or_suffer" in started.log()  # where it hung


def test_f61_a_worker_that_stands_still_ends_and_says_where(place, start):
    place.user.deliver(faulty(1, "holds"))
    place.user.deliver(mail(2))
    patience = SOON | {"poller.watchdog.SILENCE_SECONDS": 60}
    for _ in range(3):
        started = start(place, patience=patience)
        assert started.process.wait(PATIENCE) == 1
        assert "Timeout" in started.log()
        assert "in holds" in started.log()
    assert start(place, "once", patience=patience).process.wait(PATIENCE) == 0
    assert (place.user.count(".Filed"), place.user.count(".Quarantine")) == (1, 1)


@pytest.fixture
def place_without_idle(dovecot_of, tmp_path):
    return made(tmp_path, dovecot_of(Kind(without=("IDLE",))))


@pytest.mark.parametrize(
    "seconds",
    [-3600, 86_400, 2**31 - time.time() - 3, 30 * 365 * 86_400],
    ids=["an hour back", "a day on", "into 2038", "thirty years on"],
)
def test_f62_a_clock_that_is_set_stops_no_polls(place_without_idle, start, tmp_path, seconds):
    place, clock = place_without_idle, tmp_path / "clock"
    clock.write_text("0")
    place.user.deliver(mail(1))
    started = start(place, clock=clock, POLL_INTERVAL="1s")
    eventually(lambda: place.user.count(".Filed") == 1)
    new = tmp_path / "new"
    new.write_text(str(seconds))
    new.replace(clock)
    began = time.monotonic()
    for number in (2, 3):
        place.user.deliver(mail(number))
        eventually(lambda number=number: place.user.count(".Filed") == number)
    assert time.monotonic() - began < 30
    assert started.stop() < ENDS
    assert "Traceback" not in started.log()
    assert_all_filed(place, [1, 2, 3])


@pytest.mark.parametrize("moment", ["2026-03-29T00:59:58+00:00", "2026-10-25T00:59:58+00:00"])
def test_f62_summer_time_begins_and_ends_between_two_polls(place_without_idle, start, tmp_path, moment, monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Helsinki")
    clock = tmp_path / "clock"
    clock.write_text(str(datetime.fromisoformat(moment).timestamp() - time.time()))
    place = place_without_idle
    started = start(place, clock=clock, POLL_INTERVAL="1s")
    for number in (1, 2, 3):
        place.user.deliver(mail(number))
        eventually(lambda number=number: place.user.count(".Filed") == number)
    assert started.stop() < ENDS
    assert "Traceback" not in started.log()


SECRET = "hunter2-Pa55"


@pytest.mark.parametrize("command", ["run", "once", "check"])
@pytest.mark.parametrize(
    "settings",
    [
        {"POLL_INTERVAL": "soon"},
        {"IMAP_PORT": "none"},
        {"IMAP_PASSWORD": f'"{SECRET}'},
        {"IMAP_PASSWROD": SECRET},
        {"DATABASE_URL": f"mysql://anna:{SECRET}@localhost/x"},
        {"SMTP_PASSWORD_FILE": "/nowhere"},
        {"FILING_ADDRESS": ""},
        {"AUTH_POLICY": "\x00"},
    ],
    ids="-".join,
)
def test_f63_broken_settings_end_it_with_78_and_without_secrets_or_a_traceback(tmp_path, settings, command):
    path = Workplace(folder=tmp_path).write_settings(**{"IMAP_PASSWORD": SECRET} | settings)
    ended = subprocess.run(
        [sys.executable, "-m", "poller", "--settings", str(path), command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert ended.returncode == 78, ended.stderr
    assert SECRET not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("mailfiler: ")


@pytest.mark.parametrize("form", ["text", "json"])
def test_f64_a_log_that_nobody_reads_any_more_stops_nothing(place, start, form):
    reading, writing = os.pipe()
    started = start(place, log=writing, LOG_FORMAT=form, LOG_LEVEL="debug")
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)
    for number in (1, 2):
        place.user.deliver(mail(number))
        eventually(lambda number=number: place.user.count(".Filed") == number)
    assert started.stop() < ENDS
    assert started.process.returncode == 0
    assert_all_filed(place, [1, 2])


def test_f64_a_log_that_takes_nothing_any_more_does_not_hold_up_the_end(place, start):
    reading, writing = os.pipe()
    started = start(place, log=writing)
    said = b""
    while b"watching" not in said:
        said += os.read(reading, 4096)
    filling = os.open(f"/proc/self/fd/{writing}", os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(filling, b"x")
    place.user.deliver(mail(1))
    eventually(lambda: place.listing("activities"))  # and now it tells of it
    assert started.stop() < ENDS
    assert started.process.returncode == 0
    for end in (reading, writing, filling):
        os.close(end)


def test_the_service_ends_what_hung_and_had_a_step_to_take(place, start):
    place.user.deliver(mail(1))
    with Proxy(target=place.dovecot.port) as proxy:
        proxy.set(Cut(action=Action.STALL, said=b"FETCH .*BODY"))
        started = start(place, patience=STOPPED_SOON | HUNG_SOON, IMAP_PORT=str(proxy.port), POLL_INTERVAL="1s")
        eventually(lambda: "cut short" in started.log())
        assert "starting anew" not in started.log()
        assert started.stop() < ENDS
