"""Where mail lies, and what has left."""

from models.inbound import Delivery
from poller.storage.deliveries import Place
from tests.storage.making import NOW, begin, delivery


def test_what_the_server_told_of_each_message_is_recorded_and_of_others_nothing(ledger):
    begin(ledger, *range(1, 1_202))
    Delivery.update(outcome="filed").execute()
    uids = {uid: uid + 5_000 for uid in range(2, 1_202)}
    ledger.settle(range(1, 1_202), Place(folder="Filed", uidvalidity=4_294_967_295, uids=uids), NOW)
    assert (delivery(1).folder, delivery(1).folder_uid) == ("Filed", None)
    rows = Delivery.select().where(Delivery.uid > 1)
    assert {(row.folder_uid - row.uid, row.folder_uidvalidity) for row in rows} == {(5_000, 4_294_967_295)}


def test_what_left_the_mailbox_undecided_has_an_outcome_all_the_same(ledger):
    begin(ledger, 7)
    ledger.abandon([7, 8], NOW)
    row = delivery(7)
    assert (row.outcome, row.detail) == ("deferred", "it left the mailbox before it was decided about")
    assert (row.attempts, row.decided_at, row.settled_at, row.next_attempt_at) == (0, NOW, NOW, None)
    assert Delivery.select().count() == 1
