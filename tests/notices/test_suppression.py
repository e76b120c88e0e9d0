from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from poller.authentication.trace import Trace
from poller.filing.judged import Spent
from poller.filing.reasons import Reason
from poller.filing.settlement import WantedNotice
from poller.mail.reader import read_message
from poller.notices.message_id import notice_id
from poller.notices.suppression import RULES, Asked, first_rule
from tests.cpu import cpu_within
from tests.filing.making import UNVERIFIED, organization, routing

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PROVEN = replace(UNVERIFIED, findings=replace(UNVERIFIED.findings, return_path_proven=True))
UNSPENT = Spent(alike=0, to_recipient=0, to_domain=0, to_anybody=0, exists=False)
KEY = b"k" * 32
OURS = notice_id(KEY, "f" * 64, "recipient-invalid", "9999.mycompany@in.example.com", "in.example.com")
THEIRS = notice_id(b"another", "f" * 64, "recipient-invalid", "9999.mycompany@in.example.com", "in.example.com")
ROUTING = routing(
    organization(retired=("oldcompany@in.example.com", "crm@old.example")),
    organization("globex@in.globex.example", key="globex"),
    notices=("notices@acme.example", "sender@acme.example"),
    login="filing@mail.example",
)
AFTER_COMMENTS = "(" * 2_000


def asked(*lines, mail_from="anna@acme.fi", author="anna@acme.fi", subject="Offer", body="Hello.", **changes):
    header = (f"From: Anna <{author}>", f"Subject: {subject}", "To: 9999.mycompany@in.example.com", *lines)
    values = {
        "message": read_message("".join(f"{line}\r\n" for line in (*header, "", body)).encode()),
        "trace": Trace(boundary=0, hops=(), mail_from=mail_from),
        "authentication": PROVEN,
        "arrived": ARRIVED,
        "now": ARRIVED + timedelta(minutes=1),
        "wanted": WantedNotice(reason=Reason.RECIPIENT_INVALID, address="9999.mycompany@in.example.com"),
        "routing": ROUTING,
        "key": KEY,
    }
    return Asked(**(values | changes))


def rule_for(*lines, **changes):
    return first_rule(asked(*lines, **changes), UNSPENT)


def test_all_rules_are_there_in_their_order():
    assert [name for name, _, _ in RULES] == [f"Q{number}" for number in range(1, 22)]
    assert len({holds for _, holds, _ in RULES}) == 21


def test_a_persons_message_gets_its_notice():
    assert rule_for("Received: from a by b; x", "Message-ID: <1@acme.fi>", "References: <0@globex.example>") is None


@pytest.mark.parametrize(
    ("rule", "mail_from"),
    [
        ("Q1", ""),
        ("Q2", None),
        ("Q2", "anna"),
        ("Q2", "anna@localhost"),
        ("Q2", "anna@host.localhost"),
        ("Q2", "anna@host.localdomain"),
        ("Q2", "anna@acme.invalid"),
        ("Q2", "anna aalto@acme.fi"),
        ("Q2", "anna@acme.fi, bert@acme.fi"),
        ("Q2", f"{'a' * 247}@acme.fi"),
        (None, f"{'a' * 246}@acme.fi"),
        (None, "Anna.Aalto@ACME.fi"),
        (None, "anna+offers@acme.fi"),
        (None, '"anna aalto"@acme.fi'),
        (None, "prvs=0123456789=anna@acme.fi"),
        (None, "SRS0=hash=tt=acme.fi=anna@relay.example"),
        (None, "anna@[192.0.2.1]"),
        (None, "anna@yritys.örebro.se"),
        ("Q10", "mailer-daemon@acme.fi"),
        ("Q10", "No-Reply@acme.fi"),
        ("Q10", "bounces+17-anna=acme.fi@news.example"),
        ("Q10", "owner-news@acme.fi"),
        ("Q10", "news-request@acme.fi"),
        (None, "anna@noreply.example"),
        (None, "request@acme.fi"),
        ("Q11", "mycompany@in.example.com"),
        ("Q11", "1001.mycompany@in.example.com"),
        ("Q11", "mycompany+1001@in.example.com"),
        ("Q11", "Anybody@IN.example.com"),
        ("Q11", "anybody@in.globex.example"),
        ("Q11", "oldcompany@in.example.com"),
        ("Q11", "crm@old.example"),
        ("Q11", "1001.crm@old.example"),
        (None, "anna@old.example"),
        ("Q11", "notices@acme.example"),
        ("Q11", "sender@acme.example"),
        ("Q11", "sender+17@acme.example"),
        (None, "anna@acme.example"),
        ("Q11", "filing@mail.example"),
        (None, "anna@mail.example"),
        (None, "anna@example.com"),
    ],
)
def test_the_return_path_must_be_the_address_of_a_person(rule, mail_from):
    assert rule_for(mail_from=mail_from) == rule


