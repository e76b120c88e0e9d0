"""`check --probe=manual`: a person sends the probe, and nothing is known of it but its nonce."""

from __future__ import annotations

import re

import pytest

from poller.probing import Asked, arrival, probe_findings
from tests.probing.test_probing import lines, probe, received, signed, with_key
from tests.workplace import mail

ADDRESSES = re.compile(r"(\S+)\.mycompany@in\.example\.com, (\S+@in\.example\.com)")


@pytest.fixture(autouse=True)
def no_grace(monkeypatch):
    monkeypatch.setattr(arrival, "GRACE_SECONDS", 0)


def by_hand(house, send, *, seconds=1, **keys):
    """What is printed; `send` is called with the nonce and the two addresses that a person is told of."""
    settings = house.settings(**keys)
    asked = Asked(settings=settings, address=settings.organizations[0].filing_address, sender="", seconds=seconds)
    found = probe_findings(asked)
    told = next(found)
    nonce = re.search(r"with ([0-9a-f]{12}) in its subject", told.sentence)[1]
    send(nonce, (f"probe-{nonce}.mycompany@in.example.com", f"mycompany+probe-{nonce}@in.example.com"))
    return [told, *found]


def sender(house, *, forms=2, folder=""):
    def send(nonce, addresses):
        source = f"From: Anna <anna@acme.fi>\r\nTo: kaisa@harbour.example\r\nSubject: Test {nonce}\r\n\r\nHello.\r\n"
        for to in addresses[:forms]:
            fields = f"Return-Path: <anna@acme.fi>\r\nX-Original-To: {to}\r\n{received()}"
            house.put(fields.encode() + signed(source.encode()), folder)

    return send


def shown(findings):
    marks = {(True, False): "✓", (True, True): "!", (False, True): "✗", (False, False): "✗"}
    return [f"{marks[one.ok, bool(one.remedy)]} {one.subject}: {one.sentence} → {one.remedy}" for one in findings]


def test_what_a_person_sends_is_read_like_a_probe_of_our_own(house):
    with_key(house)
    findings = by_hand(house, sender(house))
    told = shown(findings)
    assert told[0].startswith("! probe: SMTP_HOST is not set, so that nothing can be sent from here: send a message")
    assert "a running service takes it for mail on an unknown project: refused" in told[0]
    assert all(line[0] == "✓" for line in told[1:]), told
    assert [one.subject for one in findings] == [
        "probe", "arrival", "dot form", "plus form", "border", "envelope", "SPF", "DKIM", "proof", "results",
        "settings", "settings", "mailbox",
    ]  # fmt: skip
    assert "your message is left to the service" in told[-1]


def test_a_bcc_that_a_mail_program_left_in_the_header_is_no_servers_word(house):
    def send(nonce, addresses):
        bcc = ", ".join(addresses)
        source = f"From: Anna <anna@acme.fi>\r\nBcc: {bcc}\r\nSubject: Test {nonce}\r\n\r\nHello.\r\n"
        house.put(f"Return-Path: <anna@acme.fi>\r\n{received()}{source}".encode())

    told = [line for line in shown(by_hand(house, send)) if " form: " in line]
    assert len(told) == 2
    assert all(
        "stands in Bcc, field 4 alone, which no server of yours wrote → have your server" in line for line in told
    )


def test_it_is_found_where_a_service_has_moved_it(house):
    house.put(mail(1), ".Rejected")
    assert any("came to Rejected" in line for line in shown(by_hand(house, sender(house, folder=".Rejected"))))


def test_a_form_that_was_not_named_is_asked_for(house):
    told = shown(by_hand(house, sender(house, forms=1), seconds=30))
    [line] = [line for line in told if "plus form" in line]
    assert line.startswith("! plus form: no copy came that names ")
    assert line.endswith(" → was it in BCC?")


def test_nothing_that_comes_is_a_failure(house):
    told = shown(by_hand(house, lambda *_: None))
    assert told[-1].startswith("✗ arrival: nothing came to INBOX")


def test_what_is_told_of_unknown_projects_agrees_with_the_settings(house):
    first = next(iter(by_hand(house, lambda *_: None, UNKNOWN_PROJECT="store", SMTP_HOST="localhost")))
    assert "filed as mail without a project" in first.remedy
    assert first.sentence.startswith("send a message")


@pytest.mark.parametrize(("words", "host"), [(("manual",), True), ((), False)])
def test_by_choice_or_for_want_of_a_server_it_is_sent_by_hand(house, serving, words, host):
    controller = serving(lambda *_: "") if host else None
    ended = probe(house, controller, *words, "--probe-wait", "1")
    assert ended.exit_code == 1
    assert "in its subject, and in BCC: probe-" in lines(ended, "probe")[0]
    assert controller is None or controller.handler.taken == []
