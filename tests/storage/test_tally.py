"""The ledger in numbers, which are those that `messages` lists."""

from __future__ import annotations

from collections import Counter

import pytest

from models.inbound import Delivery
from models.notice import Notice
from poller.storage.listing import MessageFilter, list_messages
from poller.storage.tally import NOTHING, take_tally
from tests.storage.making import NOW, days, open_view


@pytest.fixture
def epoch(database):
    return open_view()


def insert(epoch, uid, outcome, reason=None, notice="none", **fields):
    row = {"epoch": epoch.id, "uid": uid, "internal_date": NOW, "size": 1, "seen_at": NOW}
    return Delivery.create(**row | {"outcome": outcome, "reason": reason, "notice": notice} | fields)


def write(state, rule=None, created_at=NOW, delivery=None):
    number = Notice.select().count()
    waits = state in {"pending", "sending"}
    Notice.create(
        delivery=delivery, identity="i", reason="no-subject", address_sha256=f"{number:064}", state=state, rule=rule,
        created_at=created_at, updated_at=NOW, address="", next_attempt_at=NOW if waits else None,
    )  # fmt: skip


def test_an_empty_ledger_has_nothing(database):
    assert take_tally() == NOTHING


def test_messages_and_their_notices_are_counted_as_they_are_listed(epoch):
    insert(epoch, 1, "filed")
    insert(epoch, 2, "filed", "recipient-invalid", "sent")
    insert(epoch, 3, "filed", notice="suppressed:Q5")
    insert(epoch, 4, "quarantined", "no-user")
    insert(epoch, 5, "quarantined", "no-user", "suppressed:Q5")
    insert(epoch, 6, None)  # under way, and not listed
    tally = take_tally()
    listed = list(list_messages(MessageFilter()))
    assert tally.messages == Counter((one["outcome"], one["reason"]) for one in listed)
    assert tally.notices == Counter(one["notice"] for one in listed)
    assert tally.messages.total() == 5
    assert (tally.deferred, tally.held) == (0, 0)


def test_the_oldest_of_what_waits_tells_for_how_long(epoch):
    insert(epoch, 1, "deferred", "unreadable", seen_at=NOW - days(3))
    insert(epoch, 2, "deferred", "authentication-unavailable", seen_at=NOW - days(9), retried_at=NOW - days(1))
    insert(epoch, 3, "held", seen_at=NOW - days(20))
    tally = take_tally()
    assert (tally.deferred, tally.held, tally.deferred_since) == (2, 1, NOW - days(3))


def test_the_outbox_is_counted_by_state_and_rule(epoch):
    write("pending", created_at=NOW - days(1))
    write("sending")
    write("sent", created_at=NOW - days(9))
    write("suppressed", "Q2")
    write("suppressed", "Q2")
    write("failed")
    tally = take_tally()
    assert tally.outbox == {
        ("pending", None): 1, ("sending", None): 1, ("sent", None): 1, ("suppressed", "Q2"): 2, ("failed", None): 1,
    }  # fmt: skip
    assert (tally.queued, tally.queued_since) == (2, NOW - days(1))