@pytest.mark.parametrize(
    ("rule", "author"),
    [
        ("Q10", "MAILER-DAEMON@acme.fi"),
        ("Q10", "no-reply@acme.fi"),
        ("Q11", "notices@acme.example"),
        ("Q11", "1001.mycompany@in.example.com"),
        (None, "bert@acme.fi"),
    ],
)
def test_so_must_the_authors(rule, author):
    assert rule_for(author=author) == rule


def test_on_a_shared_domain_only_addresses_with_a_prefix_of_ours_are_ours():
    shared = replace(ROUTING, dedicated_domain=False)
    assert rule_for(mail_from="anna@in.example.com", routing=shared) is None
    assert rule_for(mail_from="mycompany@in.example.com", routing=shared) == "Q11"


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("Q1", "Return-Path: <>"),
        (None, "Return-Path: <anna@acme.fi>"),
        ("Q3", "Auto-Submitted: auto-replied"),
        ("Q3", "Auto-Submitted: auto-generated (by cron)"),
        ("Q3", "auto-submitted: AUTO-NOTIFIED; owner-email=anna@acme.fi"),
        ("Q3", "Auto-Submitted: (no) yes"),
        ("Q3", "Auto-Submitted: no-way"),
        ("Q3", "Auto-Submitted: x-mine"),
        ("Q3", "Auto-Submitted:"),
        ("Q3", "Auto-Submitted: no\r\nAuto-Submitted: auto-replied"),
        ("Q3", f"Auto-Submitted: {AFTER_COMMENTS}"),
        (None, "Auto-Submitted: no"),
        (None, "Auto-Submitted: NO"),
        (None, "Auto-Submitted: (a (nested) comment) no"),
        (None, "Auto-Submitted: no; because=asked"),
        (None, "Auto-Submitted:\r\n no"),
        (None, "X-Auto-Submitted-By: anna"),
        ("Q4", "Content-Type: multipart/report; report-type=delivery-status; boundary=x"),
        ("Q4", "Content-Type: Multipart/Report; boundary=x"),
        ("Q4", "Content-Type: multipart/report (DSN); boundary=x"),
        ("Q4", "Content-Type: multipart/mixed; report-type=delivery-status; boundary=x"),
        ("Q4", "Content-Type: message/delivery-status"),
        ("Q4", "Content-Type: message/disposition-notification"),
        ("Q4", "Content-Type: message/feedback-report"),
        ("Q4", "Content-Type: message/global-delivery-status"),
        (None, "Content-Type: multipart/mixed; boundary=report"),
        (None, "Content-Type: message/rfc822"),
        ("Q4", "X-Failed-Recipients: anna@acme.fi"),
        (None, "Disposition-Notification-To: anna@acme.fi"),
        (None, "Return-Receipt-To: anna@acme.fi"),
        ("Q5", "Precedence: bulk"),
        ("Q5", "Precedence: Junk"),
        ("Q5", "Precedence: list (of ours)"),
        ("Q5", "Precedence: auto_reply"),
        ("Q5", "X-Precedence: bulk"),
        ("Q5", "Precedence: first-class\r\nPrecedence: bulk"),
        (None, "Precedence: first-class"),
        (None, "Precedence: normal"),
        (None, "Precedence: bulky"),
        ("Q6", "List-Id: <news.acme.fi>"),
        ("Q6", "List-Post: NO"),
        ("Q6", "List-Help: <mailto:help@acme.fi>"),
        ("Q6", "List-Unsubscribe: <https://acme.fi/>"),
        ("Q6", "List-Subscribe: <https://acme.fi/>"),
        ("Q6", "List-Owner: <mailto:anna@acme.fi>"),
        ("Q6", "List-Archive: <https://acme.fi/>"),
        ("Q6", "Mailing-List: contact anna@acme.fi"),
        ("Q6", "X-Mailing-List: <news@acme.fi>"),
        ("Q6", "X-Mailman-Version: 2.1"),
        ("Q6", "X-BeenThere: news@acme.fi"),
        ("Q6", "Feedback-ID: 1:2:3:acme"),
        (None, "List: of doors"),
        ("Q7", "X-Auto-Response-Suppress: All"),
        ("Q7", "X-Auto-Response-Suppress: AutoReply"),
        ("Q7", "X-Auto-Response-Suppress: RN, ndr"),
        ("Q7", "X-Auto-Response-Suppress: RN,NRN,OOF"),
        ("Q7", "X-Auto-Response-Suppress: DR"),
        (None, "X-Auto-Response-Suppress: RN, NRN"),
        (None, "X-Auto-Response-Suppress: None"),
        (None, "X-Auto-Response-Suppress:"),
        ("Q8", "X-Autoreply: yes"),
        ("Q8", "X-Auto-Reply: 1"),
        ("Q8", "X-Autorespond: Offer"),
        ("Q8", "X-Autoresponse: yes"),
        ("Q8", "X-AutoReply-From: anna@acme.fi"),
        ("Q8", "X-Mail-Autoreply: yes"),
        ("Q8", "X-Autogenerated: Reply"),
        ("Q8", "X-MS-Exchange-Inbox-Rules-Loop: anna@acme.fi"),
        ("Q8", "X-Amazon-Mail-Relay-Type: notification"),
        ("Q8", "X-Autoreply: yes\r\nX-Mailfiler-Notice: 1"),
        (None, "X-Autoreply: no"),
        ("Q9", "X-Mailfiler-Notice: 1"),
        ("Q12", f"Message-ID: <{OURS}>"),
        ("Q12", f"In-Reply-To: <{OURS}>"),
        ("Q12", f"In-Reply-To: Your notice of Monday <{OURS}>"),
        ("Q12", f"References: <1@acme.fi>\r\n\t<{OURS}>\r\n <2@acme.fi>"),
        (None, f"In-Reply-To: <{THEIRS}>"),
        (None, f"References: {' '.join(f'<{number}@acme.fi>' for number in range(2_000))}"),
        ("Q13", "\r\n".join(["Received: from a by b; x"] * 51)),
        (None, "\r\n".join(["Received: from a by b; x"] * 50)),
        ("Q14", "X-Spam-Flag: YES"),
        ("Q14", "X-Spam-Flag: yes"),
        (None, "X-Spam-Flag: NO"),
        (None, "X-Spam-Status: Yes, score=9"),
        (None, "X-Spam-Level: *********"),
    ],
)
def test_fields_tell_what_nobody_wrote(rule, field):
    assert rule_for(field) == rule


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("Q4", "message/delivery-status"),
        ("Q4", "message/disposition-notification"),
        ("Q4", "message/feedback-report"),
        ("Q4", "message/global-disposition-notification"),
        (None, "text/rfc822-headers"),
        (None, "application/pdf"),
    ],
)
def test_a_report_is_one_in_any_multipart(rule, kind):
    body = f"--x\r\n\r\nHello.\r\n--x\r\nContent-Type: {kind}\r\n\r\nStatus: 5.1.1\r\n--x--"
    assert rule_for("Content-Type: multipart/mixed; boundary=x", body=body) == rule


