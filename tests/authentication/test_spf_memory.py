"""What is remembered of SPF: the same answers come to the same, and the DNS is asked as if nothing were."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.authentication import spf_engine
from poller.authentication.dns import QueryBudgetSpent, RecordType
from poller.authentication.findings import Result
from poller.authentication.spf_engine import Question
from poller.authentication.spf_memory import MAX_TEXT, _memory, evaluate
from tests.authentication.making import Zone
from tests.authentication.rfc7208 import cases

CLIENT = ip_address("203.0.113.7")
LIKE = {"acme.fi TXT": ["v=spf1 include:a.fi mx -all"], "a.fi TXT": ["v=spf1 ip4:203.0.113.0/24 -all"]}


@pytest.fixture(autouse=True)
def _forgotten():
    _memory.cache_clear()


def question(zone, sender: str = "anna@acme.fi", helo: str = "out.acme.fi") -> Question:
    return Question(client=CLIENT, sender=sender, helo=helo, resolver=zone)


@pytest.fixture
def evaluations(monkeypatch) -> list[Question]:
    seen: list[Question] = []
    engine = spf_engine.evaluate
    monkeypatch.setattr(spf_engine, "evaluate", lambda asked: seen.append(asked) or engine(asked))
    return seen


def test_a_client_of_a_domain_is_evaluated_once_whoever_writes(evaluations):
    zone = Zone(LIKE)
    found = [evaluate(question(zone, sender, sender)) for sender in ("anna@acme.fi", "eva@acme.fi", "eva@acme.fi")]
    assert [answer.result for answer in found] == [Result.PASS] * 3
    assert zone.asked == ["acme.fi txt", "a.fi txt"] * 3
    assert len(evaluations) == 1


@pytest.mark.parametrize(
    "records",
    [
        {"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 exists:%{l}.acme.fi -all"]},
        {"acme.fi TXT": ["v=spf1 exists:%{h} -all"]},
        {"acme.fi TXT": ["v=spf1 include:a.fi -all"], "a.fi TXT": ["v=spf1 exists:%{s}.a.fi -all"]},
        {"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all", "x" * MAX_TEXT]},
    ],
    ids=["local part", "HELO", "included", "very much text"],
)
def test_what_depends_on_the_message_or_is_long_is_evaluated_each_time(records, evaluations):
    for _ in range(2):
        evaluate(question(Zone(records)))
    assert len(evaluations) == 2


def test_another_answer_of_the_dns_is_another_evaluation(evaluations):
    outcomes = [Result.PASS, Result.FAIL, Result.PASS]
    for result, there in zip(outcomes, ("203.0.113.7", "192.0.2.1", "203.0.113.7"), strict=True):
        zone = Zone(LIKE | {"a.fi TXT": [f"v=spf1 ip4:{there} -all"]})
        assert evaluate(question(zone)).result is result
        assert zone.asked == ["acme.fi txt", "a.fi txt", "acme.fi mx"][: 2 + (result is Result.FAIL)]
    assert len(evaluations) == 3


@pytest.mark.parametrize("failing", ["acme.fi", "a.fi"])
def test_a_failure_is_the_same_as_without_a_memory_and_is_not_remembered(failing):
    evaluate(question(Zone(LIKE)))
    for _ in range(2):
        zone, plain = Zone(LIKE, [failing]), Zone(LIKE, [failing])
        assert evaluate(question(zone)) == spf_engine.evaluate(question(plain))
        assert zone.asked == plain.asked
    assert evaluate(question(Zone(LIKE))).result is Result.PASS


class Counting(Zone):
    """Answers so often."""

    def __init__(self, records, most: int) -> None:
        super().__init__(records)
        self.most = most

    def lookup(self, name: str, kind: RecordType) -> tuple[str, ...]:
        if len(self.asked) == self.most:
            raise QueryBudgetSpent(str(self.most))
        return super().lookup(name, kind)


@pytest.mark.parametrize("most", range(5))
def test_a_message_has_the_look_ups_that_it_would_have(most):
    never = LIKE | {"a.fi TXT": ["v=spf1 a -all"]}
    for before in (LIKE, never):
        evaluate(question(Zone(before)))
        zone, plain = Counting(never, most), Counting(never, most)
        assert evaluate(question(zone)) == spf_engine.evaluate(question(plain))
        assert zone.asked == plain.asked


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_suite_comes_to_the_same_a_second_time(case):
    sender = case.mail_from or f"postmaster@{case.helo}"
    asked = Question(client=case.client, sender=sender, helo=case.helo, resolver=case.zone)
    plain = spf_engine.evaluate(asked)
    assert [evaluate(asked), evaluate(asked)] == [plain, plain]


TERMS = ["a", "mx", "include:a.fi", "exists:b.fi", "ptr", "ip4:203.0.113.7", "redirect=a.fi", "-all", "?mx:b.fi", "x%"]
records = st.lists(st.sampled_from(TERMS), max_size=4).map(lambda terms: " ".join(["v=spf1", *terms]))
zones = st.fixed_dictionaries(
    {"acme.fi TXT": st.lists(records, max_size=2), "a.fi TXT": st.lists(records, max_size=1)},
    optional={"b.fi A": st.just(["192.0.2.1"]), "acme.fi A": st.just(["203.0.113.7"]), "b.fi MX": st.just(["1 b.fi"])},
)
worlds = st.tuples(zones, st.lists(st.sampled_from(["a.fi", "b.fi", "acme.fi A", "acme.fi MX"]), max_size=1))


@given(seen=st.lists(worlds, min_size=2, max_size=4))
def test_whatever_was_seen_before_it_comes_to_the_same(seen):
    _memory.cache_clear()
    for known, failing in (*seen, *seen):
        zone, plain = Zone(known, failing), Zone(known, failing)
        answer = spf_engine.evaluate(question(plain))
        assert evaluate(question(zone)) == answer
        assert zone.asked == plain.asked
        assert evaluate(replace(question(zone), sender="eva@acme.fi", helo="")) == answer
