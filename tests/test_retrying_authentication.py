"""Mail that is judged again: what had proven its author stands, and what had not is asked for anew."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from poller.filing.reasons import Outcome
from poller.worker import open_worker
from tests.refused import UNKNOWN, import_project, imported, lying, messages, poll, rejected, retried
from tests.servers.dns import DnsServer, Trouble
from tests.workplace import Workplace, mail


@pytest.fixture
def workplace(dovecot, tmp_path):
    return imported(Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user()))


PROVEN = {"AUTH_POLICY": "aligned", "OUR_MTA_NAMES": "mx.in.example.com"}
DELIVERED = (
    b"Return-Path: <anna@acme.fi>\r\n"
    b"Received: from mail.acme.fi (mail.acme.fi [203.0.113.7])\r\n"
    b"\tby mx.in.example.com (Postfix) with ESMTPS id 4Abc;\r\n"
    b"\tMon,  2 Mar 2026 12:00:00 +0000 (UTC)\r\n"
)
SPF = {"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]}


def test_authentication_that_had_failed_is_tried_anew(workplace):
    workplace.user.deliver(DELIVERED + mail(1))
    with DnsServer(records={"acme.fi TXT": ["v=spf1 -all"]}) as dns:
        keys = PROVEN | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        assert poll(workplace, **keys) == {Outcome.QUARANTINED: 1}
        dns.records = SPF
        assert retried(workplace, 1, **keys).stdout == "1: filed as activity 1\n"
    assert [one["authentication"]["evidence"] for one in workplace.listing("activities")] == ["spf"]
    assert lying(workplace) == {"Filed": 1}


def test_authentication_that_had_passed_stands_and_nobody_is_asked(workplace):
    workplace.user.deliver(DELIVERED + mail(1, to=UNKNOWN))
    with DnsServer(records=SPF) as dns:
        keys = PROVEN | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        assert poll(workplace, **keys) == {Outcome.REJECTED: 1}
        import_project(workplace)
        dns.records = {}
        dns.asked.clear()
        assert retried(workplace, 1, **keys).stdout == "1: filed as activity 1\n"
        assert dns.asked == dns.asked_over_tcp == []
    (activity,) = workplace.listing("activities")
    assert activity["authentication"] | {"dmarc": ""} == {
        "evidence": "spf",
        "spf": "pass",
        "dkim": "none",
        "dmarc": "",
        "domain": "acme.fi",
    }


def test_what_was_let_in_unproven_is_proven_anew_when_a_proof_is_asked_for(workplace):
    rejected(workplace, AUTH_POLICY="monitor")
    import_project(workplace)
    with DnsServer() as dns:
        ended = retried(workplace, 1, AUTH_POLICY="aligned", DNS_SERVERS=f"127.0.0.1:{dns.port}")
    assert ended.stdout.startswith("1: quarantined (authentication-failed)")


def test_a_temporary_error_defers_it_from_the_retry_on_and_its_source_is_tried_again(workplace):
    """However long ago it was first seen, and although it left the inbox."""
    workplace.user.deliver(DELIVERED + mail(1))
    later = datetime.now(UTC) + timedelta(days=30)
    stop, progress = threading.Event(), lambda _done, _total: None
    with DnsServer(records={"acme.fi TXT": ["v=spf1 -all"]}) as dns:
        keys = PROVEN | {"DNS_SERVERS": f"127.0.0.1:{dns.port}"}
        settings = workplace.settings(**keys)
        assert poll(workplace, **keys) == {Outcome.QUARANTINED: 1}
        dns.records, dns.troubles = SPF, {"*": Trouble.SERVFAIL}
        ended = retried(workplace, 1, **keys)
        assert ended.stdout.startswith("1: deferred (authentication-unavailable)")
        assert "it is tried again at" in ended.stdout
        assert lying(workplace) == {"Quarantine": 1}
        with open_worker(settings, stop, progress, lambda: later - timedelta(days=29, hours=23)) as opened:
            assert opened.poll_until_empty() == {Outcome.DEFERRED: 1}
            dns.troubles = {}
        with open_worker(settings, stop, progress, lambda: later - timedelta(days=29)) as opened:
            assert opened.poll_until_empty() == {Outcome.FILED: 1}
    assert (messages(workplace), lying(workplace)) == ([(1, "filed", None)], {"Filed": 1})
