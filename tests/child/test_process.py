"""A real child; what the worker does when it fails. A process has ended when its descriptor can be read."""

from __future__ import annotations

import errno
import os
import resource
import select
import signal
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from poller.child import frames, process
from poller.child.limits import MEMORY
from poller.child.process import Child, Scratch
from tests.child.winmail import HEAD, attached, attribute, embedded
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
GOOD = HEAD + attached(b"a.txt", b"octets")
NEVER_ENDS = HEAD + attribute(0x9003, struct.pack("<IHHI", 1, 0x1002, 0x3001, 0xFFFFFFFF), level=1)


def contents(answer):
    (file,) = answer.document["files"]
    return b"".join(answer.output.chunks(*file["place"]))


def ended(pid_file, seconds=PATIENCE):
    return bool(select.select([pid_file], [], [], seconds)[0])


def test_it_is_started_by_the_first_request_and_kept():
    with Child() as child:
        assert child.pid is None
        assert contents(child.ask("tnef", [GOOD[:20], GOOD[20:]])) == b"octets"
        first = child.pid
        assert contents(child.ask("tnef", [GOOD])) == b"octets"
        assert child.pid == first
        watched = os.pidfd_open(first)
    assert child.pid is None
    assert ended(watched)
    os.close(watched)


def test_what_the_library_refuses_is_told_and_costs_no_process(child):
    child.ask("tnef", [GOOD])
    before = child.pid
    assert child.ask("tnef", [b"junk"]) == "ValueError: it is not TNEF"
    assert "KeyError" in child.ask("none such", [b""])
    assert child.pid == before


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ([NEVER_ENDS], "it takes more than 1 s of CPU time"),
        ([b"x" * (1 << 20)] * 400, "it takes too much memory"),
    ],
    ids=["time", "memory"],
)
def test_what_takes_too_much_is_ended_and_the_next_request_is_answered(child, octets, why):
    child.ask("tnef", [GOOD])
    before = child.pid
    assert child.ask("tnef", octets) == why
    assert contents(child.ask("tnef", [GOOD])) == b"octets"
    assert child.pid != before


def test_one_that_does_not_answer_is_killed():
    with Child() as child:
        child.ask("tnef", [GOOD])
        child._answer_seconds = 0.2
        os.kill(child.pid, signal.SIGSTOP)
        assert child.ask("tnef", [GOOD]) == "it takes more than 0.2 s"
        assert child.pid is None


def test_one_that_died_meanwhile_is_replaced_before_the_next_request(child):
    child.ask("tnef", [GOOD])
    watched = os.pidfd_open(child.pid)
    os.kill(child.pid, signal.SIGKILL)
    assert ended(watched)
    os.close(watched)
    assert contents(child.ask("tnef", [GOOD])) == b"octets"


def test_one_that_dies_at_a_request_says_how(child):
    def deadly():
        os.kill(child.pid, signal.SIGSEGV)
        yield GOOD

    child.ask("tnef", [GOOD])
    assert child.ask("tnef", deadly()) == f"the process that reads it ended ({-signal.SIGSEGV})"
    assert contents(child.ask("tnef", [GOOD])) == b"octets"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_whole_group_do_not_end_it(child, number):
    child.ask("tnef", [GOOD])
    before = child.pid
    os.kill(before, number)
    assert contents(child.ask("tnef", [GOOD])) == b"octets"
    assert child.pid == before
    assert os.getpgid(before) != os.getpgid(0)


def test_threads_take_turns(child):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: child.ask("tnef", [HEAD + attached(b"a", b"%d" % n)]), range(1, 33)))
    assert [contents(answer) for answer in answers] == [b"%d" % n for n in range(1, 33)]


def test_what_a_request_took_is_given_back(child):
    def resident():
        status = Path(f"/proc/{child.pid}/statm").read_text().split()
        return int(status[1]) * resource.getpagesize()

    nested = HEAD + embedded(HEAD + embedded(HEAD + attached(b"a.bin", bytes(2 << 20))))
    child.ask("tnef", [GOOD])
    before = resident()
    for _ in range(3):
        assert child.ask("tnef", [nested]).document["files"]
    child.ask("tnef", [GOOD])
    assert resident() < before + (4 << 20)


def test_an_answer_outlives_the_child():
    with Child() as child:
        answer = child.ask("tnef", [GOOD])
    assert contents(answer) == b"octets"
    assert contents(answer) == b"octets"


def test_descriptors_are_given_back(child):
    child.ask("tnef", [GOOD])
    before = len(list(Path("/proc/self/fd").iterdir()))
    for octets in (GOOD, b"junk", NEVER_ENDS, GOOD):
        child.ask("tnef", [octets])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_its_limits_and_its_environment(child, monkeypatch):
    monkeypatch.setenv("IMAP_PASSWORD", "a secret")
    child.close()
    child.ask("tnef", [GOOD])
    assert resource.prlimit(child.pid, resource.RLIMIT_AS) == (MEMORY, MEMORY)
    assert resource.prlimit(child.pid, resource.RLIMIT_CORE) == (0, 0)
    assert b"secret" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    assert len(list(Path(f"/proc/{child.pid}/fd").iterdir())) == 3


