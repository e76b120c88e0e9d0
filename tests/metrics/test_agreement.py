"""What is counted is what `messages --json` lists: filed by the real service, after a retry, and after a restart."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.metrics.watching import Service, ledger, service
from tests.refused import UNKNOWN, import_project, rebuild
from tests.servers.dns import DnsServer, Trouble
from tests.servers.smtp import ScriptedSmtp
from tests.workplace import Workplace, eventually, mail


@pytest.fixture
def workplace(dovecot, tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user(), database_url=database_url)
    workplace.import_directory()
    file = tmp_path / "more.csv"
    file.write_text("key,name,addresses\nsam,Sam Slow,sam@slow.example\n")
    workplace.do("import", "users", str(file))
    return workplace


@pytest.fixture
def dns():
    """Says that mail of acme.fi is right, and nothing of slow.example for now."""
    records = {f"{domain} TXT": ["v=spf1 ip4:203.0.113.7 -all"] for domain in ("acme.fi", "slow.example", "x.example")}
    with DnsServer(records=records, troubles={"slow.example TXT": Trouble.SERVFAIL}) as server:
        yield server


def delivered(number: int, author: str = "anna@acme.fi", *lines: str, **keys: str) -> bytes:
    domain = author.partition("@")[2]
    hop = f"from mail.{domain} (mail.{domain} [203.0.113.7])\r\n\tby mx.in.example.com (Postfix) with ESMTPS id 4Abc;"
    received = f"Received: {hop}\r\n\tMon,  2 Mar 2026 12:00:00 +0000 (UTC)\r\n"
    source = mail(number, *lines, **keys).replace(b"Anna Aalto <anna@acme.fi>", author.encode())
    return f"Return-Path: <{author}>\r\n{received}".encode() + source


MIXED = {
    ("filed", "none"): [delivered(1), delivered(2), delivered(3)],
    ("duplicate", "none"): [delivered(1)],
    ("rejected", "recipient-invalid"): [delivered(4, to=UNKNOWN), delivered(5, to="7.mycompany@in.example.com")],
    ("quarantined", "authentication-failed"): [delivered(6, "eve@nowhere.example")],
    ("quarantined", "no-user"): [delivered(7, "eve@x.example")],
    ("ignored", "ignored"): [delivered(8, "anna@acme.fi", "Auto-Submitted: auto-replied")],
    ("review", "no-filing-address"): [delivered(9, to="somebody@acme.fi")],
    ("deferred", "authentication-unavailable"): [delivered(10, "sam@slow.example")],
}
EXPECTED = Counter({key: len(sources) for key, sources in MIXED.items()})


def agrees(watched: Service, workplace: Workplace) -> None:
    """Every number of the ledger's, and of those made of them."""
    eventually(lambda: watched.metrics()["mailfiler_ledger_messages"] == ledger(workplace)[0])
    messages, notices = ledger(workplace)
    metrics = watched.metrics()
    assert metrics["mailfiler_ledger_messages"] == messages
    assert metrics["mailfiler_ledger_notices"] == notices
    outbox = metrics.get("mailfiler_outbox_notices", {})
    of = Counter({("sent" if state == "sent" else state, rule): n for (rule, state), n in outbox.items()})
    told = Counter({key: number for key, number in notices.items() if key[0] not in {"none", "queued"}})
    assert of == told  # each of these messages has one notice at most
    by_outcome = Counter[str]()
    for (outcome, _), number in messages.items():
        by_outcome[outcome] += number
    assert metrics["mailfiler_deferred_messages"] == {(): by_outcome["deferred"]}
    assert metrics["mailfiler_held_messages"] == {(): by_outcome["held"]}
    assert metrics["mailfiler_outbox_pending"] == {(): notices["queued", ""]}
    assert metrics["mailfiler_backlog_messages"] == {(): 0}
    assert metrics["mailfiler_database_up"] == {(): 1}


def test_metrics_agree_with_the_ledger_from_the_first_poll_over_a_retry_to_the_next_start(workplace, dns):
    for sources in MIXED.values():
        for source in sources:
            workplace.user.deliver(source)
    with ScriptedSmtp() as smtp:
        keys = smtp.keys() | {
            "AUTH_POLICY": "aligned",
            "OUR_MTA_NAMES": "mx.in.example.com",
            "DNS_SERVERS": f"127.0.0.1:{dns.port}",
            "POLL_INTERVAL": "1s",
        }
        with service(workplace, **keys) as watched:
            eventually(lambda: ledger(workplace)[0] == EXPECTED and not ledger(workplace)[1]["queued", ""])
            eventually(lambda: watched.value("mailfiler_polls_total", "ok") > 1)
            agrees(watched, workplace)
            metrics = watched.metrics()
            assert counted(metrics["mailfiler_messages_decided_total"]) == EXPECTED
            arrived = metrics["mailfiler_arrival_to_decision_seconds_count"]
            assert arrived == {(outcome,): n for (outcome,), n in by_outcome(EXPECTED).items()}
            assert metrics["mailfiler_notices_total"]["sent",] == ledger(workplace)[1]["sent", ""] == len(smtp.taken)
            assert metrics["mailfiler_attempts_total"] == {("again",): 0, ("first",): EXPECTED.total()}

            import_project(workplace)
            number = next(one["id"] for one in workplace.listing("messages") if one["recipients"] == [UNKNOWN])
            workplace.write_settings(**keys)
            workplace.do("retry", str(number))
            after = EXPECTED + Counter({("filed", "none"): 1}) - Counter({("rejected", "recipient-invalid"): 1})
            eventually(lambda: ledger(workplace)[0] == after)
            eventually(lambda: watched.value("mailfiler_messages_decided_total", "filed", "none") == 4)
            agrees(watched, workplace)
            assert watched.stop() == 0

        with service(workplace, **keys) as watched:
            eventually(lambda: bool(watched.value("mailfiler_polls_total", "ok")))
            agrees(watched, workplace)
            assert counted(watched.metrics()["mailfiler_messages_decided_total"]) == {}
            assert watched.stop() == 0

        workplace.user.deliver(delivered(11), datetime(2020, 1, 1, tzinfo=UTC))
        rebuild(workplace)
        with service(workplace, **keys) as watched:
            eventually(lambda: watched.value("mailfiler_held_messages") == 1)
            agrees(watched, workplace)


def counted(values: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    return {labels: value for labels, value in values.items() if value}


def by_outcome(numbers: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for (outcome, _), number in numbers.items():
        found[outcome,] += number
    return found
