"""What a reader says on its line, and when it ends; a process has ended when its descriptor can be read."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from poller.readers import readers, serve
from poller.readers.frames import Failed, receive_value, send_unread, send_value
from poller.readers.line import Line
from tests.patience import PATIENCE
from tests.readers.inspecting import children
from tests.readers.making import LOOKING, octets_of, told, unread

ROOT = Path(__file__).parent.parent.parent


@contextmanager
def serving(count=1):
    """The process, and the worker's ends of the lines."""
    pairs = [Line.pair() for _ in range(count)]
    numbers = [theirs.fileno() for _, theirs in pairs]
    command = [sys.executable, "-c", readers._RUN, ",".join(map(str, numbers)), *sys.path]
    with subprocess.Popen(command, cwd=ROOT, pass_fds=numbers) as process:
        for line, theirs in pairs:
            theirs.close()
            line.connection.settimeout(PATIENCE)
        try:
            yield process, [line.connection for line, _ in pairs]
        finally:
            for line, _ in pairs:
                line.connection.close()
    assert process.returncode == 0


def begin(connection, spool):
    send_value(connection, (LOOKING, spool))
    assert receive_value(connection) == serve.READY


def test_each_is_ready_when_it_knows_what_it_has_to_and_answers_one_message_after_the_other(tmp_path):
    with serving(2) as (process, lines):
        for one in lines:
            begin(one, tmp_path)
        assert len(children(process.pid)) == 2
        for one in lines:
            for number in (1, 2):
                send_unread(one, told(number=number), None)
            looks = [receive_value(one) for _ in range(2)]
            assert [look.screened.message.subject for look in looks] == ["Message 1", "Message 2"]
            assert octets_of(looks[1]) == [("a.bin", b"octets of 2")]
    assert len(list(tmp_path.iterdir())) == 4


def test_each_ends_with_its_line_and_all_with_the_last(tmp_path):
    with serving(2) as (process, lines):
        for one in lines:
            begin(one, tmp_path)
        watched = [os.pidfd_open(pid) for pid in children(process.pid)]
        lines[0].close()
        assert select.select(watched, [], [], PATIENCE)[0] == watched[:1]
        send_unread(lines[1], told(), None)
        assert receive_value(lines[1]).screened.message.subject == "Message 1"
        lines[1].close()
        assert process.wait(PATIENCE) == 0
        for one in watched:
            os.close(one)


def test_one_ends_though_there_is_more_to_read_and_to_say(tmp_path):
    with serving() as (process, (line,)):
        begin(line, tmp_path)
        for number in range(20):
            send_unread(line, told(number=number), None)
        line.close()
        assert process.wait(PATIENCE) == 0


def test_one_whose_line_is_closed_before_it_knows_anything_ends():
    with serving() as (process, (line,)):
        line.close()
        assert process.wait(PATIENCE) == 0


def test_they_ignore_what_a_terminal_or_a_service_manager_sends_to_all(tmp_path):
    with serving() as (process, (line,)):
        begin(line, tmp_path)
        for pid in (process.pid, *children(process.pid)):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                os.kill(pid, number)
        send_unread(line, told(), None)
        assert receive_value(line).screened.message.subject == "Message 1"


def test_where_the_spool_is_gone_the_disk_is_to_blame_and_not_the_message(tmp_path):
    with serving() as (_, (line,)):
        begin(line, tmp_path / "gone")
        send_unread(line, told(), None)
        failed = receive_value(line)
        assert isinstance(failed, Failed)
        assert failed.later
        assert "No such file or directory" in failed.why
        send_unread(line, unread(b""), None)
        assert receive_value(line).decision


HANGS = """
import signal
from poller.readers import serve
serve.ALONE_SECONDS = 1
with serve._in_time():
    while True:
        signal.pause()
"""


def test_time_is_up_in_the_end():
    assert subprocess.run([sys.executable, "-c", HANGS], cwd=ROOT, check=False).returncode == -signal.SIGALRM


def test_time_is_not_up_after_a_message():
    with serve._in_time():
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
