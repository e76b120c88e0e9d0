"""What is dropped after a time, and that nothing that recognises a message ever is."""

import pytest

from models.inbound import Delivery
from models.notice import Notice
from poller.filing.reasons import Outcome, Reason
from poller.storage import retention
from poller.storage.lease import Lease, LeaseTaken
from poller.storage.listing import ActivityFilter, MessageFilter, list_activities, list_messages
from poller.storage.reconciling import referred
from tests.storage import making
from tests.storage.making import MAILBOX, NOW, days, sha

LEASE = Lease(name=MAILBOX, fence=1)
OLD, YOUNG = NOW - days(31), NOW - days(29)
BEFORE = NOW - days(30)
WRONG = "1002.mycompany@in.example.com"


@pytest.fixture
def anna(organization):
    return making.user(organization, "anna@acme.fi")


def settle(*uids, source_kept=True):
    Delivery.update(settled_at=NOW, source_kept=source_kept).where(Delivery.uid << uids).execute()


def file_one(ledger, anna, uid, at, name="offer", **fields):
    drafted = making.draft(anna, read=making.message(name), **fields)
    making.commit(ledger, making.to_file(uid, drafted, "mycompany@in.example.com"), now=at)
    settle(uid)


def refuse(ledger, uid, at, name="wrong"):
    refused = making.refused(uid, Reason.RECIPIENT_INVALID, WRONG, read=making.message(name))
    making.commit(ledger, refused, now=at)
    settle(uid)


def kept():
    return {row.uid for row in Delivery.select().where(Delivery.source_kept)}


def test_sources_of_old_messages_are_dropped_and_young_ones_stay(ledger, anna):
    file_one(ledger, anna, 1, OLD)
    file_one(ledger, anna, 2, YOUNG, "second")
    refuse(ledger, 3, OLD)
    assert retention.drop_sources(BEFORE, LEASE) == 2
    assert kept() == {2}
    assert referred({sha("source 1"), sha("source 2"), sha("source 3")}) == {sha("source 2")}
    assert retention.drop_sources(BEFORE, LEASE) == 0


def test_a_source_that_is_an_attachment_too_is_still_referred_to(ledger, anna):
    file_one(ledger, anna, 1, OLD, files=(making.file("original.eml", "source 1"),))
    assert retention.drop_sources(BEFORE, LEASE) == 1
    assert referred({sha("source 1")}) == {sha("source 1")}


@pytest.mark.parametrize(
    "state",
    [
        {"outcome": Outcome.DEFERRED},
        {"outcome": Outcome.HELD},
        {"outcome": None, "decided_at": None},
        {"next_attempt_at": NOW},  # somebody wants it judged again
        {"settled_at": None},
    ],
    ids=str,
)
def test_what_is_not_over_is_not_touched(ledger, state):
    refuse(ledger, 1, OLD)
    Delivery.update(state).execute()
    before = Delivery.select().dicts().get()
    assert retention.drop_sources(BEFORE, LEASE) == 0
    assert retention.blank_messages(BEFORE, LEASE) == 0
    assert Delivery.select().dicts().get() == before


def test_old_messages_are_no_longer_described_and_still_recognised(ledger):
    refuse(ledger, 1, OLD)
    refuse(ledger, 2, YOUNG, "another")
    before = Delivery.select().where(Delivery.uid == 1).dicts().get()
    assert retention.blank_messages(BEFORE, LEASE) == 1
    after = Delivery.select().where(Delivery.uid == 1).dicts().get()
    blank = {"author": None, "message_id": None, "subject": None, "detail": None, "recipients": []}
    assert after == before | blank
    assert making.delivery(2).subject == "About another"
    assert retention.blank_messages(BEFORE, LEASE) == 0


def test_old_notices_are_no_longer_kept_and_none_is_sent_again(ledger):
    refuse(ledger, 1, OLD)
    Notice.update(state="sent", updated_at=OLD, message=b"Subject: no such project").execute()
    before = Notice.select().dicts().get()
    assert retention.blank_notices(BEFORE, LEASE) == 1
    after = Notice.select().dicts().get()
    assert after == before | {"address": "", "recipient": None, "message": None, "error": None}
    refuse(ledger, 2, NOW)  # the same mail comes in once more
    assert Notice.select().count() == 1
    assert retention.blank_notices(BEFORE, LEASE) == 0


@pytest.mark.parametrize("state", ["pending", "sending"])
def test_a_notice_on_its_way_keeps_what_it_needs(ledger, state):
    refuse(ledger, 1, OLD)
    Notice.update(state=state, updated_at=OLD).execute()
    assert retention.blank_notices(BEFORE, LEASE) == 0
    assert Notice.get().address == WRONG


def test_a_copy_is_recognised_and_everything_is_listed_after_that(ledger, anna):
    file_one(ledger, anna, 1, OLD)
    activities = list(list_activities(ActivityFilter()))
    retention.drop_sources(BEFORE, LEASE)
    retention.blank_messages(BEFORE, LEASE)
    assert list(list_activities(ActivityFilter())) == activities
    (listed,) = list_messages(MessageFilter())
    assert (listed["outcome"], listed["subject"], listed["recipients"]) == ("filed", None, [])
    drafted = making.draft(anna)
    (copy,) = making.commit(ledger, making.to_file(2, drafted), now=NOW)
    assert (copy.outcome, copy.activity_id) == (Outcome.DUPLICATE, activities[0]["id"])


def test_however_many_there_are_they_go_in_lots(ledger, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    for uid in range(1, 6):
        refuse(ledger, uid, OLD, f"wrong {uid}")
    said = making.asked(lambda: retention.drop_sources(BEFORE, LEASE))
    assert kept() == set()
    assert sum(sql.startswith("UPDATE") and "source_kept" in sql for sql, _ in said) == 3


def test_a_worker_that_lost_its_mailbox_drops_nothing(ledger):
    refuse(ledger, 1, OLD)
    with pytest.raises(LeaseTaken):
        retention.drop_sources(BEFORE, Lease(name=MAILBOX, fence=0))
    assert kept() == {1}
