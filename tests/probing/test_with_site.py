"""`check --probe` through the Postfix and Dovecot of README's examples, and beside a running service."""

from __future__ import annotations

import re
import signal

import pytest

from tests.acceptance.mailboxes import Account, contents
from tests.acceptance.program import installed, started
from tests.circle.letters import OFFICE, hand_over
from tests.circle.letters import zone as circle_zone
from tests.patience import PATIENCE
from tests.probing.test_probing import lines, signed
from tests.servers import site as sites
from tests.servers.dns import DnsServer
from tests.servers.needs import need
from tests.servers.site import DOMAIN, PASSWORD
from tests.workplace import eventually

PEOPLE = ("anna@acme.fi",)
NEEDED = (sites.SITE, "Postfix and Dovecot, as root", "postfix dovecot-imapd dovecot-lmtpd")


@pytest.fixture(scope="module")
def running_site():
    need(*NEEDED)
    with sites.running((DOMAIN,), PEOPLE) as site:
        yield site


@pytest.fixture
def site(running_site):
    running_site.postfix.delivered()
    running_site.empty()
    return running_site


@pytest.fixture
def dns():
    with DnsServer(records=circle_zone() | {f"{DOMAIN} MX": ["10 mx.example.com"]}) as server:
        yield server


@pytest.fixture
def install(tmp_path, dns):
    def make(site, **more):
        usual = {"AUTH_POLICY": "aligned", "DNS_SERVERS": f"127.0.0.1:{dns.port}", "NOTICE_FROM": "anna@acme.fi"}
        return installed(tmp_path, site.settings() | usual | more)

    return make


def from_outside(site, controller):
    """The settings of a submission server elsewhere."""
    return {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(controller.port), "SMTP_SECURITY": "plain"}


def relayed(site, change=signed):
    """A server elsewhere that signs what it takes, and hands it to the border server."""

    def deliver(sender, recipients, source):
        passed = b"Received: from here ([192.0.2.1]) by out.acme.fi (Postfix) with ESMTPSA id 7; d\r\n"
        hand_over(site, OFFICE, sender, tuple(recipients), passed + change(source))
        return ""

    return deliver


def probe(program, *words):
    """How it ended, with the lines that it printed under `stdout`, as click's test runner has them."""
    ended = program.tried("check", "--probe", *words)
    assert "Traceback" not in ended.all, ended.all
    return Printed(ended.out, ended.status)


class Printed:
    def __init__(self, stdout, status):
        self.stdout, self.status = stdout, status


def test_the_configuration_of_readme_is_told_to_be_right(site, serving, install):
    program = install(site, **from_outside(site, serving(relayed(site))))
    ended = probe(program)
    assert ended.status == 0, ended.stdout
    for form in ("dot", "plus"):
        assert lines(ended, f"{form} form")[0].endswith("stands in X-Original-To, field 4, and is believed")
    assert lines(ended, "border") == [f"✓ Received, field 5: mx.example.com took it from {OFFICE}"]
    assert lines(ended, "SPF")[0].startswith("✓ pass: ")
    assert "is valid: nothing was changed on the way" in lines(ended, "DKIM")[0]
    assert [line for line in lines(ended, "settings") if line[0] != "✓"] == []


def test_what_readme_sets_is_found_where_nothing_is_set(site, serving, install):
    controller = serving(relayed(site))
    program = install(site, **from_outside(site, controller), MAIL_PROVIDER="", OUR_MTA_NAMES="")
    ended = probe(program)
    assert ended.status == 0, ended.stdout
    assert "routes, but is not believed" in lines(ended, "dot form")[0]
    assert [line.partition("→ ")[2] for line in lines(ended, "settings")] == [
        "MAIL_PROVIDER=postfix",
        "OUR_MTA_NAMES=mx.example.com",
    ]


def test_a_probe_that_is_submitted_on_the_mail_server_itself_finds_the_names_all_the_same(site, install):
    ended = probe(install(site, OUR_MTA_NAMES=""))
    assert ended.status == 0, ended.stdout
    assert "the probe never was outside" in lines(ended, "border")[0]
    assert "! OUR_MTA_NAMES is not set → OUR_MTA_NAMES=mx.example.com" in lines(ended, "settings")


def test_a_catch_all_that_rewrites_the_recipient_without_a_trace_fails(serving, install):
    need(*NEEDED)
    with sites.running((DOMAIN,), PEOPLE, {"lmtp flags=O": "lmtp"}) as site:
        ended = probe(install(site, **from_outside(site, serving(relayed(site)))))
    assert ended.status == 1
    for form in ("dot", "plus"):
        [told] = lines(ended, f"{form} form")
        assert told.startswith("✗ no field of the header names ")
        assert "→ have your server write the envelope recipient on delivery, as X-Original-To" in told


@pytest.mark.parametrize(
    ("settle", "marks"), [("move", [("Ignored", ())] * 2), ("flag", [("INBOX", ("$MailfilerIgnored",))] * 2)]
)
def test_a_running_service_neither_files_nor_answers_the_probe(site, install, settle, marks):
    program = install(site, SETTLE=settle)
    account = Account(site.imap_port, f"catchall@{DOMAIN}", PASSWORD)
    with started(program, "run") as service:
        eventually(lambda: "is at work" in program.tried("check").out)
        assert probe(program).status == 0
        eventually(lambda: [row["outcome"] for row in program.do("messages", "--json").rows] == ["ignored"] * 2)
        eventually(lambda: [(one.folder, one.flags) for one in contents(account)] == marks)
        service.send_signal(signal.SIGTERM)
        assert service.wait(PATIENCE) == 0
    rows = program.do("messages", "--json").rows
    assert [(row["reason"], row["notice"], row["activity"]) for row in rows] == [("ignored", "none", None)] * 2
    assert program.do("activities", "--json").rows == []
    assert re.findall(r" (?:warning|error) .*", (program.folder / "started.log").read_text()) == []
    site.postfix.delivered()
    assert site.mailboxes() == [f"catchall@{DOMAIN}"]
