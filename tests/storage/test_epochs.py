"""Protocol rules 9 and 10: how far a mailbox is worked off, and that no epoch ever begins with a flood."""

from datetime import UTC, date, datetime

import pytest

from models.inbound import Delivery
from models.inbound import Epoch as EpochRow
from models.inbound import Lease as LeaseRow
from poller.filing.reasons import Outcome, Reason
from poller.settings.model import StartPolicy
from poller.storage.epochs import begin_anew, close_poll, open_epoch
from poller.storage.lease import LeaseTaken
from poller.storage.ledger import Ledger
from tests.storage.making import (
    ALL,
    MAILBOX,
    NOW,
    UIDVALIDITY,
    begin,
    commit,
    days,
    deferred,
    delivery,
    judged,
    make_ledger,
    message,
    open_view,
    refused,
    take_lease,
    view,
)

pytestmark = pytest.mark.usefixtures("database")

NEW = StartPolicy(everything=False, since=None)
DAY = date(2026, 2, 1)
SINCE = StartPolicy(everything=False, since=DAY)


def close(epoch, uidnext, now=NOW, **fields):
    close_poll(epoch, take_lease(), low_uid=uidnext - 1, uidnext=uidnext, now=now, **fields)


# First contact


@pytest.mark.parametrize(
    ("policy", "start_uid", "since"),
    [(NEW, 100, None), (ALL, 1, None), (SINCE, 1, DAY)],
    ids=["new: what is there is passed over", "all", "since"],
)
def test_start_policy_decides_about_the_mail_that_was_there_before(policy, start_uid, since):
    epoch = open_view(UIDVALIDITY, 100, policy)
    assert (epoch.start_uid, epoch.low_uid, epoch.since) == (start_uid, start_uid - 1, since)
    assert (epoch.first_uidnext, epoch.hold_before) == (100, None)
    assert (epoch.mailbox, epoch.uidvalidity, EpochRow.get().began_at) == (MAILBOX, UIDVALIDITY, NOW)


@pytest.mark.parametrize(
    ("policy", "uidnext", "said"),
    [(NEW, 100, True), (NEW, 1, False), (ALL, 100, False), (SINCE, 100, False)],
    ids=["new", "empty", "all", "since"],
)
def test_what_first_contact_passes_over_is_said_once(caplog, policy, uidnext, said):
    caplog.set_level("INFO")
    open_view(1, uidnext, policy)
    open_view(1, uidnext, policy)
    line = f"{MAILBOX}: START_POLICY=new passes over what was there before, up to UID {uidnext - 1}"
    assert [line] * said == caplog.messages


def test_an_empty_mailbox_is_begun_at_its_beginning():
    assert open_view(1, 1, NEW).low_uid == 0


def test_an_epoch_is_found_as_it_was_left_whatever_start_policy_says_now():
    left = open_view(1, 100, SINCE)
    close_poll(left, take_lease(), low_uid=120, uidnext=130, now=NOW)
    found = open_view(1, 140, ALL)
    assert (found.id, found.low_uid, found.since, found.first_uidnext) == (left.id, 120, DAY, 100)
    assert found.hold_before is None
    assert EpochRow.get().uidnext == 130


def test_a_poll_that_did_not_end_leaves_the_epoch_as_it_was():
    first = open_view(1, 100, ALL)
    assert open_view(1, 110, NEW) == first


@pytest.mark.parametrize(("policy", "start_uid", "since"), [(NEW, 500, None), (ALL, 1, None), (SINCE, 1, DAY)])
def test_a_change_before_the_first_good_poll_is_still_first_contact(policy, start_uid, since):
    """Nothing can be held yet, so that otherwise everything would be filed."""
    open_view(1, 100, policy)
    epoch = open_view(2, 500, policy)
    assert (epoch.start_uid, epoch.since, epoch.hold_before) == (start_uid, since, None)


def test_mailboxes_have_epochs_of_their_own():
    close(open_view(1, 100, NEW), 100)
    other = open_view(1, 50, NEW, mailbox="other@mail/INBOX")
    assert (other.low_uid, other.hold_before) == (49, None)
    assert EpochRow.select().count() == 2


# A new epoch


@pytest.mark.parametrize(
    ("uidvalidity", "uidnext", "told", "anew"),
    [
        (1, 100, True, False),
        (1, 101, True, False),
        (1, 99, True, True),
        (1, 99, False, False),  # the last message left, and its server tells no UIDNEXT
        (2, 100, True, True),
        (2, 99, False, True),
    ],
)
def test_an_epoch_ends_with_its_uidvalidity_or_when_uidnext_goes_back(uidvalidity, uidnext, told, anew):
    first = open_view(1, 50)
    close(first, 100)
    assert (open_view(uidvalidity, uidnext, uidnext_told=told).id != first.id) == anew


def test_uidnext_goes_back_behind_a_message_that_a_killed_poll_had_begun_with(kind):
    epoch = open_view(1, 5)
    begin(make_ledger(epoch, {"": kind}), 7)
    assert open_view(1, 8).id == epoch.id
    assert open_view(1, 7).id != epoch.id


def test_a_mailbox_that_returns_to_an_earlier_uidvalidity_is_looked_at_anew():
    first = open_view(1, 100, NEW)
    close(first, 100)
    close(open_view(2, 10), 10, NOW + days(10))
    back = open_view(1, 100, NEW)
    assert (back.id == first.id, back.low_uid, back.hold_before) == (False, 0, NOW + days(3))


