from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from poller.authentication.authenticate import authenticate
from poller.authentication.dns import QueryBudgetSpent, RecordType, Resolver, TemporaryFailure
from poller.authentication.gather import Submission
from poller.authentication.trace import read_trace
from poller.authentication.verdict import Authentication
from poller.errors import Transient
from poller.mail.reader import read_message
from poller.resolver import CachingResolver
from poller.resolver.question import Answer, Question
from tests.authentication.making import auth, delivered, written
from tests.authentication.signing import Key, sign
from tests.patience import PATIENCE
from tests.resolver.making import Clock, Dns, answer, question, settings
from tests.servers.dns import DnsServer, Trouble

TXT = RecordType.TXT


def resolver(dns: Dns) -> CachingResolver:
    return CachingResolver(settings(), client=dns, clock=dns.clock)


def test_an_answer_is_asked_for_once_while_it_holds(clock: Clock) -> None:
    dns = Dns(clock, {"acme.fi TXT": answer("v=spf1 -all", ttl=300)})
    shared = resolver(dns)
    for _ in range(3):
        assert shared.lookup(question(), 5) == ("v=spf1 -all",)
        assert shared.lookup(question("none.fi"), 5) == ()
    assert dns.asked == ["acme.fi TXT", "none.fi TXT"]
    clock.now += 300
    shared.lookup(question(), 5)
    assert len(dns.asked) == 3


def test_a_temporary_failure_is_not_remembered(clock: Clock) -> None:
    dns = Dns(clock, {"acme.fi TXT": answer("v=spf1 -all")})
    dns.failing = {"acme.fi"}
    shared = resolver(dns)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            shared.lookup(question(), 5)
    dns.failing = set()
    assert shared.lookup(question(), 5) == ("v=spf1 -all",)
    assert len(dns.asked) == 3


class Gate:
    """Answers when the test opens it. `entered` is released by each question that arrives."""

    def __init__(self, outcomes: list[Answer | Exception]) -> None:
        self.outcomes = outcomes
        self.asked = 0
        self.entered = threading.Semaphore(0)
        self.open = threading.Semaphore(0)

    def ask(self, question: Question, seconds: float) -> Answer:
        self.asked += 1
        self.entered.release()
        assert self.open.acquire(timeout=PATIENCE)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def outcome(work: Callable[[], tuple[str, ...]]) -> tuple[str, ...] | str:
    try:
        return work()
    except (TemporaryFailure, ZeroDivisionError) as why:
        return str(why)


def waiting(shared: CachingResolver, number: int) -> None:
    """Until so many threads wait for somebody else's answer."""
    while sum(len(flight.landed._cond._waiters) for flight in list(shared._flights.values())) < number:
        threading.Event().wait(0.001)


@pytest.mark.parametrize(
    ("said", "asker_sees", "others_see"),
    [
        (answer("v=spf1 -all"), ("v=spf1 -all",), ("v=spf1 -all",)),
        (answer("v=spf1 -all", ttl=0), ("v=spf1 -all",), ("v=spf1 -all",)),
        (TemporaryFailure("SERVFAIL"), "SERVFAIL", "SERVFAIL"),
        (ZeroDivisionError("a bug"), "a bug", "the one who asked the DNS broke off"),
    ],
)
def test_what_several_ask_at_the_same_moment_is_asked_once(
    clock: Clock, said: Answer | Exception, asker_sees: object, others_see: object
) -> None:
    gate = Gate([said])
    shared = CachingResolver(settings(), client=gate, clock=clock)
    with ThreadPoolExecutor(8) as pool:
        asker = pool.submit(outcome, lambda: shared.lookup(question(), 5))
        assert gate.entered.acquire(timeout=PATIENCE)
        others = [pool.submit(outcome, lambda: shared.lookup(question(), 5)) for _ in range(7)]
        waiting(shared, 7)
        gate.open.release()
        assert asker.result(PATIENCE) == asker_sees
        assert [one.result(PATIENCE) for one in others] == [others_see] * 7
    assert gate.asked == 1
    assert shared._flights == {}


def test_who_has_more_time_than_the_one_who_asked_asks_again(clock: Clock) -> None:
    gate = Gate([TemporaryFailure("time-out"), answer("v=spf1 -all")])
    shared = CachingResolver(settings(), client=gate, clock=clock)
    with ThreadPoolExecutor(2) as pool:
        hurried = pool.submit(outcome, lambda: shared.lookup(question(), 1))
        assert gate.entered.acquire(timeout=PATIENCE)
        patient = pool.submit(outcome, lambda: shared.lookup(question(), 60))
        waiting(shared, 1)
        clock.now += 1
        gate.open.release(2)
        assert hurried.result(PATIENCE) == "time-out"
        assert patient.result(PATIENCE) == ("v=spf1 -all",)


def test_waiting_for_somebody_elses_answer_is_bounded() -> None:
    gate = Gate([answer("v=spf1 -all")])
    shared = CachingResolver(settings(), client=gate)
    with ThreadPoolExecutor(2) as pool:
        asker = pool.submit(outcome, lambda: shared.lookup(question(), 60))
        assert gate.entered.acquire(timeout=PATIENCE)
        with pytest.raises(TemporaryFailure, match=r"^no answer for TXT of acme.fi within 0.05 s$"):
            shared.lookup(question(), 0.05)
        gate.open.release()
        assert asker.result(PATIENCE) == ("v=spf1 -all",)


