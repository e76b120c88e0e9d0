"""WHEN: the service as a process, against a real server; and its schedule, with a worker that is data."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import pytest

from poller import service
from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.filing.reasons import Outcome
from poller.service import Schedule, stop_on_signals
from poller.storage.lease import LeaseTaken
from tests.servers.dovecot import Kind
from tests.workplace import Workplace, eventually, mail


@pytest.fixture
def workplace(dovecot, tmp_path):
    return Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())


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
    assert process.wait(20) == 0
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
    assert process.wait(20) == 0


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
    assert second.wait(20) == 0


def test_a_signal_that_comes_while_the_stop_is_being_asked_for_blocks_nothing():
    with stop_on_signals() as stop:
        with stop._cond:  # as `stop.wait` holds it for a moment
            signal.raise_signal(signal.SIGTERM)
        assert stop.wait(10)


class Scripted:
    """A worker whose polls do what they are told, one after the other, and then nothing."""

    def __init__(self, answers: Iterable[object] = ()) -> None:
        self.answers = list(answers)
        self.polls = 0
        self.polled = threading.Condition()

    def poll_until_empty(self):
        with self.polled:
            self.polls += 1
            self.polled.notify_all()
            answer = self.answers.pop(0) if self.answers else None
        if callable(answer):
            answer()
        if isinstance(answer, Exception):
            raise answer
        return Counter({Outcome.FILED: 1})

    def abort(self):
        pass

    def wait_for(self, polls):
        with self.polled:
            assert self.polled.wait_for(lambda: self.polls >= polls, timeout=20), self.polls


def schedule_of(worker, interval=3600.0):
    return Schedule(timedelta(seconds=interval), worker, threading.Event())


def test_the_first_poll_comes_at_once_and_a_wake_up_brings_another():
    worker = Scripted()
    with schedule_of(worker) as schedule:
        worker.wait_for(1)
        schedule.wake()
        worker.wait_for(2)


def test_mail_that_comes_during_a_poll_is_polled_for_after_it():
    schedule = schedule_of(worker := Scripted([lambda: schedule.wake()]))  # noqa: PLW0108 - not bound yet
    with schedule:
        worker.wait_for(2)


def test_polls_go_on_by_the_clock():
    with schedule_of(worker := Scripted(), interval=0.05):
        worker.wait_for(3)


def test_a_bug_does_not_end_the_polls(caplog):
    with schedule_of(worker := Scripted([ZeroDivisionError("a bug")]), interval=0.05):
        worker.wait_for(2)
    assert "the poll failed" in caplog.text


@pytest.mark.parametrize("error", [Transient("the server is away"), ConfigurationError("no such folder")])
def test_trouble_is_waited_out_and_a_wake_up_does_not_shorten_that(error, caplog):
    with schedule_of(worker := Scripted([error]), interval=0.05) as schedule:
        eventually(lambda: "trying again in" in caplog.text)
        schedule.wake()
    assert worker.polls == 1


def test_a_worker_that_lost_its_mailbox_to_another_says_so():
    with pytest.raises(LeaseTaken), schedule_of(Scripted([LeaseTaken("another worker")])) as schedule:
        schedule.wait()


def pauses(monkeypatch, caplog, errors):
    """Seconds of back-off after each of the errors in a row."""
    monkeypatch.setattr(service.random, "uniform", lambda low, _high: low)
    schedule = schedule_of(Scripted())
    for error in errors:
        schedule._back_off(error)
    return [record.args[-1] for record in caplog.records if "trying again" in record.message]


def test_back_off_doubles_from_half_a_minute_to_a_quarter_of_an_hour(monkeypatch, caplog):
    assert pauses(monkeypatch, caplog, [Transient("x")] * 8) == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_refused_login_is_tried_three_times_and_then_seldom(monkeypatch, caplog):
    assert pauses(monkeypatch, caplog, [LoginRefused("x")] * 4) == [30, 60, 1800, 1800]
