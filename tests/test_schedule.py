"""When jobs are done, with jobs that are data."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from poller import schedule as schedules
from poller.errors import ConfigurationError, LoginRefused, Transient
from poller.filing.reasons import Outcome
from poller.health import Health
from poller.schedule import Job, Schedule, told
from poller.storage.lease import LeaseTaken
from tests.patience import PATIENCE
from tests.workplace import eventually


class Scripted:
    """A job that does what it is told, one after the other, and then nothing."""

    def __init__(self, answers: Iterable[object] = (), *, outcomes=None) -> None:
        self.answers = list(answers)
        self.outcomes = Counter({Outcome.FILED: 1}) if outcomes is None else outcomes
        self.times = 0
        self.done = threading.Condition()

    def __call__(self):
        with self.done:
            self.times += 1
            self.done.notify_all()
            answer = self.answers.pop(0) if self.answers else None
        if callable(answer):
            answer()
        if isinstance(answer, Exception):
            raise answer
        return self.outcomes

    def wait_for(self, times):
        with self.done:
            assert self.done.wait_for(lambda: self.times >= times, timeout=PATIENCE), self.times


def job_of(do, interval=3600.0, **kwargs):
    return Job("poll", do, timedelta(seconds=interval), health=Health(), **kwargs)


def schedule_of(*jobs, abort=lambda: None, stop=None):
    return Schedule(*jobs, abort=abort, stop=stop or threading.Event())


def test_the_first_time_comes_at_once_and_a_wake_up_brings_another():
    job = job_of(do := Scripted())
    with schedule_of(job) as schedule:
        do.wait_for(1)
        schedule.wake(job)
        do.wait_for(2)


def test_what_is_wanted_while_it_is_being_done_is_done_once_more():
    job = job_of(do := Scripted([lambda: schedule.wake(job)]))
    with (schedule := schedule_of(job)):
        do.wait_for(2)


def test_jobs_go_on_by_the_clock():
    with schedule_of(job_of(do := Scripted(), interval=0.05)):
        do.wait_for(3)


def test_a_job_with_outcomes_brings_the_one_that_it_leads_to():
    after = Job("notices", do := Scripted(), timedelta(hours=1), health=Health())
    polls = Scripted([lambda: do.wait_for(1)])  # whose own first time is over then
    with schedule_of(job_of(polls, leads_to=after), after):
        do.wait_for(2)


def test_a_job_without_outcomes_brings_no_other():
    after = Job("notices", do := Scripted(), timedelta(hours=1), health=Health())
    with schedule_of(job_of(polls := Scripted(outcomes=Counter()), interval=0.05, leads_to=after), after):
        polls.wait_for(3)
    assert do.times <= 1


def test_a_job_that_hangs_holds_up_no_other():
    over = threading.Event()
    hanging = Job("notices", Scripted([over.wait]), timedelta(hours=1), health=Health())
    with schedule_of(job_of(do := Scripted(), interval=0.05), hanging):
        do.wait_for(3)
        over.set()


def test_a_job_that_hangs_is_aborted_at_the_end(monkeypatch):
    monkeypatch.setattr(schedules, "GRACE_SECONDS", 0.01)
    over = threading.Event()
    with schedule_of(job_of(do := Scripted([over.wait])), abort=over.set):
        do.wait_for(1)
    assert over.is_set()


def test_a_bug_does_not_end_the_job(caplog):
    with schedule_of(job_of(do := Scripted([ZeroDivisionError("a bug")]), interval=0.05)):
        do.wait_for(2)
    assert "poll failed" in caplog.text


@pytest.mark.parametrize("error", [Transient("the server is away"), ConfigurationError("no such folder")])
def test_trouble_is_waited_out_and_a_wake_up_does_not_shorten_that(error, caplog):
    job = job_of(do := Scripted([error]), interval=0.05)
    with schedule_of(job) as schedule:
        eventually(lambda: "trying again in" in caplog.text)
        schedule.wake(job)
    assert do.times == 1


def test_the_trouble_that_an_end_makes_is_not_told(caplog):
    stop = threading.Event()

    def break_off():
        stop.set()
        raise Transient("cut off")

    with schedule_of(job_of(Scripted([break_off])), stop=stop) as schedule:
        schedule.wait()
    assert "cut off" not in caplog.text


def test_a_worker_that_lost_its_mailbox_to_another_says_so():
    with pytest.raises(LeaseTaken), schedule_of(job_of(Scripted([LeaseTaken("another worker")]))) as schedule:
        schedule.wait()


def pauses(monkeypatch, caplog, errors):
    """Seconds of back-off after each of the errors in a row."""
    monkeypatch.setattr("poller.retrying.random.uniform", lambda low, _high: low)
    job = job_of(Scripted())
    caplog.set_level("DEBUG", "poller.schedule")
    for error in errors:
        job.back_off(error)
    return [record.args[-1] for record in caplog.records if "trying again" in record.message]


def test_back_off_doubles_from_half_a_minute_to_a_quarter_of_an_hour(monkeypatch, caplog):
    assert pauses(monkeypatch, caplog, [Transient("x")] * 8) == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_refused_login_is_tried_three_times_and_then_seldom(monkeypatch, caplog):
    assert pauses(monkeypatch, caplog, [LoginRefused("x")] * 4) == [30, 60, 1800, 1800]


def test_outcomes_are_told_in_order():
    assert told(Counter({Outcome.REJECTED: 1, Outcome.FILED: 3})) == "3 filed, 1 rejected"


def test_trouble_that_stays_the_same_is_told_once(caplog):
    job = job_of(Scripted())
    for words in ("the disk is full", "the disk is full", "the server is away"):
        job.back_off(Transient(words))
    told_of = [record.args[1] for record in caplog.records if "trying again" in record.message]
    assert told_of == ["the disk is full", "the server is away"]


def test_what_is_overdue_on_monotonic_time_is_done_whatever_the_clock_says(monkeypatch):
    job = job_of(do := Scripted(), interval=0.05)
    # As a clock that was set back by an hour: the scheduler waits for a time that does not come.
    monkeypatch.setattr(schedules._Every, "get_next_fire_time", lambda _self, _before, now: now + timedelta(hours=1))
    monkeypatch.setattr(schedules, "_OVERDUE_SECONDS", 0)
    monkeypatch.setattr(schedules, "_LOOK_SECONDS", 0.05)
    stop = threading.Event()
    with schedule_of(job, stop=stop) as schedule:
        waiting = threading.Thread(target=schedule.wait)
        waiting.start()
        do.wait_for(3)
        stop.set()
        waiting.join()


def test_a_clock_that_was_set_forward_makes_no_list_of_the_times_between():
    now = datetime(2056, 1, 1, tzinfo=UTC)
    assert schedules._Every(timedelta(minutes=1)).get_next_fire_time(datetime(1970, 1, 1, tzinfo=UTC), now) > now


def test_a_run_that_begins_after_the_end_does_nothing_and_ends():
    """The scheduler may have handed it to its thread just before; the process waits for that thread."""
    job = job_of(do := Scripted())
    with schedule_of(job) as schedule:
        do.wait_for(1)
    late = threading.Thread(target=schedule._run, args=(job,), daemon=True)
    late.start()
    late.join(PATIENCE)
    assert not late.is_alive()
    assert do.times == 1


def test_what_was_said_goes_on_with_when_it_is_tried_again(caplog):
    job_of(Scripted()).back_off(Transient("localhost:1 does not answer; it is tried again."))
    assert "localhost:1 does not answer; trying again in 3" in caplog.text
