"""The log: one line a record, nothing in it that a terminal obeys, and no failure because of it."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.logs import printable, set_up_logging
from tests.patience import PATIENCE

HOSTILE = "\x1b]0;owned\x07 a\r\nb\x9b31m \u202egnp.exe\u2028 \u200b\ud800\x00"
WHOLE = HOSTILE.replace("\ud800", "\ufffd")  # what is left of it in JSON that everybody reads
VISIBLE = "·]0;owned· a··b·31m ·gnp.exe· ···"


@pytest.fixture(autouse=True)
def root_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers, logging.raiseExceptions = handlers, raising
    root.setLevel(level)


class Logged:
    """What the log says, read once."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> str:
        return self._capsys.readouterr().err


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Logged:
    return Logged(capsys)


def raise_what_is_hostile() -> None:
    raise ValueError(HOSTILE)


def fail() -> None:
    try:
        raise_what_is_hostile()
    except ValueError:
        logging.getLogger("poller.x").exception("failed")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        (HOSTILE, VISIBLE),
        ("ääkköset 漢字 😀 “x”", "ääkköset 漢字 😀 “x”"),
        ("a\tb", "a·b"),
    ],
)
def test_what_a_terminal_obeys_becomes_visible(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(st.text())
def test_as_many_characters_come_out_and_none_is_a_command(text: str) -> None:
    assert len(printable(text)) == len(text)
    assert len(printable(text).splitlines()) <= 1
    assert not set(printable(text)) & set("\x1b\x9b\r\n\x07\u202e\u2066")


def test_a_record_is_one_line_of_text(logged: Logged) -> None:
    set_up_logging()
    logging.getLogger("poller.x").warning("subject %s", HOSTILE)
    (line,) = logged.text().splitlines()
    moment, level, text = line.split(" ", 2)
    assert moment.endswith("Z")
    assert (level, text) == ("warning", f"subject {VISIBLE}")


def test_a_record_is_one_json_object_a_line(logged: Logged) -> None:
    set_up_logging("info", "json")
    logging.getLogger("poller.x").info("subject %s", HOSTILE)
    fail()
    text = logged.text()
    assert text.isascii()
    first, second = (json.loads(line) for line in text.splitlines())
    assert (first["level"], first["logger"], first["message"]) == ("info", "poller.x", f"subject {WHOLE}")
    assert "Traceback" in second["exception"]


def test_what_an_exception_quotes_reaches_no_terminal(logged: Logged) -> None:
    set_up_logging()
    fail()
    text = logged.text()
    assert "Traceback" in text
    assert not set(text) & set("\x1b\x9b\x07\u202e\x00")


@pytest.mark.parametrize(("level", "shown"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_a_threshold(logged: Logged, level: str, shown: int) -> None:
    set_up_logging(level)
    for one in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger("poller.x"), one)("x")
    assert len(logged.text().splitlines()) == shown


def test_set_up_twice_a_record_is_still_one_line(logged: Logged) -> None:
    set_up_logging()
    set_up_logging("info", "json")
    logging.getLogger("poller.x").info("x")
    assert len(logged.text().splitlines()) == 1


@pytest.mark.parametrize("name", ["peewee", "apscheduler.scheduler", "tzlocal"])
def test_libraries_that_print_mail_or_every_step_are_silent(logged: Logged, name: str) -> None:
    set_up_logging("debug")
    logging.getLogger(name).info("SELECT everything")
    assert logged.text() == ""


class Gone(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [Gone(), None], ids=["a closed pipe", "none at all"])
def test_a_reader_that_went_away_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stream: io.StringIO | None
) -> None:
    set_up_logging()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        logging.getLogger("poller.x").error("x")
    assert capsys.readouterr() == ("", "")


def test_a_record_that_cannot_be_put_together_stops_nothing(logged: Logged) -> None:
    set_up_logging()
    logging.getLogger("poller.x").info("%d", "no number")
    assert logged.text() == ""


def test_a_log_that_nobody_reads_any_more_is_no_failure():
    """As Python starts without PYTHONUNBUFFERED: what is left in a buffer at the end would be."""
    program = "import sys; sys.stdin.read(); from poller.logs import set_up_logging; set_up_logging(); import logging; "
    program += "[logging.getLogger('poller').info('hello') for _ in range(3)]"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    assert process.stdin
    assert process.stderr
    process.stderr.close()
    process.stdin.close()
    assert process.wait(PATIENCE) == 0


FAILING = {
    "an exception": "raise ValueError(HOSTILE)",
    "an exception in a thread": "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()",
    "a warning": "warnings.warn(HOSTILE)",
    "a library": "logging.getLogger('imapclient').error('%s', HOSTILE)",
    "an argument that is no text": "logging.getLogger('x').error('%s', b'\\xff', extra={'facts': {'a': object()}})",
}


@pytest.mark.parametrize("what", FAILING)
def test_a_log_of_json_has_nothing_else(what: str) -> None:
    program = "import logging, threading, warnings; from poller.logs import set_up_logging; "
    program += f"HOSTILE = {HOSTILE!r}; set_up_logging('info', 'json'); {FAILING[what]}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    lines = done.stderr.decode("ascii").splitlines()
    assert [sorted({"time", "level", "message"} - json.loads(line).keys()) for line in lines] == [[]]
    assert done.returncode == (what == "an exception")
