from __future__ import annotations

import pytest

from poller.authentication.dns import QueryBudgetSpent, RecordType, TemporaryFailure
from poller.resolver import MessageResolver
from tests.resolver.making import Clock, Dns, answer, settings

TXT, MX = RecordType.TXT, RecordType.MX


def resolver(dns: Dns, **budgets: float) -> MessageResolver:
    return MessageResolver(dns, settings(**budgets), dns.clock)  # type: ignore[arg-type]


def test_a_name_is_looked_up_as_one_question_however_it_is_written(clock: Clock) -> None:
    dns = Dns(clock, {"acme.fi TXT": answer("v=spf1 -all")})
    assert resolver(dns).lookup("ACME.fi.", TXT) == ("v=spf1 -all",)


def test_each_look_up_counts_whatever_it_costs(clock: Clock) -> None:
    dns = Dns(clock)
    message = resolver(dns, query_budget=4)
    for name in ("acme.fi", "acme.fi", "acme..fi", "other.fi"):
        assert message.lookup(name, TXT) == ()
    for _ in range(2):
        with pytest.raises(QueryBudgetSpent, match=r"^the message needs more than 4 DNS look-ups$"):
            message.lookup("acme.fi", TXT)
    assert len(dns.asked) == 3


@pytest.mark.parametrize("name", ["", ".", f"{'a' * 64}.fi", "a." * 200, "a..b", "\0", "ä.fi"])
def test_for_what_cannot_be_a_name_nobody_is_asked(clock: Clock, name: str) -> None:
    dns = Dns(clock)
    assert resolver(dns).lookup(name, TXT) == ()
    assert dns.asked == []


def test_answers_of_5_s_cost_20_s_and_then_nobody_is_asked_any_more(clock: Clock) -> None:
    dns = Dns(clock)
    dns.takes = 4.5
    message = resolver(dns, timeout=5, time_budget=20)
    start = clock.now
    for number in range(4):
        message.lookup(f"{number}.fi", TXT)
    with pytest.raises(TemporaryFailure):
        message.lookup("4.fi", TXT)
    assert clock.now - start == 20
    with pytest.raises(
        TemporaryFailure, match=r"^the 20 s for the message's DNS look-ups were over before TXT of 5.fi$"
    ):
        message.lookup("5.fi", TXT)
    assert dns.waits == [5, 5, 5, 5, 2]
    assert clock.now - start == 20


def test_time_between_look_ups_does_not_count(clock: Clock) -> None:
    dns = Dns(clock)
    message = resolver(dns)
    message.lookup("acme.fi", TXT)
    clock.now += 3600
    assert message.lookup("acme.fi", MX) == ()
    assert dns.waits == [5, 5]


def test_a_name_without_an_answer_is_not_asked_for_again_by_the_same_message(clock: Clock) -> None:
    dns = Dns(clock)
    dns.failing = {"acme.fi"}
    message = resolver(dns)
    for name, kind in (("acme.fi", TXT), ("acme.fi", TXT), ("ACME.fi.", MX)):
        with pytest.raises(TemporaryFailure, match=r"^no answer for TXT of acme.fi$"):
            message.lookup(name, kind)
    assert dns.asked == ["acme.fi TXT"]
    dns.failing = set()
    assert resolver(dns).lookup("acme.fi", TXT) == ()


def test_look_ups_without_an_answer_count_too(clock: Clock) -> None:
    dns = Dns(clock)
    dns.failing = {"acme.fi"}
    message = resolver(dns, query_budget=2)
    for expected in (TemporaryFailure, TemporaryFailure, QueryBudgetSpent):
        with pytest.raises(expected):
            message.lookup("acme.fi", TXT)
