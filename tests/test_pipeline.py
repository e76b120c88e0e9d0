"""WHAT: one message through all stages, with a real directory; nothing is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from poller.authentication.findings import Mechanism
from poller.filing import first_look
from poller.filing.judged import NOTHING_SPENT
from poller.filing.reasons import Outcome, Reason
from poller.mail.message import Fetched, MessageRef
from poller.opening import open_storage
from poller.pipeline import Incoming, Pipeline, drafter_of, poisoned
from poller.proving import Proving
from poller.storage.database import connected
from tests.authentication.making import Zone, delivered, written
from tests.filing.making import UNVERIFIED
from tests.patience import PATIENCE
from tests.workplace import Workplace, mail

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def pipeline(tmp_path, database_url):
    workplace = Workplace(folder=tmp_path, database_url=database_url)
    workplace.import_directory()

    def with_settings(zone=None, **keys):
        settings = workplace.settings(**keys)
        ids = {key: kind.organization_id for key, kind in open_storage(settings).items()}
        return Pipeline(
            settings=settings,
            organization_ids=ids,
            proving=Proving(resolver_for=lambda: zone or Zone()),
            drafter=drafter_of(settings, b"key"),
            now=lambda: ARRIVED,
        )

    return with_settings


def fetched(source, *, oversized=False):
    ref = MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=1)
    return Fetched(ref=ref, internal_date=ARRIVED, size=len(source), source=source, oversized=oversized)


def incoming(source, *, hold_before=None, oversized=False, may_wait=True):
    return Incoming(
        fetched=fetched(source, oversized=oversized),
        source_sha256="0" * 64,
        hold_before=hold_before,
        may_wait=may_wait,
    )


def judge(pipeline, source, **fields):
    with connected():
        (judged,) = pipeline.judge_all([incoming(source, **fields)])
    return judged


def test_a_message_that_is_filed_has_a_draft_with_its_owner_and_project(pipeline):
    judged = judge(pipeline(), mail(1))
    assert judged.decision.outcome is Outcome.FILED
    assert judged.draft.owner.address == "anna@acme.fi"
    assert [project.number for project in judged.draft.projects] == ["1001"]
    assert judged.notices == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (mail(1, "Auto-Submitted: auto-replied"), Reason.IGNORED),
        (mail(1, "From: bert@acme.fi"), Reason.MALFORMED),
        (mail(1, to="anna@elsewhere.example"), Reason.NO_FILING_ADDRESS),
        (mail(1, to="9999.mycompany@in.example.com"), Reason.RECIPIENT_INVALID),
        (mail(1).replace(b"anna@acme.fi", b"x@y.example"), Reason.NO_USER),
        (mail(1).replace(b"Subject: Message 1", b"Subject: "), Reason.NO_SUBJECT),
        (b"", Reason.MALFORMED),
    ],
)
def test_a_message_that_is_refused_has_a_reason_and_no_draft(pipeline, source, reason):
    judged = judge(pipeline(), source)
    assert (judged.decision.reason, judged.draft) == (reason, None)


@pytest.mark.parametrize(("keys", "rules"), [({}, ["Q2"]), ({"REJECT_ACTION": "flag"}, [])], ids=["notify", "flag"])
def test_a_notice_is_wanted_and_suppressed_where_nobody_can_be_told(pipeline, keys, rules):
    judged = judge(pipeline(**keys), mail(1, to="9999.mycompany@in.example.com"))
    assert [notice.suppressed_by(NOTHING_SPENT) for notice in judged.notices] == rules


ALIGNED = {"AUTH_POLICY": "aligned", "OUR_MTA_NAMES": "mx.example.com"}
NAMED = Zone({"acme.fi TXT": ["v=spf1 ip4:203.0.113.7 -all"]})
ANNAS = b"X-Original-To: 1001.mycompany@in.example.com\r\n" + delivered(written()).replace(
    b"catchall@in.example.com", b"nobody"
)


@pytest.mark.parametrize(
    ("zone", "may_wait", "outcome", "reason"),
    [
        (NAMED, True, Outcome.FILED, None),
        (Zone(), True, Outcome.QUARANTINED, Reason.AUTHENTICATION_FAILED),
        (Zone(failing=["acme.fi"]), True, Outcome.DEFERRED, Reason.AUTHENTICATION_UNAVAILABLE),
        (Zone(failing=["acme.fi"]), False, Outcome.QUARANTINED, Reason.AUTHENTICATION_UNAVAILABLE),
    ],
    ids=["proven", "not proven", "open", "open for too long"],
)
def test_the_author_must_be_proven(pipeline, zone, may_wait, outcome, reason):
    judged = judge(pipeline(zone, **ALIGNED), ANNAS, may_wait=may_wait)
    assert (judged.decision.outcome, judged.decision.reason) == (outcome, reason)
    assert (judged.draft is not None) == (outcome is Outcome.FILED)


def test_what_needs_no_dns_asks_for_nothing(pipeline):
    zone = Zone()
    for source in (mail(1, "Auto-Submitted: auto-replied"), mail(1, "From: x@y.fi"), mail(1, to="a@elsewhere.example")):
        judge(pipeline(zone, **ALIGNED), source)
    assert zone.asked == []


def test_the_messages_of_a_batch_wait_for_the_dns_at_the_same_time(pipeline):
    """Each look-up ends only when every message has come to its own."""
    everybody = Barrier(3, timeout=PATIENCE)

    class Slow(Zone):
        def lookup(self, name, kind):
            if name == "acme.fi":
                everybody.wait()
            return super().lookup(name, kind)

    slow = pipeline(Slow(NAMED.records), **ALIGNED)
    with connected():
        judged = slow.judge_all([incoming(ANNAS) for _ in range(3)])
    assert [one.decision.outcome for one in judged] == [Outcome.FILED] * 3


def test_a_message_that_our_own_code_fails_on_takes_no_other_along(pipeline, monkeypatch, caplog):
    real = first_look.read_message

    def broken(source, **about):
        if b"Message 2" in source:
            raise RuntimeError("a bug")
        return real(source, **about)

    monkeypatch.setattr(first_look, "read_message", broken)
    stages_of_all = pipeline()
    with connected():
        judged = stages_of_all.judge_all([incoming(mail(number)) for number in (1, 2, 3)])
    assert [one and one.decision.outcome for one in judged] == [Outcome.FILED, None, Outcome.FILED]
    assert "could not be judged" in caplog.text


def test_an_empty_batch_is_nothing(pipeline):
    assert pipeline().judge_all([]) == []


def test_of_an_oversized_message_the_header_decides(pipeline):
    assert judge(pipeline(), mail(1), oversized=True).decision.reason is Reason.MESSAGE_TOO_LARGE


@pytest.mark.parametrize(("age", "outcome"), [(timedelta(0), Outcome.FILED), (timedelta(seconds=1), Outcome.HELD)])
def test_old_unknown_mail_of_a_rebuilt_mailbox_is_held(pipeline, age, outcome):
    assert judge(pipeline(), mail(1), hold_before=ARRIVED + age).decision.outcome is outcome


def test_poison_is_not_read():
    judged = poisoned(fetched(b"whatever it is"), "0" * 64)
    assert (judged.decision.outcome, judged.screened, judged.draft) == (Outcome.QUARANTINED, None, None)


def test_what_proved_the_author_before_stands_and_the_dns_is_not_asked(pipeline):
    zone = Zone()
    standing = replace(UNVERIFIED, evidence=Mechanism.DKIM, domain="acme.fi", why="a signature was valid")
    opened = pipeline(zone, AUTH_POLICY="aligned")
    with connected():
        (judged,) = opened.judge_all([replace(incoming(delivered(mail(1))), standing=standing)])
    assert judged.decision.outcome is Outcome.FILED
    assert judged.draft.authentication is standing
    assert zone.asked == []
