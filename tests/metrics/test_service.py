"""The service as whoever watches it sees it: while it works, stands by, or has no port."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

import pytest

from tests.metrics.watching import asked, is_open, service
from tests.monitoring.described import DOCUMENT
from tests.refused import UNKNOWN
from tests.servers.dns import DnsServer
from tests.servers.ports import free_port
from tests.servers.smtp import ScriptedSmtp
from tests.workplace import Workplace, eventually, mail

ALWAYS = {"time", "level", "logger", "message", "event", "exception"}
PLACE = {"mailbox", "uidvalidity", "uid"}


@pytest.fixture
def workplace(dovecot, tmp_path):
    workplace = Workplace(folder=tmp_path, dovecot=dovecot, user=dovecot.user())
    workplace.import_directory()
    return workplace


def test_it_answers_while_a_batch_is_under_way(workplace):
    with DnsServer(records={}, delays={"*": 4}) as dns:
        keys = {"DNS_SERVERS": f"127.0.0.1:{dns.port}", "AUTH_POLICY": "aligned", "POLL_INTERVAL": "1h"}
        signed = "DKIM-Signature: v=1; a=rsa-sha256; d=acme.fi; s=s1; h=From; bh=AA==; b=AA=="
        workplace.user.deliver(mail(1, signed))
        with service(workplace, **keys) as watched:
            eventually(lambda: bool(dns.asked))
            assert watched.value("mailfiler_backlog_messages") == 1
            status, document = watched.healthz()
            assert (status, document["status"], document["problems"]) == (200, "working", [])
            eventually(lambda: bool(watched.value("mailfiler_polls_total", "ok")))
            assert watched.value("mailfiler_backlog_messages") == 0
            assert watched.value("mailfiler_dns_lookups_total", "answered") > 0


def test_the_second_one_stands_by_and_is_healthy(workplace):
    with service(workplace) as first:
        eventually(lambda: first.value("mailfiler_working") == 1)
        eventually(lambda: first.value("mailfiler_idle_up") == 1)
        with service(workplace) as second:
            eventually(lambda: second.healthz()[1]["status"] == "standby")
            assert second.healthz()[0] == 200
            assert second.value("mailfiler_working") == 0
            assert first.stop() == 0
            eventually(lambda: second.healthz()[1]["status"] == "working")


def test_a_port_in_use_keeps_no_mail_from_being_filed_and_check_tells(workplace):
    workplace.user.deliver(mail(1))
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        with service(workplace, METRICS_LISTEN=f"127.0.0.1:{number}", at=number) as watched:
            eventually(lambda: workplace.user.count(".Filed") == 1)
            trouble = f"METRICS_LISTEN: 127.0.0.1:{number} cannot be had: Address already in use"
            eventually(lambda: trouble in watched.log.read_text())
            workplace.write_settings(METRICS_LISTEN=f"127.0.0.1:{number}")
            assert watched.stop() == 0


def test_without_the_setting_nobody_listens_and_nothing_is_imported_for_it(workplace):
    port = free_port()
    program = "import sys, poller.service; print('prometheus_client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert not is_open(port)


def test_once_serves_nothing(workplace):
    port = free_port()
    workplace.user.deliver(mail(1))
    workplace.write_settings(METRICS_LISTEN=f"127.0.0.1:{port}")
    workplace.do("once")
    assert not is_open(port)


def test_every_event_of_a_log_has_the_keys_that_are_described_and_no_subject_or_person(workplace):
    rows = re.findall(r"^\| `([a-z-]+)` \| [A-Z].*? \|([^|]*)\|$", DOCUMENT.read_text(), re.MULTILINE)
    described = {event: set(re.findall(r"`(\w+)`", keys)) for event, keys in rows}
    for source in (mail(1, "Return-Path: <anna@acme.fi>"), mail(2, to=UNKNOWN), mail(3, to="nobody@acme.fi")):
        workplace.user.deliver(source)
    with ScriptedSmtp() as smtp, service(workplace, **smtp.keys()) as watched:
        eventually(lambda: len(workplace.listing("messages")) == 3)
        eventually(lambda: any(one.get("event") == "poll-ended" for one in watched.events()))
        assert watched.stop() == 0
        told = watched.events()
    for one in told:
        if event := one.get("event"):
            assert one.keys() - ALWAYS - PLACE <= described[event], one
            assert len(one.keys() & PLACE) in {0, len(PLACE)}
        assert "Message 1" not in one["message"]
        assert "anna@acme.fi" not in str(one)
    first = [one["event"] for one in told if one.get("uid") == 1]
    assert first == ["fetched", "read", "authenticated", "matched", "decided", "stored", "settled"]


def test_a_label_never_holds_anything_of_anybodys_mail(workplace):
    workplace.user.deliver(mail(1, to="1001.mycompany@in.example.com"))
    with service(workplace) as watched:
        eventually(lambda: watched.value("mailfiler_messages_decided_total", "filed", "none") == 1)
        metrics, health = asked(watched.port, "/metrics")[1], asked(watched.port, "/healthz")[1]
    text = re.sub(r"(?m)^([a-z]\S*(?:\{.*\})?) \S+$", r"\1", metrics) + health  # a value may have any digits
    assert 'mailfiler_messages_decided_total{outcome="filed",reason="none"}\n' in text
    for word in (
        "anna",
        "acme",
        "globex",
        "mycompany",
        "1001",
        "secret",
        workplace.user.name,
        "INBOX",
        str(workplace.folder),
    ):
        assert word not in text
