"""An attempt counts against a message only where the message ended the worker, however long the database was away."""

import pytest

from models.inbound import Delivery
from models.inbound import Lease as LeaseRow
from poller.errors import Transient
from poller.filing.reasons import Reason
from poller.storage.attempts import Attempts
from poller.storage.lease import Lease, LeaseTaken
from tests.storage.making import MAILBOX, NOW, begin, commit, delivery, refused

HELD = Lease(name=MAILBOX, fence=1)


@pytest.fixture
def attempts(ledger):
    begin(ledger, 1, 2)
    begin(ledger, 2)
    return Attempts(HELD)


def counts():
    return {row.uid: row.attempts for row in Delivery.select()}


def test_each_count_goes_down_by_one_and_no_further(attempts, ledger):
    for _ in range(2):  # the second time as after a commit of which no answer came
        attempts.give_back(ledger.epoch.id, {1: 1, 2: 2})
        assert counts() == {1: 0, 2: 1}


def test_what_was_begun_with_again_since_keeps_its_count(attempts, ledger):
    begin(ledger, 1)
    attempts.give_back(ledger.epoch.id, {1: 1})
    assert counts()[1] == 2


def test_nothing_is_given_back_to_what_was_decided(attempts, ledger):
    ledger.commit([refused(1, Reason.NO_USER)], NOW)
    attempts.give_back(ledger.epoch.id, {1: 1})
    assert delivery(1).attempts == 1


def test_where_the_database_is_away_it_is_owed_until_it_is_back(attempts, ledger, monkeypatch):
    def away(_lease):
        raise Transient("database: away")

    with monkeypatch.context() as patched:
        patched.setattr(Lease, "check", away)
        attempts.give_back(ledger.epoch.id, {1: 1})
        attempts.give_back(ledger.epoch.id, {2: 2})
        with pytest.raises(Transient):
            attempts.pay()
    assert counts() == {1: 1, 2: 2}
    attempts.pay()
    assert counts() == {1: 0, 2: 1}
    begin(ledger, 1)
    attempts.pay()
    assert counts()[1] == 1, "nothing is owed any more"


def test_a_worker_that_lost_its_lease_gives_nothing_back(attempts, ledger):
    LeaseRow.update(fence=2).execute()
    attempts.give_back(ledger.epoch.id, {1: 1})
    with pytest.raises(LeaseTaken):
        attempts.pay()
    assert counts()[1] == 1


def test_many_are_given_back_together(ledger):
    uids = range(1, 1_201)
    begin(ledger, *uids)
    Attempts(HELD).give_back(ledger.epoch.id, dict.fromkeys(uids, 1))
    assert set(counts().values()) == {0}


def test_what_another_epoch_has_is_left_alone(attempts, ledger):
    commit(ledger, refused(3, Reason.NO_USER))
    attempts.give_back(ledger.epoch.id + 1, {1: 1})
    assert counts()[1] == 1