def test_one_that_cannot_be_started_is_told(monkeypatch):
    monkeypatch.setattr(process.sys, "executable", "/nonexistent")
    with Child() as child:
        assert child.ask("tnef", [GOOD]) == "the process that reads it could not be started (FileNotFoundError)"


def test_one_that_ends_at_its_start_is_told(monkeypatch):
    monkeypatch.setattr(process.sys, "path", [])
    with Child() as child:
        assert child.ask("tnef", [GOOD]) == "the process that reads it could not be started (EOFError)"


def test_one_that_cannot_be_started_is_left_alone_for_a_time_and_costs_no_message_anything(monkeypatch, caplog):
    tries, now = [], [1_000.0]
    popen = subprocess.Popen

    def failing(*arguments, **options):
        tries.append(now[0])
        if len(tries) < 12:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        return popen(*arguments, **options)

    monkeypatch.setattr(process, "Popen", failing)
    for module in (process, frames):
        monkeypatch.setattr(module, "monotonic", lambda: now[0])
    with Child() as child:
        while isinstance(why := child.ask("tnef", [GOOD]), str):
            assert why == "the process that reads it could not be started (OSError)"
            now[0] += 1
        assert contents(why) == b"octets"
        assert contents(child.ask("tnef", [GOOD])) == b"octets"
    rests = [after - before for before, after in pairwise(tries)]
    assert rests == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert len(caplog.messages) == 11
    assert caplog.messages[0] == (
        "Containers and calendars stay as they are: the process that reads it could not be started (OSError); "
        "trying again in 2 s"
    )


MISBEHAVING = """
import os; from socket import socket
connection = socket(fileno=0)
def say(octets): connection.sendall(len(octets).to_bytes(4, "big") + octets)
say(b'{"ready": true}'); connection.recv(1000)
"""


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("os.kill(os.getpid(), 9)", "the process that reads it ended (-9)"),
        ("say(bytes([255]))", "the process that reads it gave no answer"),
        ("say(b'[1]')", "the process that reads it gave no answer"),
        ("say(b'[' * 500_000)", "the process that reads it gave no answer"),
        ("say(b'{' + bytes(1 << 20))", "the process that reads it gave no answer"),
        ("connection.sendall(bytes([255]) * 4)", "the process that reads it gave no answer"),
        ("say(b'{\"error\": \"' + b'x' * 500_000 + b'\"}')", "x" * 300),
        ("connection.sendall(bytes([0, 0, 0, 9, 123])); connection.close(); import time; time.sleep(60)", "ended"),
        ("import time\nwhile True: connection.sendall(bytes([0])), time.sleep(0.01)", "gave no answer"),
        (
            "import time\nconnection.sendall(b'\\0\\0zz')\nwhile True: connection.sendall(b' '), time.sleep(0.01)",
            "more than",
        ),
    ],
    ids=["killed", "garbage", "list", "deep", "huge", "endless", "talkative", "half", "nothing", "slow"],
)
def test_one_that_misbehaves_is_ended_and_the_next_request_is_answered(monkeypatch, code, why):
    with Child(answer_seconds=PATIENCE) as child:
        with monkeypatch.context() as patched:
            if why == "more than":
                patched.setattr(child, "_answer_seconds", 1)
            run = process._RUN.partition("from poller")[0]
            patched.setattr(process, "_RUN", f"{run}\n{MISBEHAVING}{code}")
            assert why in child.ask("tnef", [GOOD])
        child.close()
        assert contents(child.ask("tnef", [GOOD])) == b"octets"


def test_many_failures_in_a_row_delay_nothing_that_follows(child):
    for _ in range(5):
        assert "could not" not in child.ask("tnef", [b"x" * (1 << 20)] * 400)
        assert contents(child.ask("tnef", [GOOD])) == b"octets"


def test_a_disk_or_memory_that_is_full_is_told_and_costs_no_process(child, monkeypatch):
    child.ask("tnef", [GOOD])
    before = child.pid

    def full(name):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "memfd_create", full)
        assert child.ask("tnef", [GOOD]) == "it could not be handed over to be read (No space left on device)"
    assert contents(child.ask("tnef", [GOOD])) == b"octets"
    assert child.pid == before


def test_a_file_without_memory_files_is_one_on_disk(monkeypatch):
    monkeypatch.delattr(os, "memfd_create")
    scratch = Scratch.of([b"one", b"two"])
    assert (scratch.size, b"".join(scratch.chunks(2, 3))) == (6, b"etw")


WORKER = """
import os, sys
from poller.child.process import Child
child = Child()
child.ask("tnef", [b"junk"])
print(child.pid, flush=True)
sys.stdin.readline()
os.execv(sys.executable, [sys.executable, "-c", "import sys; print('anew', flush=True); sys.stdin.readline()"])
"""


@pytest.mark.parametrize("how", ["killed", "anew"])
def test_it_ends_with_a_worker_that_is_killed_or_starts_anew(how):
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        watched = os.pidfd_open(int(worker.stdout.readline()))
        if how == "killed":
            worker.kill()
        else:
            worker.stdin.write("\n")
            worker.stdin.flush()
            assert worker.stdout.readline() == "anew\n"
        assert ended(watched)
        os.close(watched)
        worker.kill()
