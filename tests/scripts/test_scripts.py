import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = [*sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file()), ROOT / ".ci" / "run"]


@pytest.fixture
def tree(tmp_path):
    """A copy of the scripts, in a tree of their own."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    return tmp_path


def stub(path, text="", status=0):
    """A command that prints `text` with its own arguments, and ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho {text} "$@"\nexit {status}\n')
    path.chmod(0o755)


def run(script, *arguments, **environment):
    return subprocess.run(
        [script, *arguments], capture_output=True, text=True, check=False, cwd="/", env=os.environ | environment
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_can_be_started_and_says_what_it_does(script):
    interpreter, first_line = script.read_text().splitlines()[:2]
    assert os.access(script, os.X_OK)
    assert first_line.startswith("# ")
    subprocess.run([*interpreter.removeprefix("#!").split(), "-n", script], check=True)


class TestRun:
    @pytest.fixture
    def tree(self, tree):
        stub(tree / "scripts" / "setup", "extras:")
        stub(tree / ".venv" / "bin" / "mailfiler", "mailfiler")
        stub(tree / ".venv" / "bin" / "python", "python")
        return tree

    def test_without_settings_it_is_the_demonstration(self, tree):
        shown = run(tree / "scripts" / "run", "--once").stdout.splitlines()
        assert shown == ["extras: demo", f"python -P -m poller.demo --folder {tree}/var/demo --once"]

    def test_with_settings_it_is_the_service(self, tree):
        (tree / "settings.env").touch()
        shown = run(tree / "scripts" / "run", "--help").stdout.splitlines()
        assert shown == ["extras:", f"mailfiler --settings {tree}/settings.env run --help"]

    def test_once_ends_when_nothing_new_is_left(self, tree):
        (tree / "settings.env").touch()
        shown = run(tree / "scripts" / "run", "--once").stdout.splitlines()
        assert shown[-1] == f"mailfiler --settings {tree}/settings.env once"

    def test_a_postgresql_url_brings_its_driver(self, tree):
        (tree / "settings.env").write_text("DATABASE_URL=postgresql://mail@db/mail\n")
        assert run(tree / "scripts" / "run").stdout.splitlines()[0] == "extras: postgresql"


class TestSetup:
    def test_it_asks_for_a_suitable_python(self, tree):
        stub(tree / "old-python", status=1)
        done = run(tree / "scripts" / "setup", PYTHON=str(tree / "old-python"))
        assert (done.returncode, "Python 3.11 or later is needed" in done.stderr) == (1, True)

    def test_it_names_the_package_that_debian_keeps_apart(self, tree):
        (tree / "python").write_text(
            '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac\n'
        )
        (tree / "python").chmod(0o755)
        stub(tree / "bin" / "id", "1000 #")
        stub(tree / "bin" / "apt-get")
        done = run(tree / "scripts" / "setup", PYTHON=str(tree / "python"), PATH=f"{tree}/bin:{os.environ['PATH']}")
        assert done.returncode == 1
        assert "sudo apt-get install python3.11-venv" in done.stderr

    @pytest.mark.parametrize("extras", ["demo", "tests", "tests,demo"])
    def test_only_the_tests_bring_the_archives_that_they_read(self, tree, extras):
        stub(tree / ".venv" / "bin" / "python", "python")
        (tree / ".venv" / "home").write_text(f"{tree}\n")
        done = run(tree / "scripts" / "setup", extras, PYTHON=str(tree / ".venv" / "bin" / "python"))
        assert done.returncode == 0
        assert (f"python {tree}/tests/archives.py" in done.stdout.splitlines()) == ("tests" in extras)


class TestTest:
    @pytest.fixture
    def ended(self, tree):
        """Runs it as root on a machine with no mail server but those that are named -> how it ended."""
        stub(tree / "scripts" / "debian", "install")
        stub(tree / "scripts" / "setup", "extras:")
        stub(tree / ".venv" / "bin" / "python", "python")
        stub(tree / "bin" / "id", "0 #")
        stub(tree / "bin" / "apt-get")

        def start(*servers, arguments=("-x",)):
            for name in servers:
                stub(tree / "bin" / name)
            return run(tree / "scripts" / "test", *arguments, PATH=f"{tree}/bin:/usr/bin:/bin")

        return start

    @pytest.fixture
    def started(self, ended):
        """The same -> what it did, a line each."""
        return lambda *servers, **keys: ended(*servers, **keys).stdout.splitlines()

    def test_root_has_the_servers_installed(self, started):
        assert started() == [
            "install cron dovecot-imapd dovecot-lmtpd postgresql prometheus sqlite3 strace systemd postfix",
            "extras: tests",
            "python -m pytest -n 4 --dist worksteal -x",
        ]

    def test_without_arguments_each_database_has_a_run_of_its_own(self, started):
        assert started(arguments=())[2:] == [
            "python -m pytest -n 4 --dist worksteal --database sqlite",
            "python -m pytest -n 4 --dist worksteal --database postgresql",
        ]

    @pytest.mark.parametrize("broken", ["sqlite", "postgresql"])
    def test_both_runs_are_made_and_one_that_fails_is_enough_to_fail(self, tree, ended, broken):
        (tree / ".venv" / "bin" / "python").write_text(f'#!/bin/sh\necho "$@"\ncase "$*" in *{broken}) exit 3;; esac\n')
        done = ended(arguments=())
        assert [line.split()[-1] for line in done.stdout.splitlines()[2:]] == ["sqlite", "postgresql"]
        assert done.returncode == 3

    def test_a_postfix_that_is_there_stays(self, started):
        expected = "install cron dovecot-imapd dovecot-lmtpd postgresql prometheus sqlite3 strace systemd postfix"
        assert started("sendmail", "postfix")[0] == expected

    def test_another_mail_server_is_not_replaced(self, started):
        expected = "install cron dovecot-imapd dovecot-lmtpd postgresql prometheus sqlite3 strace systemd"
        assert started("sendmail")[0] == expected
