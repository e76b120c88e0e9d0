"""A message that the server lists and does not hand out waits in the ledger, and keeps no other from being filed."""

import pytest

from models.inbound import Delivery
from models.inbound import Lease as LeaseRow
from poller.filing.reasons import Outcome, Reason
from poller.storage.lease import LeaseTaken
from poller.storage.withheld import Withheld, withhold
from tests.storage.making import NOW, begin, commit, days, deferred, delivery, fetched, refused, sha


def keep(ledger, *uids, now=NOW, **fields):
    return withhold([Withheld(uid=uid) for uid in uids], ledger.epoch, ledger.lease, now, **fields)


def test_it_is_deferred_and_comes_back_like_other_deferred_mail(ledger):
    [decided] = keep(ledger, 7)
    assert (decided.outcome, decided.reason, decided.ref) == (Outcome.DEFERRED, Reason.UNREADABLE, fetched(7).ref)
    row = delivery(7)
    assert (row.outcome, row.reason, row.reasons, row.notice) == ("deferred", "unreadable", ["unreadable"], "none")
    assert (row.internal_date, row.size, row.source_sha256, row.settled_at) == (NOW, 0, None, NOW)
    assert (row.next_attempt_at - NOW).total_seconds() == 60
    assert (ledger.decided([7]), ledger.due(row.next_attempt_at)) == ({7}, [7])


def test_what_the_server_told_of_it_is_kept(ledger):
    withhold([Withheld(uid=7, internal_date=NOW - days(1), size=12)], ledger.epoch, ledger.lease, NOW)
    assert (delivery(7).internal_date, delivery(7).size) == (NOW - days(1), 12)


def test_its_pauses_grow_and_after_three_days_it_is_quarantined(ledger):
    now, pauses = NOW, []
    while (decided := keep(ledger, 7, now=now))[0].next_attempt_at:
        pauses.append((decided[0].next_attempt_at - now).total_seconds() / 60)
        now = decided[0].next_attempt_at
    assert pauses[:5] == [1, 5, 30, 120, 120]
    assert decided[0].outcome == delivery(7).outcome == Outcome.QUARANTINED
    assert days(3) <= now - NOW < days(3.1)
    assert (ledger.unsettled(), ledger.due(now + days(9))) == ([(7, Outcome.QUARANTINED)], [])


def test_nothing_is_final_where_the_server_hands_out_nothing_at_all(ledger):
    keep(ledger, 7)
    [decided] = keep(ledger, 7, now=NOW + days(4), final=False)
    assert decided.outcome is Outcome.DEFERRED
    assert decided.next_attempt_at > NOW + days(4)


def test_when_it_is_handed_out_at_last_it_is_new_and_its_date_and_size_are_its_own(ledger):
    keep(ledger, 7, now=NOW - days(1))
    begun = ledger.begin([(fetched(7), sha("source"))], NOW)[7]
    assert (begun.is_new, begun.attempts, begun.poison) == (True, 1, False)
    assert (delivery(7).internal_date, delivery(7).size) == (fetched(7).internal_date, fetched(7).size)
    ledger.commit([refused(7, Reason.NO_USER)], NOW)
    assert (delivery(7).outcome, delivery(7).reason) == ("quarantined", "no-user")


def test_deferred_mail_that_cannot_be_read_any_more_goes_on_waiting(ledger):
    commit(ledger, deferred(7))
    [decided] = keep(ledger, 7, now=NOW + days(1))
    assert (decided.outcome, delivery(7).reason) == (Outcome.DEFERRED, "unreadable")


def test_a_worker_that_died_over_it_is_not_forgotten(ledger):
    begin(ledger, 7)
    begin(ledger, 7)
    keep(ledger, 7)
    assert ledger.interrupted(NOW + days(1)) == {7: 2}


def test_what_was_decided_stays_as_it_is(ledger):
    commit(ledger, refused(7, Reason.NO_USER))
    assert keep(ledger, 7) == keep(ledger) == []
    assert delivery(7).reason == "no-user"


def test_a_worker_that_lost_its_lease_withholds_nothing(ledger):
    LeaseRow.update(fence=2).execute()
    with pytest.raises(LeaseTaken):
        keep(ledger, 7)
    assert Delivery.select().count() == 0
