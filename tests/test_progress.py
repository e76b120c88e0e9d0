"""The bar of a backlog, on a terminal of its own."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from poller.progress import Above, Bar
from tests.patience import PATIENCE
from tests.workplace import Workplace, eventually, mail

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


class Terminal:
    """What a program wrote to a terminal of that size so far."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._octets = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while octets := os.read(self._master, 65536):
                self._octets += octets
        except OSError:  # the other end is closed
            return

    def ended(self) -> None:
        self._reader.join(PATIENCE)

    @property
    def raw(self) -> str:
        return self._octets.decode()

    @property
    def lines(self) -> list[str]:
        """Whole lines, and every state of the bar."""
        return [line for line in re.split(r"[\r\n]+", SEQUENCE.sub("", self.raw)) if line]

    @property
    def bars(self) -> list[str]:
        return [line for line in self.lines if line.startswith("filing")]


@contextmanager
def on_terminal(command: str, path: Path, columns: int) -> Iterator[tuple[subprocess.Popen[bytes], Terminal]]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    usual = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    words = [sys.executable, "-m", "poller", "--settings", str(path), command]
    process = subprocess.Popen(words, stderr=slave, env=usual | {"TERM": "xterm-256color"})
    os.close(slave)
    terminal = Terminal(master)
    try:
        yield process, terminal
    finally:
        process.kill()
        process.wait()
        terminal.ended()
        os.close(master)


@pytest.fixture
def workplace(dovecot, tmp_path):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())
    workplace.import_directory()
    return workplace


def deliver(workplace, *numbers: int) -> None:
    for number in numbers:
        workplace.user.deliver(mail(number))


def filed(terminal: Terminal) -> list[str]:
    """The numbers of the activities in those lines of the log that are whole."""
    found = (re.fullmatch(r"\S+Z info \S+/\d+: filed as activity (\d+)", line) for line in terminal.lines)
    return [match[1] for match in found if match]


@pytest.mark.parametrize("columns", [20, 80, 250])
def test_a_backlog_has_a_bar_that_breaks_no_line_whatever_the_width(workplace, columns):
    deliver(workplace, *range(1, 13))
    path = workplace.write_settings(BATCH_SIZE="4")
    with on_terminal("once", path, columns) as (process, terminal):
        assert process.wait(PATIENCE) == 0
        terminal.ended()
    assert filed(terminal) == [str(number) for number in range(1, 13)]
    assert terminal.bars
    assert all(len(bar) <= columns for bar in terminal.bars)
    if columns > 60:
        assert any(" 4/12 " in bar for bar in terminal.bars)
    assert terminal.raw.rindex(SHOWN) > terminal.raw.rindex(HIDDEN)


def test_the_service_shows_it_for_a_later_backlog_too_and_writes_nothing_while_it_waits(workplace):
    path = workplace.write_settings(BATCH_SIZE="4", POLL_INTERVAL="1s")
    with on_terminal("run", path, 80) as (process, terminal):
        eventually(lambda: any("watching" in line for line in terminal.lines))
        assert HIDDEN not in terminal.raw
        deliver(workplace, *range(1, 41))
        eventually(lambda: len(filed(terminal)) == 40)
        eventually(lambda: terminal.raw.endswith(" filed\r\n"))
        before = terminal.raw
        assert before.count(HIDDEN) == before.count(SHOWN) > 0
        deliver(workplace, 41)  # one message is no backlog
        eventually(lambda: len(filed(terminal)) == 41)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        terminal.ended()
    assert HIDDEN not in terminal.raw.removeprefix(before)


def test_a_log_of_json_has_no_bar_even_on_a_terminal(workplace):
    deliver(workplace, *range(1, 13))
    path = workplace.write_settings(BATCH_SIZE="4", LOG_FORMAT="json")
    with on_terminal("once", path, 80) as (process, terminal):
        assert process.wait(PATIENCE) == 0
        terminal.ended()
    assert "\x1b" not in terminal.raw
    assert all("event" in json.loads(line) or "message" in json.loads(line) for line in terminal.lines)


class TestBar:
    @pytest.fixture
    def stream(self):
        class Tty(io.StringIO):
            def isatty(self) -> bool:
                return True

        return Tty()

    @pytest.fixture
    def bar(self, stream, monkeypatch):
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "60")
        bar = Bar("filing", stream)
        yield bar
        bar.hide()

    def test_it_is_there_from_the_first_report_that_leaves_something_to_the_one_that_leaves_nothing(self, bar, stream):
        bar.report(5, 5)
        assert stream.getvalue() == ""
        for _ in range(2):
            bar.report(1, 3)
            assert stream.getvalue().count(HIDDEN) == stream.getvalue().count(SHOWN) + 1
            bar.report(3, 3)
            assert stream.getvalue().count(HIDDEN) == stream.getvalue().count(SHOWN)
        assert " 1/3 " in SEQUENCE.sub("", stream.getvalue())

    def test_what_breaks_off_hides_it(self, bar, stream):
        bar.report(1, 3)
        bar.report(0, 0)
        assert stream.getvalue().endswith("\x1b[2K")

    def test_lines_above_it_are_whole_and_mean_nothing_to_it(self, stream):
        above = Above(Console(file=stream, width=20), stream)
        line = "[bold]x[/bold] :smile: " + "y" * 300
        above.write(line[:50])
        assert stream.getvalue() == ""
        above.write(line[50:] + "\nz\n")
        assert stream.getvalue() == f"{line}\nz\n"