def test_50_threads_and_a_real_server(server: DnsServer) -> None:
    server.records = {f"{number}.fi TXT": [f"v=spf1 ip4:192.0.2.{number} -all"] for number in range(20)}
    server.delays = {"0.fi": 0.1}
    server.troubles = {"dead.fi": Trouble.DROP}
    shared = CachingResolver(server.settings(timeout=3))

    def message() -> list[tuple[str, ...]]:
        one = shared.for_message()
        return [one.lookup(f"{number}.fi", TXT) for number in range(20)]

    with ThreadPoolExecutor(50) as pool:
        found = [one.result(30) for one in [pool.submit(message) for _ in range(50)]]
    assert found == [[(f"v=spf1 ip4:192.0.2.{number} -all",) for number in range(20)]] * 50
    assert set(server.asked) == {f"{number}.fi TXT" for number in range(20)}
    assert len(server.asked) < 60  # a question may be sent again on a slow machine; 50 would each ask 20


def test_an_outage_ends_with_the_next_answer(server: DnsServer) -> None:
    server.records = {"acme.fi TXT": ["v=spf1 -all"]}
    server.troubles = {"*": Trouble.SERVFAIL}
    shared = CachingResolver(server.settings())
    with pytest.raises(TemporaryFailure):
        shared.for_message().lookup("acme.fi", TXT)
    server.troubles = {}
    assert shared.for_message().lookup("acme.fi", TXT) == ("v=spf1 -all",)


def test_f44_50_threads_wait_for_a_silent_server_together(server: DnsServer) -> None:
    server.troubles = {"*": Trouble.DROP}
    shared = CachingResolver(server.settings(timeout=2, time_budget=2))
    start = time.monotonic()
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(lambda _: outcome(lambda: shared.for_message().lookup("acme.fi", TXT)), range(50)))
    assert time.monotonic() - start < 20
    assert all("acme.fi" in one for one in found)
    assert len(server.asked) < 150


def test_when_the_program_ends_nothing_more_is_asked(clock: Clock) -> None:
    stop = threading.Event()
    dns = Dns(clock, {"acme.fi TXT": answer("v=spf1 -all")})
    shared = CachingResolver(settings(), client=dns, clock=dns.clock, stop=stop)
    shared.lookup(question(), 5)
    stop.set()
    assert shared.lookup(question(), 5) == ("v=spf1 -all",)
    with pytest.raises(Transient, match="ending"):
        shared.lookup(question("globex.example"), 5)
    assert dns.asked == ["acme.fi TXT"]


def test_what_is_known_takes_nobodys_time(clock: Clock) -> None:
    dns = Dns(clock, {"acme.fi TXT": answer("v=spf1 -all", ttl=300)})
    shared = resolver(dns)
    assert shared.without_waiting(lambda known: known.lookup("acme.fi", TXT)) is None
    assert dns.asked == []
    shared.for_message().lookup("acme.fi", TXT)
    shared.for_message().lookup("none.fi", TXT)
    assert shared.without_waiting(lambda known: known.lookup("ACME.fi.", TXT)) == ("v=spf1 -all",)
    assert shared.without_waiting(lambda known: known.lookup("none.fi", TXT)) == ()
    assert shared.without_waiting(lambda known: known.lookup("no..name", TXT)) == ()
    clock.now += 300
    assert shared.without_waiting(lambda known: known.lookup("acme.fi", TXT)) is None
    assert dns.asked == ["acme.fi TXT", "none.fi TXT"]


def test_what_is_known_counts_as_much_as_what_is_asked_for(clock: Clock) -> None:
    shared = CachingResolver(settings(query_budget=2), client=Dns(clock), clock=clock)

    def thrice(message: Resolver) -> list[tuple[str, ...]]:
        return [message.lookup("acme.fi", TXT) for _ in range(3)]

    assert shared.without_waiting(thrice) is None
    with pytest.raises(QueryBudgetSpent):
        thrice(shared.for_message())
    with pytest.raises(QueryBudgetSpent):
        shared.without_waiting(thrice)


def test_a_message_is_judged_without_waiting_as_with_it_once_all_its_answers_are_known(clock: Clock) -> None:
    key, bulk = Key.rsa(), Key.ed25519()
    zone = key.zone("mail.acme.fi") | bulk.zone("bulk.example")
    zone |= {
        "acme.fi TXT": ["v=spf1 a mx include:a.fi ptr:b.fi exists:%{l}.c.fi exp=d.fi redirect=e.fi"],
        "a.fi TXT": ["v=spf1 ip4:192.0.2.1 -all"],
        **{f"{host} A": ["192.0.2.2"] for host in ("acme.fi", "mx.acme.fi", "out.acme.fi")},
        "acme.fi MX": ["10 mx.acme.fi"],
        "7.113.0.203.in-addr.arpa PTR": ["out.acme.fi"],
        "e.fi TXT": ["v=spf1 ip4:203.0.113.0/24 -all exp=f.fi"],
        "_dmarc.acme.fi TXT": ["v=DMARC1; p=reject"],
    }
    source = delivered(sign(sign(written(), bulk, domain="bulk.example"), key, domain="mail.acme.fi"))
    message, chosen = read_message(source), auth()
    arrived = datetime(2026, 3, 2, 12, tzinfo=UTC)
    submission = Submission(message=message, source=source, trace=read_trace(message.header, chosen), arrived=arrived)

    def judge(dns: Resolver) -> Authentication:
        return authenticate(submission, chosen, dns)

    dns = Dns(clock, {name: answer(*records) for name, records in zone.items()})
    waited = judge(resolver(dns).for_message())
    assert (waited.evidence, waited.spf) == ("dkim", "pass")
    asked, shared = tuple(dns.asked), resolver(dns)
    assert len(asked) > 9
    for name in asked:
        assert shared.without_waiting(judge) is None
        shared.lookup(Question(name.partition(" ")[0], RecordType(name.partition(" ")[2])), 5)
    assert shared.without_waiting(judge) == waited
