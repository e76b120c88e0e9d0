"""The lines of docs/operating.md about backup and restore, run as they stand while a worker files, on both databases.

Other than written are only places, users and the service manager: they are a test's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from poller.cli import main
from tests.faults import process as processes
from tests.faults.ending import by_subject, letter
from tests.patience import PATIENCE
from tests.servers.needs import need
from tests.servers.postgresql import POSTGRESQL
from tests.workplace import Workplace, eventually

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")

PROGRAMS = {
    # -u USER -- COMMAND…
    "runuser": 'shift 3; exec "$@"',
    # The service of a test runs until it is stopped; afterwards it is `once`, which does what there is to do.
    "systemctl": "case $1 in start) mailfiler once ;; stop) "
    "kill $(cat service.pid); while kill -0 $(cat service.pid) 2>/dev/null; do sleep 0.1; done ;; esac",
    "mailfiler": f'cd "{ROOT}" && exec "{sys.executable}" -m poller --settings "$SETTINGS" "$@"',
}


def block(name):
    (lines,) = re.findall(rf"^<!-- {name} -->\n```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return lines


class Site:
    """A place with the documented folders below its own, and the documented lines run there."""

    def __init__(self, folder, dovecot, database_url, environment):
        for name in ("lib/mailfiler", "etc", "backups", "bin"):
            (folder / name).mkdir(parents=True)
        self.folder = folder
        self.environment = os.environ | environment
        for name, script in PROGRAMS.items():
            program = folder / "bin" / name
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        self.place = Workplace(
            folder=folder / "etc",
            dovecot=dovecot,
            user=dovecot.user(),
            database_url=database_url or f"sqlite:///{folder}/lib/mailfiler/mailfiler.db",
        )

    def write_settings(self):
        self.place.import_directory()
        self.place.write_settings(FILES_URL=f"{self.folder}/lib/mailfiler/files")

    def run(self, name, copy=""):
        """A documented block -> what it printed."""
        script = block(name)
        for written, here in (
            ("/var/lib/", f"{self.folder}/lib/"),
            ("/var/backups/", f"{self.folder}/backups/"),
            ("/etc/mailfiler", f"{self.folder}/etc"),
            (" -o mailfiler -g mailfiler", ""),
        ):
            script = script.replace(written, here)
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            env=self.environment
            | {
                "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
                "SETTINGS": str(self.place.folder / "settings.env"),
                "copy": copy,
            },
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def copy(self):
        (copy,) = [path for path in (self.folder / "backups" / "mailfiler").iterdir() if path.name != "files"]
        return str(copy)

    def deliver(self, numbers):
        for number in numbers:
            self.place.user.deliver(letter(number, b"%%PDF plan %d" % number))

    @property
    def owner(self):
        """Whose the files are, once the first housekeeping has written it down."""
        return self.folder / "lib" / "mailfiler" / "files" / "owner"

    def troubles(self):
        """What `check` has against what was restored."""
        ended = CliRunner().invoke(main, ["--settings", str(self.place.folder / "settings.env"), "check"])
        assert "✓ database" in ended.stdout
        return re.findall(r"^✗ (?:database|files|folders|mailbox).*", ended.stdout, re.MULTILINE)

    def filed(self):
        return self.place.user.count(".Filed")


@pytest.fixture
def site(dovecot, tmp_path, database_kind, request):
    need(shutil.which("rsync"), "rsync", "rsync")
    if database_kind == "sqlite":
        need(shutil.which("sqlite3"), "sqlite3", "sqlite3")
        yield Site(tmp_path, dovecot, "", {})
        return
    server = request.getfixturevalue("postgresql")
    server.admin("CREATE DATABASE mailfiler OWNER mailfiler TEMPLATE template0")
    environment = {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(server.port),
        "PGUSER": "postgres",
        "PGPASSWORD": server.password,
        "PGDATABASE": "postgres",
        "PATH": f"{POSTGRESQL}:{os.environ['PATH']}",
    }
    yield Site(tmp_path, dovecot, server.url("mailfiler"), environment)
    for name in ("mailfiler", "mailfiler_before"):
        server.admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.mark.parametrize("later", [0, 4], ids=["at-once", "after-more-mail"])
def test_a_copy_made_while_a_worker_files_is_restored_and_nothing_is_missing(site, database_kind, later):
    site.write_settings()
    site.deliver(range(1, 4))
    service = processes.start(site.place, POLL_INTERVAL="1h", FILES_URL=f"{site.folder}/lib/mailfiler/files")
    try:
        (site.folder / "service.pid").write_text(str(service.process.pid))
        eventually(lambda: site.filed() >= 1)
        site.deliver(range(4, 24))
        eventually(lambda: site.filed() >= 4)  # and while it goes on:
        printed = site.run(f"back up: {database_kind}")
        assert database_kind == "postgresql" or printed == "ok\n"
        site.deliver(range(24, 24 + later))
        eventually(lambda: site.filed() == 23 + later)
        eventually(site.owner.exists)
        owner = site.owner.read_text()
        site.run(f"restore: {database_kind}", site.copy())
        assert service.process.wait(PATIENCE) == 0
    finally:
        service.kill()
    assert site.owner.read_text() == owner
    assert site.troubles() == []
    known = len(site.place.listing("activities"))
    assert 3 <= known <= 23
    if known < 23 + later:
        site.run("take back")
        site.place.do("once")
    activities = site.place.listing("activities")
    assert [one["subject"] for one in by_subject(activities)] == sorted(f"Message {n}" for n in range(1, 24 + later))
    site.place.do("reconcile")
