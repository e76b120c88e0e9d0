"""WHEN: the service as a process, against real servers."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from itertools import count
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from poller import service
from poller.cli import main
from poller.storage.lease import LeaseTaken
from tests.patience import PATIENCE
from tests.servers.dovecot import Kind
from tests.servers.smtp import STALL, ScriptedSmtp
from tests.workplace import Workplace, eventually, mail


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    return Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)


@pytest.fixture
def run():
    """Starts `mailfiler run`, as often as wanted; whatever still runs at the end is killed."""
    processes = []

    def start(workplace, **settings):
        log = workplace.folder / f"log{len(processes)}"
        command = [sys.executable, "-m", "poller", "--settings", str(workplace.write_settings(**settings)), "run"]
        with log.open("wb") as stderr:
            processes.append(subprocess.Popen(command, stderr=stderr))
        return processes[-1], log

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_run_files_what_is_there_then_what_arrives_and_ends_on_sigterm(workplace, run):
    workplace.import_directory()
    workplace.user.deliver(mail(1))
    # IDLE must bring the second one: the next poll by the clock is an hour away.
    process, log = run(workplace, POLL_INTERVAL="1h")
    eventually(lambda: workplace.user.count(".Filed") == 1)
    workplace.user.deliver(mail(2))
    eventually(lambda: workplace.user.count(".Filed") == 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert "Traceback" not in log.read_text()
    assert [one["subject"] for one in workplace.listing("activities")] == ["Message 1", "Message 2"]


def test_without_idle_the_clock_brings_new_mail_and_ctrl_c_ends_it(dovecot_of, tmp_path, run):
    dovecot = dovecot_of(Kind(without=("IDLE",)))
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())
    workplace.import_directory()
    process, _ = run(workplace, POLL_INTERVAL="1s")
    eventually(lambda: "Filed" in " ".join(one.name for one in workplace.user.maildir.glob(".*")))
    workplace.user.deliver(mail(1))
    eventually(lambda: workplace.user.count(".Filed") == 1)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0


def test_a_second_worker_waits_and_takes_over_when_the_first_is_killed(workplace, run):
    workplace.import_directory()
    first, log = run(workplace, POLL_INTERVAL="1h")
    eventually(lambda: "watching" in log.read_text())
    second, second_log = run(workplace, POLL_INTERVAL="1h")
    eventually(lambda: "another worker" in second_log.read_text())
    first.kill()
    first.wait()
    workplace.user.deliver(mail(1))
    eventually(lambda: workplace.user.count(".Filed") == 1)
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 0


def test_one_that_waits_says_so_once(tmp_path, monkeypatch, caplog):
    tries = count()

    def open_worker(_settings, stop, _progress):
        if next(tries) == 5:
            stop.set()
        raise LeaseTaken("INBOX: another worker is running")

    monkeypatch.setattr(service, "open_worker", open_worker)
    monkeypatch.setattr(service, "_LEASE_SECONDS", 0)
    with caplog.at_level("INFO"):
        service.run(Workplace(folder=tmp_path).settings(), lambda _done, _total: None)
    assert caplog.messages == ["INBOX: another worker is running; waiting for it to end", "stopped"]


def fares(workplace) -> str:
    """What `check` says of the service."""
    return CliRunner().invoke(main, ["--settings", str(workplace.folder / "settings.env"), "check"]).stdout


def test_one_that_has_ended_is_known_to_have_and_one_that_takes_over_is_at_work(workplace, run):
    first, _ = run(workplace, POLL_INTERVAL="1h")
    eventually(lambda: f"is at work as process {first.pid} since" in fares(workplace))
    second, second_log = run(workplace, POLL_INTERVAL="1h")
    eventually(lambda: "another worker" in second_log.read_text())
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    eventually(lambda: f"is at work as process {second.pid} since" in fares(workplace))
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 0
    assert "! service: ended at 20" in fares(workplace)


def test_an_end_that_cannot_be_told_at_once_holds_nothing_up(monkeypatch):
    """As where the database stays locked."""
    monkeypatch.setattr(service, "_END_SECONDS", 0)
    unlocked, told = threading.Event(), threading.Event()
    service._tell_end(SimpleNamespace(tell_end=lambda: unlocked.wait(PATIENCE) and told.set()))
    assert not told.is_set()
    unlocked.set()
    assert told.wait(PATIENCE)


def test_an_smtp_server_that_hangs_holds_up_neither_filing_nor_the_end(workplace, run):
    workplace.import_directory()
    with ScriptedSmtp(answers={"DATA": STALL}) as smtp:
        # The digest is due at once, and fills the outbox without a refusal.
        process, log = run(workplace, POLL_INTERVAL="1h", ADMIN_ADDRESS="admin@acme.fi", **smtp.keys())
        eventually(lambda: "DATA" in smtp.commands())
        workplace.user.deliver(mail(1))
        eventually(lambda: workplace.user.count(".Filed") == 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert "Traceback" not in log.read_text()


def test_the_service_sends_what_is_queued_while_the_mailbox_is_out_of_reach(workplace, run):
    with ScriptedSmtp() as smtp:
        _, log = run(workplace, IMAP_PORT="1", ADMIN_ADDRESS="admin@acme.fi", **smtp.keys())
        eventually(lambda: "notices: 1 sent" in log.read_text())
    assert [one.recipient for one in smtp.taken] == ["admin@acme.fi"]
