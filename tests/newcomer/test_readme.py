"""Every shell line of README, from the clone to the service, in one shell on a machine of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.newcomer import machine
from tests.servers.needs import need
from tests.servers.site import SITE

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

STAND_INS = {
    "scripts/run ": "test -x scripts/run",  # .ci/run runs it
    "scripts/test ": "test -x scripts/test",  # these are the tests
    # "Send one from your usual mail program" comes before it.
    "sed -i '/^AUTH_POLICY=/d' settings.env ": "sed -i '/^AUTH_POLICY=/d' settings.env; from-outside && mailfiler once",
    # Until it is at work; then it is told to end, and must end well.
    "mailfiler run": "mailfiler run & until mailfiler check | grep ' at work '; do kill -0 $!; done; kill $!; wait $!",
}
"""What cannot be run as it stands, by how the line starts -> what is run instead."""

# A message that goes on while it looks may be seen in no queue, but not twice in a row.
_EMPTY = 'postqueue -p | grep -q "is empty"'
EMPTIED = f"until {_EMPTY} && {_EMPTY}; do sleep 0.1; done"

PROGRAMS = {
    # There is no network: the clone was made before.
    "git": '[ "$1 $3" = "clone mailfiler" ] && cp -a "$PREPARED" mailfiler',
    # And what it would install is installed.
    "apt-get": 'shift 2 && for package; do dpkg -s "$package" >/dev/null || exit; done',
    # Sendmail returns when Postfix has the mail; "a moment later" it is in the mailbox.
    "sendmail": f'/usr/sbin/sendmail "$@" && {EMPTIED}',
}
"""Programs that are others here: name -> the script."""

OUTSIDE = """
import smtplib
with smtplib.SMTP("127.0.0.1", source_address=("127.0.0.2", 0)) as server:
    server.sendmail(
        "anna@example.com",
        ["1001.mycompany@in.example.com"],
        "From: anna@example.com\\r\\nTo: bob@customer.example\\r\\nSubject: From outside\\r\\n\\r\\nHello.\\r\\n",
    )
"""
"""A mail program elsewhere, at an address that the SPF record of example.com names."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What all lines printed."""
    need(SITE, "Postfix and Dovecot, as root", "postfix dovecot-imapd dovecot-lmtpd")
    if not machine.can_be():
        pytest.skip("this root may not make a machine of its own (unshare, mount)")
    folder = tmp_path_factory.mktemp("newcomer")
    prepare(folder / "prepared", installed_at=folder / "mailfiler")
    for name, script in PROGRAMS.items():
        write_program(folder / "bin" / name, script)
    write_program(folder / "bin" / "from-outside", f"{sys.executable} -c '{OUTSIDE}' && {EMPTIED}")
    (folder / "script").write_text(shell_script(README))
    return machine.run(folder / "script", folder, environment(folder))


def environment(folder: Path) -> dict[str, str]:
    """What Python compiles is kept: each command would do it again."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PATH": f"{folder}/bin:{os.environ['PATH']}", "PREPARED": f"{folder}/prepared"}


def shell_script(text: str) -> str:
    """The blocks of shell lines, each line with the number that it has in the text; the first that fails ends it."""
    lines, inside = ["set -E; trap 'echo README.md:$LINENO fails: $BASH_COMMAND; exit 1' ERR"], False
    for line in text.splitlines()[1:]:
        fence = line.startswith("```")
        lines.append(stood_in_for(line) if inside and not fence else "")
        inside = line == "```sh" if fence else inside
    return "\n".join(lines) + "\n"


def stood_in_for(line: str) -> str:
    return next((instead for start, instead in STAND_INS.items() if f"{line} ".startswith(start)), line)


def prepare(clone: Path, installed_at: Path) -> None:
    """A clone of this tree, with an environment that is the one of these tests and looks as scripts/setup leaves it."""
    clone.mkdir()
    for name in ("poller", "models", "scripts", "pyproject.toml", "settings.example.env"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, clone / name)
    programs = Path(sys.executable).parent
    for name in ("python", "mailfiler"):
        write_program(clone / ".venv" / "bin" / name, f'PYTHONPATH={installed_at} exec {programs}/{name} "$@"')
    (clone / ".venv" / "bin" / "activate").write_text(f"PATH={installed_at}/.venv/bin:$PATH\n")
    wanted = f'echo "{installed_at} $(cat pyproject.toml poller/__init__.py | cksum)" >.venv/installed-tests'
    subprocess.run(wanted, shell=True, cwd=clone, check=True)


def write_program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_every_line_runs_and_the_mail_is_filed(printed: str) -> None:
    assert re.findall(r"(?:INBOX;\d+/\d+|^\d+): (filed as activity \d|rejected \S+)", printed, re.MULTILINE) == [
        "filed as activity 1",
        "rejected (recipient-invalid):",
        "filed as activity 2",  # by `retry`, in the log
        "filed as activity 2",  # and as its answer
        "filed as activity 3",  # from outside, where the author has to be proven
    ]


def test_what_is_wrong_with_a_line_is_told_with_its_number() -> None:
    script = shell_script("# Title\n\n```sh\ntrue\nfalse\n```\n")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "README.md:5 fails: false\n")


@pytest.mark.parametrize("start", STAND_INS)
def test_what_stands_in_for_a_line_stands_in_for_one(start: str) -> None:
    assert len(re.findall(rf"^{re.escape(start.strip())}(?: .*)?$", README, re.MULTILINE)) == 1


def test_there_are_no_shell_lines_that_are_not_run() -> None:
    assert set(re.findall(r"^```(\w*)$", README, re.MULTILINE)) <= {"", "sh", "ini"}
