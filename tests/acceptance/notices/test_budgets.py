"""A flood of refusals in one poll, from one sender, one domain, everybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tests.acceptance.notices.mail import Mail
from tests.acceptance.notices.place import Place
from tests.acceptance.program import Ended

ONE = "olaf@one.example"
FLOOD = tuple(
    Mail(name=f"flood {number}", sender=ONE, to=("9999.mycompany", "former")[number % 2]) for number in range(500)
)
NUMBERS = tuple(Mail(name=f"number {n}", sender="olaf@many.example", to=f"90{n:02}.mycompany") for n in range(7))
COLLEAGUES = tuple(Mail(name=f"colleague {number}", sender=f"olaf{number}@domain.example") for number in range(53))
EVERYBODY = tuple(
    Mail(name=f"everybody {number}", sender=f"olaf{number}@everybody{number % 10}.example") for number in range(150)
)


@pytest.fixture(scope="module")
def flooded(place_with: Callable[..., Place]) -> Place:
    place = place_with()
    place.put(*FLOOD, *NUMBERS, *COLLEAGUES, *EVERYBODY)
    return place


@pytest.fixture(scope="module")
def ended(flooded: Place) -> Ended:
    return flooded.once()


@pytest.fixture(scope="module")
def states(flooded: Place, ended: Ended) -> dict[str, str]:
    return flooded.states()


def counted(states: dict[str, str], mails: Iterable[Mail]) -> Counter[str]:
    return Counter(states[mail.name] for mail in mails)


def test_500_refusals_of_one_sender_are_one_notice_for_each_reason(flooded: Place, states: dict[str, str]) -> None:
    assert counted(states, FLOOD) == {"sent": 2, "suppressed:Q17": 498}
    notices = [one for one in flooded.notices() if one.taken.recipient == ONE]
    assert sorted(notice.status["status"] for notice in notices) == ["5.1.1", "5.1.6"]


def test_one_sender_gets_five_in_two_hours(states: dict[str, str]) -> None:
    assert counted(states, NUMBERS) == {"sent": 5, "suppressed:Q17": 2}


def test_one_domain_gets_fifty_in_an_hour(states: dict[str, str]) -> None:
    assert counted(states, COLLEAGUES) == {"sent": 50, "suppressed:Q17": 3}


def test_everybody_together_gets_two_hundred_in_an_hour(flooded: Place, states: dict[str, str]) -> None:
    assert counted(states, EVERYBODY) == {"sent": 143, "suppressed:Q17": 7}
    assert len(flooded.notices()) == 200


def test_the_breaker_is_an_alert_in_the_log_and_not_one_for_each(ended: Ended) -> None:
    alerts = [line for line in ended.err.splitlines() if " warning " in line or " error " in line]
    assert 1 <= len(alerts) <= 10
    assert any("notice" in line and "Q17" in line for line in alerts), alerts


def test_all_of_it_was_judged_all_the_same(flooded: Place, ended: Ended) -> None:
    assert {row["outcome"] for row in flooded.rows().values()} == {"rejected"}


def test_budgets_come_back_with_time(flooded: Place, states: dict[str, str]) -> None:
    flooded.hours_pass(1.1)
    later = (
        Mail(name="later, of the domain", sender="olaf99@domain.example"),
        Mail(name="later, of the flood", sender=ONE),
        Mail(name="later, of the numbers", sender=NUMBERS[0].address, to="9099.mycompany"),
    )
    flooded.once(*later)
    found = flooded.states()
    assert [found[mail.name] for mail in later] == ["sent", "suppressed:Q17", "suppressed:Q17"]
    flooded.hours_pass(24)
    again = tuple(Mail(name=f"a day {mail.name}", sender=mail.address, to=mail.to) for mail in later)
    flooded.once(*again)
    found = flooded.states()
    assert [found[mail.name] for mail in again] == ["sent", "sent", "sent"]
