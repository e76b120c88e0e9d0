"""/healthz, from what the parts of the service tell."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from poller.health import Health
from poller.metrics.answers import OK, UNAVAILABLE, Answers
from poller.metrics.pulse import Pulse
from tests.workplace import Workplace


@pytest.fixture
def health():
    return Health()


@pytest.fixture
def pulse():
    return Pulse(timedelta(minutes=1))


@pytest.fixture
def healthz(tmp_path, health, pulse):
    answers = Answers(Workplace(folder=tmp_path).settings(), health, pulse)

    def healthz():
        answer = answers.healthz()
        document = json.loads(answer.body)
        return answer.status, document["status"], document["problems"], document["hiccups"]

    return healthz


def test_a_service_that_does_what_it_should_is_healthy(healthz, health, pulse):
    assert healthz() == (OK, "starting", [], [])
    health.well("poll")
    pulse.working(lambda: 0.0)
    assert healthz() == (OK, "working", [], [])


def test_one_that_stands_by_is_healthy(healthz, pulse):
    pulse.standing_by()
    assert healthz() == (OK, "standby", [], [])


def test_hiccups_are_weather_and_three_in_a_row_are_not(healthz, health):
    for _ in range(2):
        health.failed("poll", "the server is away")
    assert healthz() == (OK, "starting", [], ["poll"])
    health.failed("poll", "the server is away")
    assert healthz() == (UNAVAILABLE, "degraded", ["poll: the server is away"], [])
    health.well("poll")
    assert healthz() == (OK, "starting", [], [])


def test_a_service_that_does_not_go_on_is_not_healthy(healthz, pulse, monkeypatch):
    monkeypatch.setattr(pulse, "trouble", lambda: "no poll for 200 s")
    assert healthz() == (UNAVAILABLE, "degraded", ["no poll for 200 s"], [])


def test_nothing_is_asked_of_a_database_that_is_not_open_yet(tmp_path, health, pulse):
    called = []
    answers = Answers(Workplace(folder=tmp_path).settings(), health, pulse)
    answers.refresh(lambda: called.append(1))
    assert called == [1]
    assert b"mailfiler_database_up 0.0" in answers.metrics().body
