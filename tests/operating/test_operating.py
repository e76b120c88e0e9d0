"""docs/operating.md beside the tree: its lines are shell, its files are there, and it quotes what the program says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from poller.settings import load_settings
from tests.workplace import Workplace

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SOURCES = "".join(
    path.read_text(encoding="utf-8") for path in [*ROOT.glob("poller/**/*.py"), *ROOT.glob("models/*.py")]
)
OF_OTHERS = {
    *("active", "active (running)", "failed", "activating (auto-restart)", "result 'watchdog'", "result 'oom-kill'"),
    "database is locked",
}
"""What systemd and SQLite say."""


@pytest.mark.parametrize("number", range(len(SHELL)))
def test_its_lines_are_shell(number):
    subprocess.run(["bash", "-n"], input=SHELL[number], text=True, check=True)


def test_the_files_of_the_tree_that_it_names_are_there():
    named = {path.rstrip(".") for path in re.findall(r"\bscripts/[\w./-]+", TEXT)}
    assert len(named) >= 4
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_unit_is_named_in_it():
    assert [path.name for path in (ROOT / "scripts" / "systemd").glob("*.*er*") if path.name not in TEXT] == []


def test_the_settings_that_it_shows_are_those_of_the_service(tmp_path):
    (shown,) = re.findall(r"^```ini\n(DATABASE_URL.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    settings = load_settings(
        Workplace(folder=tmp_path).write_settings(**dict(line.split("=") for line in shown.split()))
    )
    assert settings.database.path == Path("/var/lib/mailfiler/mailfiler.db")
    assert settings.files == Path("/var/lib/mailfiler/files")


def quoted():
    """What one may see at night, word for word."""
    table = TEXT.partition("| you see |")[2]
    first_cells = [line.split("|")[1] for line in table.splitlines()[2:] if line.startswith("|")]
    return sorted({words for cell in first_cells for words in re.findall(r"`([^`]+)`", cell)} - OF_OTHERS)


@pytest.mark.parametrize("words", quoted())
def test_what_is_seen_at_night_is_what_the_program_says(words):
    assert words in SOURCES
