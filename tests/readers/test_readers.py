"""Real readers, some of which misbehave."""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from poller.errors import Transient
from poller.filing.reasons import Reason
from poller.mailbox.describing import LARGE
from poller.readers import line, readers, spooled
from poller.readers.line import Line
from poller.readers.serve import ALONE_SECONDS
from tests.child.conftest import child, expander  # noqa: F401 - fixtures
from tests.readers.inspecting import children, opened
from tests.readers.making import CALENDAR, LOOKING, TNEF, octets_of, told, unread, with_files
from tests.readers.misbehaving import lose_patience_with_what_hangs
from tests.workplace import eventually, mail

ROOT = Path(__file__).parent.parent.parent
HERE = object()
"""Stands for a look that is left to the worker."""


def here():
    return HERE


def seen(*looks):
    """What came of each: the subject, that the reader failed, or that the worker is to look itself."""
    taken = [look.take(here) for look in looks]
    return [one.screened.message.subject if one not in (None, HERE) else one for one in taken]


def begin(group, *messages):
    return [group.begin(f"message {number}", one, None) for number, one in enumerate(messages, 1)]


def started(group):
    eventually(lambda: group.are_ready)


MESSAGES = {
    "plain": unread(mail(1)),
    "files": unread(with_files(mail(2), ("a.bin", "application/pdf", b"a" * 3_000), ("b.txt", "text/plain", b""))),
    "a container": unread(with_files(mail(3), ("winmail.dat", "application/ms-tnef", TNEF))),
    "a calendar": unread(with_files(mail(4), ("invite.ics", "text/calendar", CALENDAR))),
    "large": unread(with_files(mail(5), ("scan.bin", "image/tiff", os.urandom(2 * LARGE)))),
    "oversized": unread(mail(6).partition(b"\r\n\r\n")[0] + b"\r\n\r\n", size=1 << 30, oversized=True),
    "malformed": unread(b"\0"),
    "empty": unread(b""),
}


@pytest.fixture(params=["in memory", "in a file"])
def path_of(request, tmp_path):
    """Where the octets lie."""

    def made(one):
        if request.param == "in memory":
            return None
        (path := tmp_path / "source").write_bytes(one.source)
        return path

    return made


def test_a_reader_sees_what_this_process_would_see(run_of, path_of, expander):  # noqa: F811
    with run_of() as group:
        for one in MESSAGES.values():
            look = group.begin("one", one, path_of(one))
            there, at_home = look.take(here), replace(LOOKING, expander=expander).look(one)
            if not there.decision:
                assert octets_of(there) == octets_of(at_home)
            assert without_octets(there) == without_octets(at_home)
            look.forget()


def without_octets(look):
    message = look.screened.message
    files = tuple(replace(file, chunks=iter) for file in message.attachments)
    return replace(look, screened=replace(look.screened, message=replace(message, attachments=files)))


def test_attachments_are_files_in_the_spool_until_they_are_taken_over_or_forgotten(run_of):
    with run_of() as group:
        look, other = begin(group, told(), told(number=2))
        (file,) = look.take(here).screened.message.attachments
        (kept,) = other.take(here).screened.message.attachments
        assert spooled(file).read_bytes() == b"octets of 1"
        spooled(kept).unlink()  # as one that was moved away
        look.forget()
        other.forget()
        assert not spooled(file).exists()


def test_what_is_screened_out_leaves_no_files(run_of, tmp_path):
    with run_of() as group:
        stray = with_files(mail(1, to="x@elsewhere.example"), ("a.bin", "application/pdf", b"octets"))
        (look,) = begin(group, unread(stray))
        assert look.take(here).decision.reason is Reason.NO_FILING_ADDRESS
        (file,) = look.take(here).screened.message.attachments
        assert spooled(file) is None
        assert [path for path in (tmp_path / "spool").rglob("*") if path.is_file()] == []
        with pytest.raises(ValueError, match="not kept"):
            list(file.chunks())


