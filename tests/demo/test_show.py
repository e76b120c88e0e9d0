"""The whole demonstration, as a person would start it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.patience import PATIENCE

DEMO = [sys.executable, "-m", "poller.demo"]
# Columns: pytest asks for 80, which cuts texts off. Unbuffered: lines are waited for.
ENVIRONMENT = os.environ | {"COLUMNS": "300", "PYTHONUNBUFFERED": "1"}


def program(folder, *arguments):
    command = [sys.executable, "-m", "poller", "--settings", folder / "settings.env", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "kept"
    shown = subprocess.run(
        [*DEMO, "--folder", folder, "--once"], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert shown.returncode == 0, shown.stdout + shown.stderr
    return folder, shown.stdout


def test_it_shows_what_was_filed_and_what_was_refused_and_why(first_start):
    _, shown = first_start
    for expected in ("Piling at the east quay", "1001", "2026.014", "recipient-invalid", "no-subject", "no-user"):
        assert expected in shown


def test_it_shows_who_was_told(first_start):
    _, shown = first_start
    assert "a notice to james.whitfield@example.com: " in shown
    for name in ("james.whitfield", "sofie.dahl", "anna.virtanen", "mikael.lindstrom"):
        assert f"told: {name}@example.com" in shown
    assert shown.count("told: ") == 4


def test_every_sample_has_the_outcome_that_it_shows(first_start):
    folder, _ = first_start
    outcomes = {}
    for message in program(folder, "messages"):
        outcomes.setdefault(message["message_id"].partition("@")[0], []).append((message["outcome"], message["reason"]))
    assert outcomes == {
        "20261112-0912-anna": [("filed", None)],
        "8c1f2b0e.katto": [("filed", None)],
        "CAF7x3v1mN0q": [("filed", None), ("duplicate", None)],
        "5f0d7c21-steel": [("filed", None), ("filed", None)],
        "AM9PR04-4471": [("filed", None)],
        "re-8c1f2b0e": [("filed", None)],
        "meeting-7.1001": [("filed", None)],
        "tilbud-2026-014": [("filed", None)],
        "soil-both-sites": [("filed", None)],
        "coffee-oliver": [("filed", None)],
        "garanti-1003": [("filed", None)],
        "phone-1201": [("rejected", "no-subject")],
        "mote-torsdag": [("rejected", "recipient-invalid")],
        "lamp-posts-990": [("rejected", "recipient-invalid")],
        "invoice-2026-118": [("rejected", "retired-address")],
        "offer-9917": [("quarantined", "no-user")],
        "payroll-4471": [("quarantined", "authentication-failed")],
        "piirustukset-paivi": [("quarantined", "no-user")],
        "oof-77120": [("ignored", "ignored")],
        "acceptance-phase-1": [("quarantined", "malformed")],
    }


def test_a_message_to_two_projects_is_one_activity_of_both(first_start):
    folder, _ = first_start
    projects = {activity["message_id"]: set(activity["projects"]) for activity in program(folder, "activities")}
    assert projects["CAF7x3v1mN0q@mail.example.com"] == {"1001", "1002"}
    assert projects["5f0d7c21-steel@example.com"] == {"1001", "2026.014"}
    assert len(projects) == 11


@contextmanager
def running(folder):
    process = subprocess.Popen(
        [*DEMO, "--folder", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=ENVIRONMENT,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(line, process):
    for shown in process.stdout:
        if line in shown:
            return
    pytest.fail(f"it ended without saying {line!r}")


def wait_until_filed(folder, subject):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := [activity for activity in program(folder, "activities") if activity["subject"] == subject]:
            return found
    pytest.fail(f"{subject!r} was not filed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_files_a_message_of_ones_own_and_ends_cleanly(tmp_path, number):
    with running(tmp_path) as process:
        wait_for("It keeps running", process)
        message = [
            "--bcc",
            "1001.mycompany@in.example.com",
            "--to",
            "you@example.org",
            "--subject",
            "Hello",
            "It works.",
        ]
        subprocess.run([*DEMO, "send", "--folder", tmp_path, *message], check=True, capture_output=True)
        (activity,) = wait_until_filed(tmp_path, "Hello")
        assert activity["projects"] == ["1001"]
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0


def test_a_second_start_keeps_what_was_filed_and_sends_no_samples_again(first_start):
    folder, _ = first_start
    before = program(folder, "messages")
    again = subprocess.run(
        [*DEMO, "--folder", folder, "--once"], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert "filed before" in again.stdout
    assert "Piling at the east quay" in again.stdout
    assert program(folder, "messages") == before


def test_two_of_them_do_not_share_a_folder(tmp_path):
    with running(tmp_path) as process:
        wait_for("Mail servers", process)
        second = subprocess.run([*DEMO, "--folder", tmp_path], capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "already" in second.stderr
