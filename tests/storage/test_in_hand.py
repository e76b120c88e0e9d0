from __future__ import annotations

import pytest

from models.inbound import Delivery
from poller.filing.reasons import Reason
from poller.storage.in_hand import FORGIVEN, InHand, Left, forgive
from tests.storage.making import NOW, commit, fetched, refused


@pytest.fixture
def path(tmp_path):
    return tmp_path / "in-hand"


def attempts():
    return [(one.uid, one.attempts, one.forgiven) for one in Delivery.select().order_by(Delivery.uid)]


def begin(ledger, *uids):
    ledger.begin([(fetched(uid), f"{uid:064}") for uid in uids], NOW)


def left(ledger, *uids):
    return Left(epoch_id=ledger.epoch.id, uids=frozenset(uids))


@pytest.mark.parametrize("uids", [[], [7], [7, 8, 4294967295]])
def test_what_was_in_hand_outlives_the_one_who_had_it(path, uids):
    InHand(path).take(3, [1, 2, 3, 4, 5])
    InHand(path).take(3, uids)
    assert InHand(path).left() == Left(epoch_id=3, uids=frozenset(uids))


def test_after_an_end_in_good_order_nothing_is_known(path):
    one = InHand(path)
    assert one.left() is None
    one.take(3, [7])
    one.close()
    one.close()
    assert one.left() is None


@pytest.mark.parametrize("octets", [b"", b"\0" * 4096, b"?", b"3 x", b"\xff"])
def test_a_file_that_cannot_be_read_tells_nothing(path, octets):
    path.write_bytes(octets)
    assert InHand(path).left() is None


def test_more_than_can_be_told_is_not_told(path):
    one = InHand(path)
    one.take(3, range(10**9, 10**9 + 1000))
    assert one.left() is None
    one.take(3, [7])
    assert one.left() == Left(epoch_id=3, uids=frozenset({7}))


def test_where_it_cannot_be_written_the_work_goes_on(tmp_path):
    InHand(tmp_path / "nowhere" / "in-hand").take(3, [7])


def test_only_what_was_in_hand_has_had_an_attempt(ledger):
    begin(ledger, 1, 2, 3)
    commit(ledger, refused(3, Reason.NO_USER))
    forgive(left(ledger, 2), ledger.lease)
    assert attempts()[:2] == [(1, 0, 1), (2, 1, 0)]
    assert attempts()[2][2] == 0


def test_another_epoch_is_left_alone(ledger):
    begin(ledger, 1)
    forgive(Left(epoch_id=ledger.epoch.id + 1, uids=frozenset()), ledger.lease)
    assert attempts() == [(1, 1, 0)]


def test_nobody_is_forgiven_for_ever(ledger):
    for _ in range(FORGIVEN + 3):
        begin(ledger, 1)
        forgive(left(ledger), ledger.lease)
    assert attempts() == [(1, 3, FORGIVEN)]
