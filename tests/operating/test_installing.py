"""docs/operating.md, as a service and from cron: its lines as they stand, on a machine of its own, with Debian's cron.

Other than written are only what gets packages, the service manager, and when cron looks: as soon as it starts.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.ending import letter, made
from tests.newcomer import machine
from tests.servers.dovecot import Dovecot, Kind
from tests.servers.needs import need

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
CHAPTER = TEXT.partition("\n## As a service\n")[2].partition("\n## ")[0]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

STAND_INS = {
    "apt-get install": ":",
    "/usr/bin/python3 -m venv": "cp -r program /opt/mailfiler",
    "/opt/mailfiler/bin/pip install": ":",
    "systemctl": ":",
}
"""What there is no network and no service manager for, by how the line starts -> what is run instead."""

SYSLOG = """
import socket
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, open("syslog", "wb", 0) as lines:
    log.bind("/dev/log")
    while True:
        lines.write(log.recv(65536) + b"\\n")
"""
"""What `logger` writes to."""

BY_CRON = """
mkdir /run/dev /run/dev.work
mount -t overlay overlay -o lowerdir=/dev,upperdir=/run/dev,workdir=/run/dev.work /dev
rm -f /dev/log
python -c "$SYSLOG" & until [ -S /dev/log ]; do sleep 0.05; done
chmod 666 /dev/log

until_logged() {
    rm -f /run/crond.reboot
    cron -f & cron=$!
    until grep -q "$1" syslog && ! pgrep -P $cron >/dev/null; do sleep 0.05; done
    kill $cron
}
sed -i /pam_loginuid/d /etc/pam.d/cron  # what audits logins is not to be had in every container
echo "$LINE" >/etc/cron.d/mailfiler
until_logged ' info 1 filed'
mailfiler activities --json >activities
find /var/lib/mailfiler -type f -printf '%u %m\\n' | sort -u >modes

mailfiler run & service=$!
until mailfiler check | grep ' at work '; do sleep 0.05; done
until_logged 'another worker is running'
kill $service; wait $service
"""


def service_lines() -> Iterator[str]:
    for block in re.findall(r"^```sh\n(.*?)^```", CHAPTER, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            yield next((instead for start, instead in STAND_INS.items() if line.startswith(f"{start} ")), line)


def cron_line() -> str:
    """As soon as cron starts, and not within five minutes."""
    (words,) = re.findall(r"^\*/5 \* \* \* \* (.*)$", TEXT, re.MULTILINE)
    return f"@reboot {words}"


@pytest.fixture(scope="module")
def folder(dovecot_of: Callable[[Kind], Dovecot], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it was tried out before, as README does it, with one message filed; then all lines have run here."""
    need(shutil.which("cron", path=PATH), "cron", "cron")
    if not machine.can_be():
        pytest.skip("this root may not make a machine of its own (unshare, mount)")
    folder = tmp_path_factory.mktemp("operating")
    place = made(folder, dovecot_of(Kind()))
    place.user.deliver(letter(1, b"%PDF plan"))
    place.do("once")
    place.user.deliver(letter(2, b"%PDF other plan"))
    (shown,) = re.findall(r"^```ini\n(DATABASE_URL.*?)^```", CHAPTER, re.MULTILINE | re.DOTALL)
    place.write_settings(**dict(line.split("=") for line in shown.split()))
    (folder / "imap-password").write_text("not used: it stands in the settings")
    shutil.copy(ROOT / "settings.example.env", folder)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    program = folder / "program" / "bin" / "mailfiler"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m poller "$@"\n')
    program.chmod(0o755)
    lines = ["set -eE; trap 'echo \"$LINENO fails: $BASH_COMMAND\"; exit 1' ERR", *service_lines(), BY_CRON]
    (folder / "script").write_text("\n".join(lines))
    environment = {"PATH": f"{Path(sys.executable).parent}:{PATH}", "SYSLOG": SYSLOG, "LINE": cron_line()}
    machine.run(folder / "script", folder, environment, network=False)
    return folder


def test_cron_files_what_has_come_beside_what_was_filed_before(folder: Path) -> None:
    activities = [json.loads(line) for line in (folder / "activities").read_text().splitlines()]
    assert [one["subject"] for one in activities] == ["Message 1", "Message 2"]


def test_the_log_is_the_systems_and_nothing_is_mailed(folder: Path) -> None:
    log = (folder / "syslog").read_text()
    assert re.search(r" CRON\[\d+\]: \(mailfiler\) CMD \(/opt/mailfiler/bin/mailfiler --settings \S+ once 2>&1", log)
    assert re.search(r" mailfiler: \S+ info \S+: filed as activity 2$", log, re.MULTILINE)
    assert re.search(r" mailfiler: .*: another worker is running", log)
    assert not re.search("MAIL|MTA", log)


def test_each_file_that_it_stores_is_the_users_alone(folder: Path) -> None:
    assert (folder / "modes").read_text() == "mailfiler 600\n"


@pytest.mark.parametrize("start", STAND_INS)
def test_what_stands_in_for_a_line_stands_in_for_one(start: str) -> None:
    assert re.search(rf"^{re.escape(start)} ", CHAPTER, re.MULTILINE)
