"""The DNS: each server by itself, and what it says of the filing domain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poller.checking import dns as module
from poller.checking.dns import check_dns
from poller.settings import NameServer
from tests.checking.test_recipients import checked, organize
from tests.servers.dns import DnsServer, Trouble

DEAD = NameServer(address="127.0.0.1", port=1)
MX = {"in.example.com MX": ["10 mx.example.com"]}


@pytest.fixture
def told(tmp_path):
    def tell(records, *, more=(), delays=None, troubles=None):
        with DnsServer(records=records, delays=delays or {}, troubles=troubles or {}) as server:
            looked = checked(tmp_path, [])
            looked.settings = replace(looked.settings, dns=server.settings(timeout=5, more=more))
            found = list(check_dns(looked))
            return found, looked.dns_answers, server.port

    return tell


def test_a_server_that_answers_is_well(told):
    (found,), answers, _ = told(MX)
    assert (found.ok, found.sentence) == (True, "answers: mail for in.example.com goes to 10 mx.example.com")
    assert answers


@pytest.mark.parametrize(
    ("records", "sentence", "remedy"),
    [
        ({"in.example.com A": ["192.0.2.1"]}, "has no MX record, so that its mail goes to its address", ""),
        ({"in.example.com AAAA": ["2001:db8::1"]}, "has no MX record, so that its mail goes to its address", ""),
        ({}, "has no MX record and no address", "DNS: in.example.com. MX 10 YOUR-MAIL-SERVER."),
    ],
)
def test_a_domain_without_mx_gets_its_mail_at_its_address(told, records, sentence, remedy):
    (found,), _, _ = told(records)
    assert found.ok
    assert sentence in found.sentence
    assert found.remedy == remedy


def test_every_filing_domain_is_looked_up_once(told, tmp_path):
    organize(tmp_path, globex="globex@in.globex.fi", initech="initech@in.example.com")
    found, _, _ = told(MX)
    assert [(one.ok, one.sentence.partition(",")[0]) for one in found] == [
        (True, "answers: mail for in.example.com goes to 10 mx.example.com"),
        (True, "answers: in.globex.fi has no MX record and no address"),
    ]


def test_one_dead_server_of_two_is_told_with_those_that_live(told):
    (dead, well), answers, port = told(MX, more=(DEAD,))
    assert (dead.ok, dead.remedy) == (True, f"DNS_SERVERS=127.0.0.1:{port}")
    assert well.sentence.startswith("answers: ")
    assert answers


def test_a_server_that_answers_failure_alone_is_dead(told):
    (found,), answers, _ = told({}, troubles={"*": Trouble.SERVFAIL})
    assert not found.ok
    assert "127.0.0.1 answered SERVFAIL" in found.sentence
    assert found.remedy.startswith("DNS_SERVERS=… with one that answers")
    assert not answers


def test_a_slow_server_is_told_with_its_time(told, monkeypatch):
    monkeypatch.setattr(module, "_SLOW_SECONDS", 0)
    (slow, well), _, port = told(MX)
    assert slow.ok
    assert slow.sentence.startswith(f"127.0.0.1:{port} took ")
    assert slow.remedy == "DNS_SERVERS=… with one that is nearer"
    assert well.ok


def test_a_machine_without_any_server_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "system_servers", tuple)
    looked = checked(tmp_path, [])
    looked.settings = replace(looked.settings, dns=replace(looked.settings.dns, servers=()))
    (found,) = check_dns(looked)
    assert (found.ok, found.remedy) == (False, "DNS_SERVERS=…")


def test_a_budget_that_is_spent_is_told_with_its_key(tmp_path):
    with DnsServer() as server:
        looked = checked(tmp_path, [])
        looked.settings = replace(looked.settings, dns=server.settings(query_budget=1))
        (found,) = check_dns(looked)
    assert (found.ok, found.remedy) == (True, "DNS_QUERY_BUDGET=60")
