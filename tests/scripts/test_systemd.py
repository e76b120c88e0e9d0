"""The units for systemd: clean, hardened, and with all that the program does within what they allow."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from poller.cli import main
from tests.faults.ending import made
from tests.servers.needs import need
from tests.workplace import mail

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "scripts" / "systemd"
SERVICES = ["mailfiler.service", "mailfiler-once.service"]
PROGRAM = "/opt/mailfiler/bin/mailfiler"
EXPOSURE = 2.5


def analyzed(*words, folder):
    need(shutil.which("systemd-analyze"), "systemd-analyze", "systemd")
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, cwd=folder, check=False
    )


@pytest.fixture
def units(tmp_path):
    """As they are installed, but for where the program is."""
    for unit in [*UNITS.glob("*.service"), *UNITS.glob("*.timer")]:
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, shutil.which("true")))
    for service in SERVICES:
        drop_ins = tmp_path / f"{service}.d"
        drop_ins.mkdir()
        shutil.copy(UNITS / "credentials.conf", drop_ins)
    return tmp_path


def settings_of(unit):
    """Its lines in their order, without comments."""
    return [line for line in (UNITS / unit).read_text().splitlines() if line and not line.startswith("#")]


def value(unit, key):
    (line,) = [line for line in settings_of(unit) if line.startswith(f"{key}=")]
    return line.partition("=")[2]


@pytest.mark.parametrize("unit", [*SERVICES, "mailfiler-once.timer"])
def test_systemd_has_nothing_to_say_against_a_unit(units, unit):
    verified = analyzed("verify", f"./{unit}", folder=units)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_exposed_to_little(units, service):
    rated = analyzed("security", "--offline=true", f"./{service}", folder=units)
    level, words = re.search(r"Overall exposure level for \S+: ([\d.]+) (\w+)", rated.stdout).groups()
    assert float(level) < EXPOSURE
    assert words == "OK"


def test_both_services_are_confined_alike():
    def confinement(service):
        lines = settings_of(service)
        return [line for line in lines[lines.index("User=mailfiler") :] if line != "[Install]"]

    service, once = map(confinement, SERVICES)
    assert [line for line in service if line != "WantedBy=multi-user.target"] == once


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_a_command_that_there_is(service):
    program, option, settings, command = value(service, "ExecStart").split()
    assert (program, option, settings) == (PROGRAM, "--settings", "/etc/mailfiler/settings.env")
    assert command in main.commands


def test_systemd_is_more_patient_than_the_services_own_watchdogs():
    from poller import ending, watchdog  # noqa: PLC0415 - beside what they are compared with

    assert value("mailfiler.service", "WatchdogSec") == "3min"
    assert watchdog.HELD_SECONDS + watchdog.ABORT_SECONDS + 60 <= 180
    assert int(value("mailfiler.service", "TimeoutStopSec")) > ending.LAST_SECONDS + 1


def allowed():
    """System calls that the filter of the service lets through, sets in sets resolved."""
    lines = [
        line.partition("=")[2] for line in settings_of("mailfiler.service") if line.startswith("SystemCallFilter=")
    ]
    calls = set()
    for line in lines:
        named = set().union(*map(members, line.lstrip("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def members(name):
    if not name.startswith("@"):
        return {name}
    listed = analyzed("syscall-filter", name, folder=ROOT).stdout.splitlines()
    names = [line.strip() for line in listed[1:] if line.strip() and not line.strip().startswith("#")]
    return set().union(*map(members, names))


def test_all_that_a_worker_and_its_processes_ask_of_the_system_is_allowed(dovecot, tmp_path):
    need(shutil.which("strace"), "strace", "strace")
    place = made(tmp_path, dovecot)
    invitation = (
        b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Meet\r\nEND:VEVENT\r\nEND:VCALENDAR"
    )
    place.user.deliver(mail(1, "MIME-Version: 1.0", "Content-Type: text/calendar").replace(b"Text 1.", invitation))
    for number in range(2, 61):  # a backlog, which processes of their own read
        place.user.deliver(mail(number))
    words = [sys.executable, "-m", "poller", "--settings", str(place.write_settings(WORKERS="2")), "once"]
    calls = tmp_path / "calls"
    ended = subprocess.run(
        ["strace", "-f", "-c", "-U", "name", "-o", calls, *words], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert ended.returncode == 0, ended.stderr
    made_calls = set(re.findall(r"^([a-z]\w+)$", calls.read_text(), re.MULTILINE)) - {"syscall", "total"}
    assert {"memfd_create", "sendmsg", "recvmsg", "fdatasync", "connect"} <= made_calls
    assert made_calls - allowed() - {"fchown"} == set()  # which SQLite asks for where root runs it
    assert place.listing("activity", "1")[0]["calendar"]
