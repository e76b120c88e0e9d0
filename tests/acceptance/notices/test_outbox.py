"""A submission server that is down, refuses, or is lost in the middle. Filing goes on whatever it does."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.acceptance.notices.mail import Mail, answered
from tests.acceptance.notices.notice import FROM, Notice
from tests.acceptance.notices.place import Place
from tests.acceptance.program import started
from tests.patience import PATIENCE
from tests.servers.ports import free_port
from tests.servers.smtp import CUT, HANG_UP
from tests.warm import Started

REFUSED = answered("a refusal")
FILED = Mail(name="filed", sender="anna@mycompany.example", to="1001.mycompany", outcome="filed", reason=None)
MINUTES = 5 / 60


@pytest.fixture
def place_of(place_with: Callable[..., Place]) -> Callable[..., Place]:
    """An installation with a refusal and something to file in its mailbox; its server answers so."""

    def make(answers: dict[str, Any], **settings: str) -> Place:
        place = place_with(settings, answers=answers)
        place.put(REFUSED, FILED)
        return place

    return make


def rounds(place: Place, count: int) -> Iterator[str]:
    """The state of the notice after each of so many runs, five hours apart."""
    for _ in range(count):
        place.once()
        yield place.states()[REFUSED.name]
        place.hours_pass(5)


def test_a_server_that_is_down_leaves_notices_queued_and_mail_is_filed(place_of: Callable[..., Place]) -> None:
    place = place_of({}, SMTP_PORT=str(free_port()))
    assert list(rounds(place, 1)) == ["queued"]
    assert place.rows()[FILED.name]["outcome"] == "filed"
    assert place.rows()[REFUSED.name]["outcome"] == "rejected"
    place.set(SMTP_PORT=str(place.smtp.port))
    assert list(rounds(place, 2)) == ["sent", "sent"]
    assert len(place.notices()) == 1


def test_without_a_server_they_are_queued_until_there_is_one(place_of: Callable[..., Place]) -> None:
    place = place_of({}, SMTP_HOST="")
    place.once()
    assert place.states()[REFUSED.name] == "queued"
    place.set(SMTP_HOST="localhost")
    place.once()
    assert place.states()[REFUSED.name] == "sent"


def test_after_three_days_without_a_server_they_expire(place_of: Callable[..., Place]) -> None:
    place = place_of({}, SMTP_HOST="")
    place.once()
    place.hours_pass(72)
    place.set(SMTP_HOST="localhost")
    place.once()
    assert place.states()[REFUSED.name] == "failed"
    assert place.notices() == []


@pytest.mark.parametrize("stage", ["connect", "MAIL", "RCPT", "DATA", "."])
def test_a_temporary_answer_at_any_stage_is_tried_again(place_of: Callable[..., Place], stage: str) -> None:
    usual = {"connect": "220 here", "DATA": "354 go on"}.get(stage, "250 OK")
    place = place_of({stage: ["451 4.3.0 not now", usual]})
    assert list(rounds(place, 2)) == ["queued", "sent"]
    assert len(place.notices()) == 1


def test_it_is_not_tried_again_at_once(place_of: Callable[..., Place]) -> None:
    place = place_of({"RCPT": ["451 4.3.0 not now", "250 OK"]})
    place.once()
    place.once()
    assert place.states()[REFUSED.name] == "queued"
    place.hours_pass(2 * MINUTES)
    place.once()
    assert place.states()[REFUSED.name] == "sent"


def test_after_five_attempts_it_is_given_up(place_of: Callable[..., Place]) -> None:
    place = place_of({"RCPT": "451 4.3.0 not now"})
    assert list(rounds(place, 6)) == ["queued"] * 4 + ["failed"] * 2
    assert place.smtp.commands().count("RCPT") == 5


@pytest.mark.parametrize("stage", ["RCPT", "DATA", "."])
def test_a_lasting_refusal_is_final_and_answered_by_nobody(place_of: Callable[..., Place], stage: str) -> None:
    place = place_of({stage: "550 5.1.1 nobody"})
    assert list(rounds(place, 2)) == ["failed", "failed"]
    assert place.smtp.commands().count("RCPT") == 1
    assert place.notices() == []


@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT"])
def test_a_connection_lost_before_the_message_repeats_nothing(place_of: Callable[..., Place], stage: str) -> None:
    usual = {"connect": "220 here", "EHLO": "250 here"}.get(stage, "250 OK")
    place = place_of({stage: [HANG_UP, usual]})
    assert list(rounds(place, 2)) == ["queued", "sent"]
    assert len(place.notices()) == 1


def test_a_connection_lost_after_the_final_dot_is_one_repeat_with_the_same_id(place_of: Callable[..., Place]) -> None:
    place = place_of({"DATA": [CUT, "354 go on"]})
    assert list(rounds(place, 3)) == ["queued", "sent", "sent"]
    assert same(place.notices(), 2)


def test_there_is_no_second_repeat(place_of: Callable[..., Place]) -> None:
    place = place_of({"DATA": CUT})
    assert list(rounds(place, 4))[1:] == ["failed"] * 3
    assert same(place.notices(), 2)


def test_killed_after_250_is_one_repeat_with_the_same_id(place_of: Callable[..., Place]) -> None:
    place = place_of({})
    running: list[Started] = []
    place.smtp.after_dot = lambda: running[0].send_signal(signal.SIGKILL)
    with started(place.program, "once") as process:
        running.append(process)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    place.smtp.after_dot = lambda: None
    place.hours_pass(2)
    place.once()
    assert set(place.states().values()) == {"sent", "none"}
    place.hours_pass(2)
    place.once()
    assert same(place.notices(), 2)


def test_a_server_that_refuses_the_null_sender_fails_with_an_alert(place_of: Callable[..., Place]) -> None:
    place = place_of({"MAIL FROM:<>": "550 5.1.7 no null sender here"})
    ended = place.once()
    assert place.states()[REFUSED.name] == "failed"
    assert "NOTICE_ENVELOPE_FROM" in ended.err


def test_an_envelope_sender_for_such_a_server_is_known_as_ours(place_of: Callable[..., Place]) -> None:
    place = place_of({"MAIL FROM:<>": "550 5.1.7"}, NOTICE_ENVELOPE_FROM="returns@mycompany.example")
    ours = Mail(name="Q11", sender="returns@mycompany.example", notice="suppressed:Q11")
    place.once(ours)
    assert place.states() == {REFUSED.name: "sent", FILED.name: "none", ours.name: "suppressed:Q11"}
    [notice] = place.notices()
    assert notice.taken.sender == "returns@mycompany.example"
    assert notice.parsed["From"].addresses[0].addr_spec == FROM


def same(notices: list[Notice], count: int) -> bool:
    """So many notices, all of them one message."""
    return len(notices) == count and len({notice.octets for notice in notices}) == 1