@pytest.mark.parametrize("word", [b"is killed", b"exits"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_message_that_ends_its_reader_fails_alone(run_of, caplog, word, count):
    """With all of them asked for, so that answers wait, and questions are left unread."""
    with run_of(count) as group:
        started(group)
        looks = begin(group, *(told(word if number == 4 else b"", number) for number in range(1, 10)))
        wanted = [f"Message {number}" if number != 4 else None for number in range(1, 10)]
        assert seen(*looks) == wanted
    assert [record.getMessage() for record in caplog.records] == [
        "message 4: ended the process that read it, or took it too long; it is tried again"
    ]


def test_nothing_that_was_said_before_an_end_is_lost(run_of):
    """Not even that the reader had started."""
    with run_of(1) as group:
        (line,) = group._lines
        looks = begin(group, told(number=1), told(b"is killed"), told(number=3))
        watched = os.pidfd_open(group._process.pid)
        assert select.select([watched], [], [], 60)[0]
        os.close(watched)
        assert not line.is_ready
        assert seen(*looks) == ["Message 1", None, "Message 3"]


def test_several_that_end_their_readers_at_once_fail_and_no_other(run_of):
    with run_of(2) as group:
        words = [b"is killed", b"is killed", b"", b"exits", b"", b"is killed", b"is killed"]
        looks = begin(group, *(told(word, number) for number, word in enumerate(words, 1)))
        assert seen(*looks) == [None, None, "Message 3", None, "Message 5", None, None]


def test_a_message_that_hangs_fails_alone(run_of, monkeypatch):
    lose_patience_with_what_hangs(monkeypatch)
    with run_of() as group:
        looks = begin(group, *(told(b"hangs" if number == 3 else b"", number) for number in range(1, 7)))
        assert seen(*looks) == ["Message 1", "Message 2", None, "Message 4", "Message 5", "Message 6"]


def test_patience_ends(run_of, monkeypatch):
    with run_of(1) as group:
        started(group)
        monkeypatch.setattr(readers, "LOOK_SECONDS", 0.2)
        assert seen(*begin(group, told(b"hangs"))) == [None]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (b"has a bug", "ZeroDivisionError: a bug"),
        (b"has a bug that looks like a disk's", "FileNotFoundError"),
        (b"cannot be told", "pickle"),
    ],
)
def test_a_bug_fails_its_message_and_costs_no_reader(run_of, caplog, word, said):
    with run_of(1) as group:
        looks = begin(group, told(), told(word), told(number=3))
        assert seen(looks[0]) == ["Message 1"]
        (before,) = children(group._process.pid)
        assert seen(*looks[1:]) == [None, "Message 3"]
        assert children(group._process.pid) == [before]
    assert caplog.text.count("message 2: could not be looked into; it is tried again") == 1
    assert said in caplog.text


def test_what_cannot_be_understood_fails_alone(run_of, monkeypatch):
    receive = Line.receive

    def garbled(line, seconds):
        value = receive(line, seconds)
        if line.is_ready and len(line.asked) == 2:
            raise AttributeError("no such class")
        return value

    monkeypatch.setattr(Line, "receive", garbled)
    with run_of(1) as group:
        assert seen(*begin(group, told(), told(number=2), told(number=3))) == ["Message 1", None, "Message 3"]


@pytest.mark.parametrize("word", [b"has no room on the disk", b"has no room in memory"])
def test_a_reader_without_room_is_trouble_and_no_fault_of_the_message(run_of, word):
    with run_of(1) as group:
        (look,) = begin(group, told(word))
        with pytest.raises(Transient, match="No space left on device"):
            look.take(here)


def test_a_source_that_cannot_be_read_is_trouble(run_of, tmp_path):
    """A folder can be opened, and not be read."""
    with run_of(1) as group:
        look = group.begin("one", told(), tmp_path)
        with pytest.raises(Transient, match=r"cannot be read.*Is a directory"):
            look.take(here)


def test_without_room_for_a_folder_there_are_no_readers_but_trouble(run_of, monkeypatch):
    def full(*_: object, **__: object):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    group = run_of()
    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(Transient, match="No space left on device"):
        group.__enter__()


def test_what_cannot_be_handed_over_is_left_to_the_worker(run_of, tmp_path):
    with run_of(1) as group:
        first, second = begin(group, told(), told(number=2))
        gone = group.begin("gone", told(), tmp_path / "gone")
        assert seen(first, second, gone, *begin(group, told(number=3))) == ["Message 1", "Message 2", HERE, "Message 3"]


@pytest.mark.parametrize("run", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)", "import no_such_module"])
def test_without_readers_looks_are_left_to_the_worker(run_of, monkeypatch, caplog, run):
    monkeypatch.setattr(readers, "_RUN", run)
    with run_of() as group:
        assert seen(*begin(group, told(), told())) == [HERE, HERE]
        assert not group.are_ready
        assert seen(*begin(group, told())) == [HERE]
    assert caplog.text.count("this one reads them") == 1


def no_numbers(*_: object):
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@pytest.mark.parametrize(
    ("where", "name", "instead"),
    [
        (sys, "executable", "/no/such/python"),
        (line, "socketpair", no_numbers),
        (readers, "send_value", no_numbers),
    ],
)
def test_where_the_system_gives_no_process_looks_are_left_to_the_worker(
    run_of, monkeypatch, caplog, where, name, instead
):
    before = opened()
    monkeypatch.setattr(where, name, instead)
    with run_of() as group:
        assert not group.are_ready
        assert seen(*begin(group, told(), told())) == [HERE, HERE]
    assert caplog.text.count("this one reads them") == 1
    assert opened() == before


