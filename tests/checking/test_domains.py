"""The DNS of one's own domains, and what is to be published where it lacks something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from poller.checking.domains import check_domains
from tests.checking.test_recipients import checked
from tests.servers.dns import DnsServer, Trouble
from tests.workplace import Workplace

KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
SIGNED = "DKIM-Signature: v=1; a=ed25519-sha256; d={}; s=mail; h=from; bh=eA==; b=eA=="
ANNA = "From: Anna <anna@acme.fi>"
GOOD = {"acme.fi TXT": ["v=spf1 ip4:192.0.2.7 -all"], "_dmarc.acme.fi TXT": ["v=DMARC1; p=none"]}


@pytest.fixture
def told(tmp_path):
    """What is said of acme.fi, or of another domain: (sentence, remedy) of each line."""

    def tell(records, *mail, troubles=None, domain="acme.fi"):
        with DnsServer(records=records, troubles=troubles or {}) as dns:
            looked = checked(tmp_path, list(mail), ADMIN_ADDRESS=f"admin@{domain}")
            looked.settings = replace(looked.settings, dns=dns.settings(timeout=1))
            looked.dns_answers = True
            found = list(check_domains(looked))
        assert all(one.ok and one.subject == "domains" for one in found)
        return [(one.sentence, one.remedy) for one in found]

    return tell


def test_a_domain_with_all_of_it_is_well(told):
    records = GOOD | {"mail._domainkey.acme.fi TXT": [KEY]}
    assert told(records, [ANNA, SIGNED.format("acme.fi")]) == [
        ("acme.fi has an SPF record that can be evaluated", ""),
        ("acme.fi has a DMARC record at _dmarc.acme.fi", ""),
        ("the DKIM key mail._domainkey.acme.fi can be used", ""),
    ]


@pytest.mark.parametrize(
    ("texts", "sentence", "remedy"),
    [
        ([], "acme.fi has no SPF record", 'DNS: acme.fi. TXT "v=spf1 mx include:YOUR-MAIL-SERVICE -all"'),
        (["google-site=1"], "acme.fi has no SPF record", 'DNS: acme.fi. TXT "v=spf1'),
        (["v=spf1 ipv4:192.0.2.7 -all"], "the SPF record of acme.fi cannot be used: ", "mend the record: dig TXT"),
        (["v=spf1 -all", "v=spf1 mx -all"], "the SPF record of acme.fi cannot be used: ", "mend the record: dig TXT"),
        (["v=spf1 include:gone.fi -all"], "the SPF record of acme.fi cannot be used: ", "mend the record: dig TXT"),
        (["v=spf1 +all"], "the SPF record of acme.fi lets everybody send in its name", "DNS: end the record of"),
        (["v=spf1 ~all"], "acme.fi has an SPF record that can be evaluated", ""),
    ],
)
def test_spf_is_evaluated_as_it_will_be(told, texts, sentence, remedy):
    said, what = told(GOOD | {"acme.fi TXT": texts})[0]
    assert said.startswith(sentence)
    assert what.startswith(remedy)
    assert bool(what) == bool(remedy)


@pytest.mark.parametrize(
    ("records", "domain", "sentence", "remedy"),
    [
        ({"_dmarc.acme.fi TXT": []}, "acme.fi", "acme.fi has no DMARC record",
         'DNS: _dmarc.acme.fi. TXT "v=DMARC1; p=none"'),
        ({"_dmarc.acme.fi TXT": ["v=DMARC2; p=none"]}, "acme.fi", "acme.fi has no DMARC record", "DNS: _dmarc.acme.fi"),
        ({"_dmarc.acme.fi TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "acme.fi",
         "_dmarc.acme.fi has 2 DMARC records, so that none counts", "DNS: keep one of them at _dmarc.acme.fi"),
        ({}, "mail.acme.fi", "mail.acme.fi has a DMARC record at _dmarc.acme.fi", ""),
    ],
)  # fmt: skip
def test_dmarc_is_looked_for_there_and_above(told, records, domain, sentence, remedy):
    said, what = told(GOOD | records, domain=domain)[1]
    assert said == sentence
    assert what.startswith(remedy)
    assert bool(what) == bool(remedy)


@pytest.mark.parametrize(
    ("mail", "key", "sentence", "remedy"),
    [
        ([ANNA], [], "no recent message of acme.fi (1 seen) has a DKIM signature of its own", "have the mail server"),
        ([ANNA, SIGNED.format("esp.example")], [], "no recent message of acme.fi (1 seen) has", "have the mail server"),
        ([ANNA, SIGNED.format("acme.fi")], [], "mail is signed by the key mail._domainkey.acme.fi, which the DNS does",
         'DNS: mail._domainkey.acme.fi. TXT "v=DKIM1; p=…"'),
        ([ANNA, SIGNED.format("acme.fi")], ["v=DKIM1; p="], "the key mail._domainkey.acme.fi cannot be used: it has",
         "DNS: mend the TXT record at mail._domainkey.acme.fi."),
    ],
)  # fmt: skip
def test_signatures_of_recent_mail_are_looked_up(told, mail, key, sentence, remedy):
    said, what = told(GOOD | {"mail._domainkey.acme.fi TXT": key}, mail)[2]
    assert said.startswith(sentence)
    assert what.startswith(remedy)


@pytest.mark.parametrize("mail", [[], ["From: eve@other.example", SIGNED.format("other.example")], ["From: nobody"]])
def test_other_peoples_mail_says_nothing_of_ours(told, mail):
    assert len(told(GOOD, mail)) == 2


def test_a_domain_whose_dns_does_not_answer_is_looked_at_later(told):
    found = told({}, troubles={"*": Trouble.SERVFAIL})
    assert all(remedy == "mailfiler check, later" for _, remedy in found)
    assert len(found) == 2


def test_the_domains_are_those_of_notices_of_the_administrator_and_of_most_users(tmp_path):
    Workplace(folder=tmp_path).import_directory()
    keys = {"ADMIN_ADDRESS": "admin@globex.com", "NOTICE_FROM": "notices@in.example.com"}
    with DnsServer() as dns:
        for smtp, expected in (
            ("", ["globex.com", "acme.fi"]),
            ("localhost", ["in.example.com", "globex.com", "acme.fi"]),
        ):
            looked = checked(tmp_path, [], SMTP_HOST=smtp, **keys)
            looked.settings = replace(looked.settings, dns=dns.settings(timeout=1))
            looked.dns_answers = looked.database_usable = True
            said = [one.sentence for one in check_domains(looked)]
            assert [words.split()[0] for words in said if words.endswith("no SPF record")] == expected


def test_without_the_dns_nothing_is_said(tmp_path):
    assert list(check_domains(checked(tmp_path, [], ADMIN_ADDRESS="admin@acme.fi"))) == []
