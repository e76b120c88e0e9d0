"""Protocol rules 9 and 10: how far a mailbox is worked off, and that no epoch ever begins with a flood."""

from datetime import date

import pytest

from models.inbound import Epoch as EpochRow
from poller.settings.model import StartPolicy
from poller.storage.epochs import close_poll, open_epoch
from tests.storage.making import MAILBOX, NOW, UIDVALIDITY, days

pytestmark = pytest.mark.usefixtures("database")

NEW = StartPolicy(everything=False, since=None)
ALL = StartPolicy(everything=True, since=None)
DAY = date(2026, 2, 1)
SINCE = StartPolicy(everything=False, since=DAY)


@pytest.mark.parametrize(
    ("policy", "low_uid", "since"),
    [(NEW, 99, None), (ALL, 0, None), (SINCE, 0, DAY)],
    ids=["new: what is there is passed over", "all", "since"],
)
def test_start_policy_decides_about_the_mail_that_was_there_before(policy, low_uid, since):
    epoch = open_epoch(MAILBOX, UIDVALIDITY, 100, policy)
    assert (epoch.low_uid, epoch.since, epoch.first_uidnext, epoch.hold_before) == (low_uid, since, 100, None)
    assert (epoch.mailbox, epoch.uidvalidity) == (MAILBOX, UIDVALIDITY)


def test_an_empty_mailbox_is_begun_at_its_beginning():
    assert open_epoch(MAILBOX, 1, 1, NEW).low_uid == 0


def test_an_epoch_is_found_as_it_was_left_whatever_start_policy_says_now():
    left = open_epoch(MAILBOX, 1, 100, SINCE)
    close_poll(left, low_uid=120, uidnext=130, now=NOW)
    found = open_epoch(MAILBOX, 1, 140, ALL)
    assert (found.id, found.low_uid, found.since, found.first_uidnext) == (left.id, 120, DAY, 100)
    assert found.hold_before is None
    assert EpochRow.get().uidnext == 130


def test_a_poll_that_did_not_end_leaves_the_epoch_as_it_was():
    first = open_epoch(MAILBOX, 1, 100, ALL)
    assert open_epoch(MAILBOX, 1, 110, NEW) == first


@pytest.mark.parametrize("policy", [NEW, ALL, SINCE])
def test_in_a_later_epoch_everything_counts_and_old_unknown_mail_is_held(policy):
    close_poll(open_epoch(MAILBOX, 1, 100, policy), low_uid=99, uidnext=100, now=NOW)
    later = open_epoch(MAILBOX, 2, 500, policy)
    assert (later.low_uid, later.since, later.first_uidnext) == (0, None, 500)
    assert later.hold_before == NOW - days(7)


def test_a_later_epoch_holds_by_the_last_good_poll_of_all_before():
    for uidvalidity, moment in ((1, NOW), (2, NOW + days(30)), (3, NOW + days(20))):
        close_poll(open_epoch(MAILBOX, uidvalidity, 10, NEW), low_uid=9, uidnext=10, now=moment)
    assert open_epoch(MAILBOX, 4, 10, NEW).hold_before == NOW + days(23)


def test_an_epoch_goes_on_holding_after_its_own_good_polls():
    close_poll(open_epoch(MAILBOX, 1, 10, NEW), low_uid=9, uidnext=10, now=NOW)
    close_poll(open_epoch(MAILBOX, 2, 10, NEW), low_uid=5, uidnext=10, now=NOW + days(100))
    assert open_epoch(MAILBOX, 2, 10, NEW).hold_before == NOW - days(7)


@pytest.mark.parametrize(("policy", "low_uid", "since"), [(NEW, 499, None), (ALL, 0, None), (SINCE, 0, DAY)])
def test_a_change_before_the_first_good_poll_is_still_first_contact(policy, low_uid, since):
    """Nothing can be held yet, so that otherwise everything would be filed."""
    open_epoch(MAILBOX, 1, 100, policy)
    epoch = open_epoch(MAILBOX, 2, 500, policy)
    assert (epoch.low_uid, epoch.since, epoch.hold_before) == (low_uid, since, None)


def test_a_mailbox_that_returns_to_an_earlier_epoch_goes_on_where_it_was_left():
    first = open_epoch(MAILBOX, 1, 100, NEW)
    close_poll(first, low_uid=99, uidnext=100, now=NOW)
    close_poll(open_epoch(MAILBOX, 2, 10, NEW), low_uid=9, uidnext=10, now=NOW + days(10))
    back = open_epoch(MAILBOX, 1, 100, NEW)
    assert (back.id, back.low_uid, back.hold_before) == (first.id, 99, NOW + days(3))


def test_mailboxes_have_epochs_of_their_own():
    close_poll(open_epoch(MAILBOX, 1, 100, NEW), low_uid=99, uidnext=100, now=NOW)
    other = open_epoch("other@mail/INBOX", 1, 50, NEW)
    assert (other.low_uid, other.hold_before) == (49, None)
    assert EpochRow.select().count() == 2
