"""The connection of a worker, opened again where it ended."""

from __future__ import annotations

import pytest

from poller.errors import Transient
from poller.kept_inbox import over_expired_login
from poller.mailbox.errors import LoginExpired


def working(*answers):
    """What is done comes to these answers, one after the other."""
    left = list(answers)

    def work():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return work, left


OLD = LoginExpired("others had used its token", fresh=False)


@pytest.mark.parametrize(
    "answers",
    [("done",), (LoginExpired("its token has expired"), "done"), (OLD, LoginExpired("twice"), "done")],
)
def test_work_that_ends_with_its_token_begins_anew_at_once(answers):
    work, left = working(*answers)
    assert over_expired_login(work) == "done"
    assert not left


@pytest.mark.parametrize(
    "answers",
    [
        (LoginExpired("once"), LoginExpired("twice"), "done"),
        (OLD, OLD, "done"),
        (LoginExpired("once"), Transient("out of reach"), "done"),
        (Transient("out of reach"), "done"),
    ],
)
def test_what_goes_wrong_again_or_otherwise_is_left_to_the_next_time(answers):
    work, left = working(*answers)
    with pytest.raises(Transient):
        over_expired_login(work)
    assert left == ["done"]


def test_a_backlog_may_outlive_many_tokens(monkeypatch):
    now = iter(range(1000, 10_000, 61))
    monkeypatch.setattr("poller.mailbox.renewals.time.monotonic", lambda: next(now))
    work, left = working(*(LoginExpired(f"token {number}") for number in range(5)), "done")
    assert over_expired_login(work) == "done"
    assert not left
