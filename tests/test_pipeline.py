"""WHAT: one message through all stages, with a real directory; nothing is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from poller.filing.reasons import Outcome, Reason
from poller.mail.message import Fetched, MessageRef
from poller.pipeline import Pipeline, poisoned
from poller.storage.database import connected
from poller.worker import open_storage
from tests.workplace import Workplace, mail

ARRIVED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def pipeline(tmp_path):
    workplace = Workplace(folder=tmp_path)
    workplace.import_directory()

    def with_settings(**keys):
        settings = workplace.settings(**keys)
        ids = {key: kind.organization_id for key, kind in open_storage(settings).items()}
        return Pipeline(settings=settings, organization_ids=ids)

    return with_settings


def fetched(source, *, oversized=False):
    ref = MessageRef(mailbox="catchall@mail/INBOX", uidvalidity=1, uid=1)
    return Fetched(ref=ref, internal_date=ARRIVED, size=len(source), source=source, oversized=oversized)


def judge(pipeline, source, *, hold_before=None, oversized=False):
    with connected():
        return pipeline.judge(fetched(source, oversized=oversized), "0" * 64, hold_before)


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


@pytest.mark.parametrize(("keys", "rules"), [({}, ["Q15"]), ({"REJECT_ACTION": "flag"}, [])], ids=["notify", "flag"])
def test_a_notice_is_wanted_and_suppressed_while_nobody_is_authenticated(pipeline, keys, rules):
    judged = judge(pipeline(**keys), mail(1, to="9999.mycompany@in.example.com"))
    assert [notice.suppressed_by for notice in judged.notices] == rules


def test_of_an_oversized_message_the_header_decides(pipeline):
    assert judge(pipeline(), mail(1), oversized=True).decision.reason is Reason.MESSAGE_TOO_LARGE


@pytest.mark.parametrize(("age", "outcome"), [(timedelta(0), Outcome.FILED), (timedelta(seconds=1), Outcome.HELD)])
def test_old_unknown_mail_of_a_rebuilt_mailbox_is_held(pipeline, age, outcome):
    assert judge(pipeline(), mail(1), hold_before=ARRIVED + age).decision.outcome is outcome


def test_poison_is_not_read():
    judged = poisoned(fetched(b"whatever it is"), "0" * 64)
    assert (judged.decision.outcome, judged.screened, judged.draft) == (Outcome.QUARANTINED, None, None)