def test_readers_that_can_be_started_again_and_again_and_never_answer_are_given_up(run_of, caplog):
    """Or all mail would be counted for what ends its readers."""
    with run_of(1) as group:
        looks = begin(group, *(told(b"is killed") for _ in range(20)))
        assert seen(*looks) == [None] * 5 + [HERE] * 15
    assert caplog.text.count("this one reads them") == 1


def test_one_that_ends_while_it_has_nothing_to_do_is_replaced_and_nobody_is_to_blame(run_of, caplog):
    with run_of(2) as group:
        started(group)
        pids = (*children(group._process.pid), group._process.pid)
        watched = [os.pidfd_open(pid) for pid in pids]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for one in watched:
            assert select.select([one], [], [], 60)[0]
            os.close(one)
        assert seen(*begin(group, *(told(number=number) for number in range(5)))) == [
            f"Message {number}" for number in range(5)
        ]
    assert caplog.records == []


def test_signals_to_everybody_end_no_reader(run_of):
    """As those of a terminal, or of whoever stops a service: the worker decides when they end."""
    with run_of(2) as group:
        started(group)
        own = children(group._process.pid)
        assert {os.getpgid(pid) for pid in own} == {group._process.pid} != {os.getpgid(0)}
        for pid in (*own, group._process.pid):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                os.kill(pid, number)
        assert seen(*begin(group, told(), told(number=2))) == ["Message 1", "Message 2"]
        assert children(group._process.pid) == own


def test_hundreds_may_be_asked_for_at_once_whatever_fits_into_a_socket(run_of, monkeypatch):
    """Nobody waits for room while the other side does."""
    monkeypatch.setattr(line, "_BUFFER", 1)
    long = b"Long. " * 20_000
    with run_of(2) as group:
        looks = begin(group, *(unread(mail(number) + long) for number in range(300)))
        assert any(one.unasked for one in group._lines)
        assert seen(*looks) == [f"Message {number}" for number in range(300)]


@pytest.mark.parametrize("word", [b"", b"hangs"], ids=["idle or busy", "hanging"])
def test_the_end_leaves_no_process_no_descriptor_and_no_file(run_of, word):
    before = opened()
    with run_of(2) as group:
        begin(group, *(told(word, number) for number in range(50)))
        first = group.begin("one", told(b"", 51), None)
        eventually(lambda: len(children(group._process.pid)) == 2)
        watched = [os.pidfd_open(pid) for pid in (group._process.pid, *children(group._process.pid))]
        if not word:
            first.take(here)
    for one in watched:
        assert select.select([one], [], [], 60)[0]
        os.close(one)
    assert opened() == before


def test_no_descriptor_is_left_of_many_messages_and_lost_readers(run_of):
    with run_of(1) as group:
        seen(*begin(group, told(), told(b"is killed"), told()))
        before = opened()
        (pid,) = children(group._process.pid)
        large = MESSAGES["large"]
        for look in begin(group, *(told(number=number) for number in range(30)), large, large):
            look.take(here)
            look.forget()
        assert opened() == before
        # The standard ones and its line; what it has just answered with, it may be closing still.
        eventually(lambda: len(opened(pid)) == 4)


def test_readers_know_nothing_of_the_environment(run_of, monkeypatch):
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    with run_of(1) as group:
        assert b"secret" not in Path(f"/proc/{group._process.pid}/environ").read_bytes()
        started(group)


WORKER = """
import os, sys
from pathlib import Path
from poller.readers import Readers, readers
from tests.readers import inspecting, making, using
readers._RUN = using.running("tests.readers.misbehaving")
with Readers(making.LOOKING, Path(sys.argv[1]), 2) as group:
    while not group.are_ready:
        pass
    for _ in range(2):
        group.begin("one", making.told(sys.argv[2].encode()), None)
    print(group._process.pid, *inspecting.children(group._process.pid), flush=True)
    sys.stdin.read()
    {end}
"""
START_ANEW = 'os.execv(sys.executable, [sys.executable, "-c", "import sys; sys.stdin.read()"])'


@pytest.mark.parametrize("word", ["is well", "hangs, and is soon ended"])
@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(0)", START_ANEW])
def test_readers_end_with_the_worker_however_that_ends(tmp_path, word, end):
    """One that hangs is ended by the system, though nobody is left who waits for it."""
    code = WORKER.format(end=end)
    worker = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path, word], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with worker:
        pids = [int(pid) for pid in worker.stdout.readline().split()]
        watched = [os.pidfd_open(pid) for pid in pids]
        worker.stdin.close()
        for one in watched:
            assert select.select([one], [], [], 60)[0]
            os.close(one)
    assert len(pids) == 3
    assert ALONE_SECONDS >= 2 * readers.LOOK_SECONDS
