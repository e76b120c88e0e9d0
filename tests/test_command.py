from __future__ import annotations

import json
import os
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from poller.command import Command, fail, note
from poller.errors import ConfigurationError, Transient

SETTINGS = """
FILING_ADDRESS=mycompany@in.example.com
ACTIVITY_TYPE=E-mail
ACTIVITY_STATUS=Done
IMAP_HOST=localhost
IMAP_USERNAME=u
IMAP_PASSWORD=p
"""


@pytest.fixture
def ended(tmp_path: Path):
    """How a command with this body ends."""
    (tmp_path / "settings.env").write_text(SETTINGS)

    def ended(body, *words: str) -> Result:
        command = Command("x", callback=body, params=[click.Argument(["word"], default="")])
        return CliRunner().invoke(command, ["--settings", str(tmp_path / "settings.env"), *words])

    return ended


def raising(error: BaseException):
    def body(word: str) -> None:
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (ConfigurationError("one", "two"), 78, "mailfiler: one\nmailfiler: two\n"),
        (Transient("the mailbox is away"), 75, "mailfiler: the mailbox is away\n"),
        (Transient("\x1b[31m\nred"), 75, "mailfiler: ·[31m·red\n"),
        (OSError(28, "No space left on device"), 75, "mailfiler: [Errno 28] No space left on device\n"),
        (KeyboardInterrupt(), 75, "mailfiler: interrupted\n"),
    ],
)
def test_a_failure_is_a_sentence_and_a_status(ended, error: BaseException, status: int, text: str) -> None:
    result = ended(raising(error))
    assert (result.exit_code, result.stderr, result.stdout) == (status, text, "")


def test_a_bug_stays_one(ended) -> None:
    assert isinstance(ended(raising(KeyError("x"))).exception, KeyError)


def test_nobody_reading_is_a_quiet_end(ended) -> None:
    result = ended(raising(BrokenPipeError(32, "Broken pipe")))
    assert (result.exit_code, result.stderr) == (1, "")


def test_whether_the_settings_can_be_read_is_found_out_by_reading_them(ended, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert ended(lambda word: click.echo("done")).stdout == "done\n"


def test_an_argument_that_is_not_utf_8_arrives_as_text(ended) -> None:
    assert ended(lambda word: click.echo(f"<{word}>"), "a\udcffb").stdout == "<a?b>\n"


def test_the_settings_are_what_the_command_is_given(ended) -> None:
    result = ended(click.pass_obj(lambda settings, word: click.echo(settings.imap.username)))
    assert result.stdout == "u\n"


def test_a_command_may_fail_by_itself(ended) -> None:
    result = ended(lambda word: fail(["no such thing"], 65))
    assert (result.exit_code, result.stderr) == (65, "mailfiler: no such thing\n")


@pytest.mark.parametrize(("more", "said"), [("", "one\n"), ("LOG_FORMAT=json\n", None)])
def test_what_is_said_beside_the_output_is_a_line_of_the_log_where_that_is_for_machines(
    tmp_path: Path, more: str, said: str | None
) -> None:
    path = tmp_path / "settings.env"
    path.write_text(SETTINGS + more)
    result = CliRunner().invoke(Command("x", callback=lambda: note("one")), ["--settings", str(path)])
    assert result.stdout == ""
    assert result.stderr == said or json.loads(result.stderr)["message"] == "one"