def test_a_message_that_is_another_begins_an_epoch_of_the_same_uidvalidity(caplog):
    first = open_view(1, 100)
    anew = begin_anew(view(1, 120), ALL, take_lease(), NOW + days(1), "UID 7 is another message than it was")
    assert (anew.id > first.id, anew.uidvalidity, anew.first_uidnext) == (True, 1, 120)
    assert open_view(1, 130) == anew
    assert f"{MAILBOX} was rebuilt (UID 7 is another message than it was)" in caplog.text


def test_an_epoch_that_begins_is_told_of_once_and_first_contact_is_not(caplog):
    open_view(1, 100)
    assert caplog.text == ""
    open_view(2, 100)
    assert caplog.text.count("was rebuilt (UIDVALIDITY was 1 and is 2)") == 1
    open_view(2, 90)
    assert caplog.text.count("was rebuilt (UIDNEXT was 100 and is 90)") == 1


# What is held


@pytest.mark.parametrize("policy", [NEW, ALL, SINCE])
def test_in_a_later_epoch_everything_counts_and_old_unknown_mail_is_held(policy):
    close(open_view(1, 1, policy), 100)
    later = open_view(2, 500, policy, now=NOW + days(1))
    assert (later.start_uid, later.low_uid, later.since, later.first_uidnext) == (1, 0, None, 500)
    assert later.hold_before == NOW - days(7)


def test_a_later_epoch_holds_by_the_last_good_poll_of_all_before():
    for uidvalidity, moment in ((1, NOW), (2, NOW + days(30)), (3, NOW + days(20))):
        close(open_view(uidvalidity, 10), 10, moment)
    assert open_view(4, 10).hold_before == NOW + days(23)


def test_an_epoch_goes_on_holding_after_its_own_good_polls():
    close(open_view(1, 10), 10)
    close(open_view(2, 10), 10, NOW + days(100))
    assert open_view(2, 10).hold_before == NOW - days(7)


def test_what_first_contact_passed_over_is_held_later_however_new_it_is():
    """Otherwise a mailbox rebuilt within a week after it would flood."""
    close(open_view(1, 100, NEW), 100, NOW + days(2))
    assert open_view(2, 100).hold_before == NOW


def test_what_is_older_than_the_day_of_start_policy_is_held_later():
    epoch = open_view(1, 100, SINCE)
    close(epoch, 100, datetime(2026, 2, 3, tzinfo=UTC))
    assert open_view(2, 100).hold_before == datetime(2026, 2, 1, tzinfo=UTC)


# What an epoch leaves open


@pytest.fixture
def old(kind) -> Ledger:
    return make_ledger(open_view(1, 1), {"": kind})


def test_what_an_epoch_left_open_is_closed_so_that_every_uid_has_one_outcome(old):
    begin(old, 1)
    commit(old, deferred(2), refused(3, Reason.NO_USER), judged(4, message("held"), outcome=Outcome.HELD))
    Delivery.update(next_attempt_at=NOW).where(Delivery.uid == 4).execute()
    later = NOW + days(1)
    open_view(2, 1, now=later)
    rebuilt = "its mailbox was rebuilt, and what lies in it was looked at anew"
    assert (delivery(1).outcome, delivery(1).detail, delivery(1).attempts) == (
        "deferred",
        f"never decided: {rebuilt}",
        0,
    )
    assert (delivery(1).decided_at, delivery(1).settled_at) == (later, later)
    assert delivery(2).detail == f"the DNS did not answer; not tried again: {rebuilt}"
    assert (delivery(3).outcome, delivery(3).settled_at, delivery(3).folder) == ("quarantined", later, None)
    assert [delivery(uid).next_attempt_at for uid in (1, 2, 3, 4)] == [None] * 4
    assert (set(old.interrupted(later)), old.due(later), old.unsettled()) == (set(), [], [])


def test_what_waits_for_its_kept_source_is_left_waiting(old):
    commit(old, refused(3, Reason.NO_USER))
    Delivery.update(next_attempt_at=NOW).execute()
    open_view(2, 1)
    assert delivery(3).next_attempt_at == NOW


def test_what_other_mailboxes_have_open_is_left_open(old):
    begin(old, 1)
    close(open_view(1, 1, mailbox="other@mail/INBOX"), 1)
    open_view(2, 1, mailbox="other@mail/INBOX")
    assert delivery(1).outcome is None


# Recording


def test_a_poll_that_looked_at_everything_is_recorded_as_such():
    epoch = open_view(1, 1)
    close(epoch, 5)
    assert EpochRow.get().reconciled_at is None
    close(epoch, 5, NOW + days(1), reconciled=True)
    close(epoch, 5, NOW + days(2))
    assert (EpochRow.get().reconciled_at, EpochRow.get().last_poll_at) == (NOW + days(1), NOW + days(2))


def test_a_worker_that_lost_its_lease_neither_begins_nor_closes():
    epoch, lost = open_view(1, 100), take_lease()
    LeaseRow.update(fence=2).execute()
    with pytest.raises(LeaseTaken):
        open_epoch(view(2, 100), ALL, lost, NOW)
    with pytest.raises(LeaseTaken):
        begin_anew(view(1, 100), ALL, lost, NOW, "why")
    with pytest.raises(LeaseTaken):
        close_poll(epoch, lost, low_uid=99, uidnext=100, now=NOW)
    assert (EpochRow.select().count(), EpochRow.get().low_uid) == (1, 0)