def test_a_report_that_somebody_attached_is_no_report():
    inner = (
        "Content-Type: multipart/report; boundary=y\r\n\r\n--y\r\nContent-Type: message/delivery-status\r\n\r\n--y--"
    )
    body = f"--x\r\n\r\nWhat is this?\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--x--"
    assert rule_for("Content-Type: multipart/mixed; boundary=x", body=body) is None


@pytest.mark.parametrize(
    ("proven", "unavailable", "rule"),
    [(True, False, None), (False, False, "Q15"), (False, True, "Q15"), (True, True, "Q16")],
)
def test_a_notice_goes_only_where_the_domain_was_proven(proven, unavailable, rule):
    findings = replace(UNVERIFIED.findings, return_path_proven=proven)
    authentication = replace(UNVERIFIED, findings=findings, unavailable=unavailable)
    assert rule_for(authentication=authentication) == rule


@pytest.mark.parametrize(
    ("rule", "spent"),
    [
        ("Q17", {"alike": 1}),
        ("Q17", {"to_recipient": 5}),
        (None, {"to_recipient": 4}),
        ("Q17", {"to_domain": 50}),
        (None, {"to_domain": 49}),
        ("Q17", {"to_anybody": 200}),
        (None, {"to_anybody": 199}),
        ("Q18", {"exists": True}),
        ("Q17", {"exists": True, "alike": 1}),
    ],
)
def test_budgets_hold(rule, spent):
    assert first_rule(asked(), replace(UNSPENT, **spent)) == rule


