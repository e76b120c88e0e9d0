"""All 203 cases of the RFC 7208 suite, through the engine as they are and through the stage with its stricter rules."""

from collections.abc import Iterator

import pytest

from poller.authentication.findings import Result
from poller.authentication.spf import check_spf
from poller.authentication.spf_engine import Question, evaluate
from poller.resolver import CachingResolver
from tests.authentication.rfc7208 import cases, served
from tests.servers.dns import DnsServer, Trouble

NO_DOT_ATOM = {"nolocalpart", "dorky-sentinel"}
"""MAIL FROM is "@example.net" and "Macro Error@e8.example.com": evaluated by RFC 7208, an odd sender's trick to us."""


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


def expected(case):
    return (Result.NONE,) if case.name in NO_DOT_ATOM else case.results


def test_all_cases_are_there():
    assert len(cases()) == 203
    assert {case.name for case in cases()} > NO_DOT_ATOM


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_engine_finds_what_the_suite_expects(case):
    sender = case.mail_from or f"postmaster@{case.helo}"
    answer = evaluate(Question(client=case.client, sender=sender, helo=case.helo, resolver=case.zone))
    assert answer.result in case.results, answer


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_stage_finds_what_the_suite_expects(case):
    finding = check_spf(case.client, case.mail_from, case.helo, case.zone)
    assert finding.result in expected(case), finding


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_stage_finds_the_same_over_the_network(case, server):
    server.records, silent = served(case.zone)
    server.troubles = dict.fromkeys(silent, Trouble.SERVFAIL)
    resolver = CachingResolver(server.settings()).for_message()
    assert check_spf(case.client, case.mail_from, case.helo, resolver).result in expected(case)
