"""A refusal -> the notices it wants: who would get them, what they say, and what may be suggested."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from poller.authentication.findings import Mechanism
from poller.authentication.trace import Trace
from poller.filing.decide import decide
from poller.filing.destination import Case, Refused
from poller.filing.judged import NOTHING_SPENT
from poller.filing.reasons import Reason
from poller.notices.drafting import Drafter
from poller.notices.texts import load_texts
from poller.settings import NoticeSettings, RejectAction, Security, SmtpSettings
from tests.filing.making import ARRIVED, UNVERIFIED, destination, evidence, fetched, project, routing

BAD = "1010.mycompany@in.example.com"
SMTP = SmtpSettings(host="", port=25, security=Security.PLAIN, username="", password="")
SETTINGS = NoticeSettings(
    smtp=SMTP,
    reject_action=RejectAction.NOTIFY,
    notify_no_user=False,
    author="mailer-daemon@in.example.com",
    envelope_from="",
    templates=None,
    admin_address="",
    hostname="mx.example.com",
)
PROVEN = replace(UNVERIFIED, evidence=Mechanism.SPF, findings=replace(UNVERIFIED.findings, return_path_proven=True))
HARBOUR = project("1001")


def refused(address=BAD, number="1010", case=Case.UNKNOWN_PROJECT):
    return Refused(address=address, reason=Reason.RECIPIENT_INVALID, detail="no", case=case, number=number)


def drafted(
    *named, sender="anna@acme.fi", authentication=PROVEN, asked=lambda: [HARBOUR], case=Case.UNKNOWN_PROJECT, **changes
):
    drafter = Drafter(settings=replace(SETTINGS, **changes), routing=routing(), limit=1000, texts=TEXTS, key=b"key")
    goes_to = destination(*named, refused=(refused(case=case),), reachable=bool(named))
    found = evidence(goes_to=goes_to, authentication=authentication)
    trace = Trace(boundary=0, hops=(), mail_from=sender)
    found = replace(found, screened=replace(found.screened, trace=trace))
    return drafter.draft(decide(found, may_wait=True), found, fetched(), ARRIVED, asked)


TEXTS = load_texts(None)


def text_of(notice):
    return message_from_bytes(notice.compose(), policy=policy.default)


def test_a_refusal_wants_a_notice_that_names_the_address():
    (notice,) = drafted()
    assert (notice.recipient, notice.suppressed_by(NOTHING_SPENT)) == ("anna@acme.fi", None)
    message = text_of(notice)
    assert message["To"] == "anna@acme.fi"
    assert message["Message-ID"] == f"<{notice.message_id}>"
    assert BAD in message.get_payload(0).get_content()


@pytest.mark.parametrize(
    ("named", "authentication", "suggested"),
    [((), PROVEN, True), ((HARBOUR,), PROVEN, False), ((), UNVERIFIED, False)],
    ids=["a near miss", "what it went to anyhow", "an author who is not proven"],
)
def test_only_a_project_that_may_have_been_meant_is_suggested_and_only_to_a_proven_user(
    named, authentication, suggested
):
    (notice,) = drafted(*named, authentication=authentication)
    assert ("Did you mean 1001" in text_of(notice).get_payload(0).get_content()) is suggested


@pytest.mark.parametrize("case", [Case.UNKNOWN_PROJECT, Case.AMBIGUOUS_PROJECT, Case.ARCHIVED_PROJECT])
def test_only_a_proven_user_learns_that_there_is_such_a_project(case):
    told = {who: drafted(authentication=who, case=case)[0].compose() for who in (PROVEN, UNVERIFIED)}
    assert f"recipient-invalid ({case})".encode() in told[PROVEN]
    assert told[UNVERIFIED] == drafted(authentication=UNVERIFIED)[0].compose()


def test_no_project_is_looked_for_where_none_is_suggested():
    def asked():
        raise AssertionError("nobody needs them")

    (notice,) = drafted(authentication=UNVERIFIED, asked=asked)
    assert notice.compose()


def test_an_international_domain_is_written_as_the_envelope_has_it():
    (notice,) = drafted(sender="olaf@b\u00fccher.example")
    assert text_of(notice)["To"] == "olaf@xn--bcher-kva.example"


@pytest.mark.parametrize(("sender", "rule"), [("", "Q1"), (None, "Q2"), ("no-reply@acme.fi", "Q10")])
def test_the_rule_that_forbids_it_is_asked_when_it_is_stored(sender, rule):
    (notice,) = drafted(sender=sender)
    assert notice.suppressed_by(NOTHING_SPENT) == rule


def test_nothing_is_wanted_where_refusals_are_only_flagged():
    assert drafted(reject_action=RejectAction.FLAG) == ()


def test_one_refusal_has_one_message_id():
    assert drafted()[0].message_id == drafted(sender="ben@acme.fi")[0].message_id
