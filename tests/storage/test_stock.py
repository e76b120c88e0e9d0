import pytest

from models.inbound import Delivery
from models.inbound import Lease as LeaseRow
from poller.filing.reasons import Outcome, Reason
from poller.storage.deliveries import Place
from poller.storage.lease import LeaseTaken
from poller.storage.stock import Stock
from poller.storage.withheld import Withheld, withhold
from tests.storage.making import NOW, begin, commit, deferred, delivery, fetched, judged, message, refused, sha

FILED = Place(folder="Filed", uidvalidity=9, uids={1: 11, 2: 12})


@pytest.fixture
def stock(ledger):
    return Stock(epoch=ledger.epoch, lease=ledger.lease)


def test_what_was_moved_away_and_lies_there_is_unsettled_and_nothing_else_is(ledger, stock):
    held = judged(4, message("held"), outcome=Outcome.HELD)
    commit(ledger, *(refused(uid, Reason.NO_USER) for uid in (1, 2, 3)), held, deferred(5))
    ledger.settle([1, 2], FILED, NOW)
    ledger.settle([3], Place(folder=None), NOW)
    assert stock.moved_away([1, 3, 4, 5]) == [1]
    assert stock.marked([1, 3, 4, 5]) == [3]
    stock.unsettle([1])
    assert ledger.unsettled() == [(1, Outcome.QUARANTINED)]
    assert (delivery(1).folder, delivery(1).folder_uid, delivery(1).folder_uidvalidity) == (None, None, None)
    assert (delivery(2).folder, delivery(2).folder_uid, delivery(2).folder_uidvalidity) == ("Filed", 12, 9)


def test_deferred_mail_that_had_left_is_due_when_it_lies_there_again(ledger, stock):
    held = judged(3, message("held"), outcome=Outcome.HELD)
    commit(ledger, deferred(1), deferred(2), held)
    ledger.abandon([1], NOW)
    assert ledger.due(NOW) == []
    assert stock.resume([1, 2, 3], NOW) == [1]
    assert ledger.due(NOW) == [1]


def test_only_what_is_to_be_fetched_once_more_waits(ledger, stock):
    commit(ledger, deferred(1), refused(2, Reason.NO_USER), judged(3, message("held"), outcome=Outcome.HELD))
    begin(ledger, 4)
    Delivery.update(next_attempt_at=NOW).where(Delivery.uid == 2).execute()  # asked for, from its source
    assert stock.waiting() == {1, 4}


def test_what_was_fetched_is_known_by_what_it_was(ledger, stock):
    begin(ledger, 1, 2)
    withhold([Withheld(uid=3)], ledger.epoch, ledger.lease, NOW)
    [known] = stock.fetched([1, 3])
    assert (known.uid, known.internal_date, known.size) == (1, fetched(1).internal_date, fetched(1).size)
    assert known.source_sha256 == sha("source 1")


def test_a_worker_that_lost_its_lease_changes_nothing(ledger, stock):
    commit(ledger, refused(1, Reason.NO_USER))
    ledger.settle([1], FILED, NOW)
    LeaseRow.update(fence=2).execute()
    with pytest.raises(LeaseTaken):
        stock.unsettle([1])
    assert delivery(1).folder == "Filed"