@pytest.mark.parametrize(
    ("rule", "address"),
    [
        (None, "9999.globex@in.globex.example"),
        (None, "oldcompany@in.example.com"),
        (None, "crm@old.example"),
        (None, "1001.crm@old.example"),
        ("Q19", "9999.mycompany@example.com"),
        ("Q19", "9999.mycompany@sub.in.example.com"),
        ("Q19", ""),
    ],
)
def test_only_addresses_of_ours_are_refused_in_a_notice(rule, address):
    assert rule_for(wanted=WantedNotice(reason=Reason.RECIPIENT_INVALID, address=address)) == rule


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        ("Q20", "Automatic reply: Offer"),
        ("Q20", "=?utf-8?q?R=C3=A9ponse_automatique_=3A_Offre?="),
        ("Q20", "Undelivered Mail\r\n Returned to Sender"),
        (None, "Minutes: out of office hours work"),
        (None, "Fwd: Undelivered Mail Returned to Sender"),
    ],
)
def test_the_subject_of_a_machine_tells(rule, subject):
    assert rule_for(subject=subject) == rule


@pytest.mark.parametrize(
    ("rule", "age"),
    [(None, timedelta(days=5)), ("Q21", timedelta(days=5, seconds=1)), (None, timedelta(days=-1))],
)
def test_what_arrived_long_ago_is_not_answered(rule, age):
    assert rule_for(now=ARRIVED + age) == rule


def test_the_first_rule_is_named_where_several_hold():
    assert rule_for("Auto-Submitted: auto-replied", "Precedence: bulk", subject="Automatic reply: Offer") == "Q3"
    assert rule_for("Precedence: bulk", mail_from="", subject="failure notice") == "Q1"


def test_a_hostile_header_takes_no_time():
    nested = "(" * 490 + ")" * 490
    lines = [f"{name}: {nested}" for name in ("Precedence", "X-Auto-Response-Suppress", "X-Spam-Flag")] * 300
    references = " ".join(f"<{THEIRS[:-10]}{number}>" for number in range(1_000))
    question = asked(*lines, f"References: {references}")
    with cpu_within(1):
        first_rule(question, UNSPENT)
