"""Protocol rules 7 and 9: what is deferred waits in a list of its own, comes back in time, and is decided once."""

from datetime import timedelta

import pytest

from models.inbound import Delivery
from poller.filing.reasons import Outcome, Reason
from poller.storage.documents import rfc3339
from poller.storage.epochs import close_poll
from poller.storage.ledger import Begun, is_known
from poller.storage.listing import MessageFilter, list_messages
from tests.storage.making import (
    NOW,
    asked,
    begin,
    commit,
    days,
    deferred,
    delivery,
    draft,
    give_back,
    make_ledger,
    message,
    only_activity,
    open_view,
    plan_of,
    refused,
    sha,
    sqlite_only,
    take_lease,
    to_file,
    user,
)

MINUTE = timedelta(minutes=1)


def test_a_deferred_message_has_an_outcome_and_the_time_of_its_next_attempt(ledger):
    [decided] = commit(ledger, deferred(7))
    assert (decided.outcome, decided.reason) == (Outcome.DEFERRED, Reason.AUTHENTICATION_UNAVAILABLE)
    assert decided.next_attempt_at == NOW + MINUTE
    row = delivery(7)
    assert (row.outcome, row.reason, row.next_attempt_at) == ("deferred", "authentication-unavailable", NOW + MINUTE)
    assert (row.attempts, row.seen_at, row.notice) == (0, NOW, "none")


def test_it_is_due_when_its_time_has_come_and_not_before(ledger):
    commit(ledger, deferred(9), deferred(7))
    assert ledger.due(NOW) == []
    assert ledger.due(NOW + MINUTE) == [7, 9]
    commit(ledger, deferred(9), now=NOW + MINUTE)
    assert ledger.due(NOW + MINUTE) == [7]


def test_it_is_new_to_no_poll_and_there_is_nothing_to_settle(ledger):
    commit(ledger, deferred(7))
    assert ledger.decided([7]) == {7}
    assert (ledger.unsettled(), set(ledger.interrupted(NOW + MINUTE))) == ([], set())


def test_every_pause_follows_from_the_first_attempt_and_the_last_ends_with_the_age(ledger):
    moment, pauses = NOW, []
    while ledger.begin([(deferred(7).fetched, "0" * 64)], moment)[7].may_wait:
        [decided] = ledger.commit([deferred(7)], moment)
        pauses.append(decided.next_attempt_at - moment)
        moment = decided.next_attempt_at
    assert [pause / MINUTE for pause in pauses[:5]] == [1, 5, 30, 120, 120]
    assert moment == NOW + days(3)


def test_no_number_of_deferrals_is_a_death(ledger):
    for count in range(10):
        assert begin(ledger, 7, now=NOW + days(count / 10)) == set()
        ledger.commit([deferred(7)], NOW + days(count / 10))
    assert delivery(7).attempts == 0


def test_it_is_filed_once_in_the_end_and_settled_like_any_other(ledger, organization):
    anna = user(organization, "anna@acme.fi")
    commit(ledger, deferred(7))
    [decided] = commit(ledger, to_file(7, draft(anna)), now=NOW + MINUTE)
    assert (decided.outcome, decided.next_attempt_at) == (Outcome.FILED, None)
    row = delivery(7)
    assert (row.outcome, row.reason, row.detail, row.next_attempt_at) == ("filed", None, None, None)
    assert (row.seen_at, row.decided_at, row.activity_id) == (NOW, NOW + MINUTE, only_activity().id)
    assert ledger.unsettled() == [(7, Outcome.FILED)]
    assert ledger.due(NOW + days(9)) == []
    assert Delivery.select().count() == 1


def test_it_is_quarantined_for_the_same_reason_when_it_may_wait_no_more(ledger):
    commit(ledger, deferred(7))
    late = NOW + days(3)
    begun = Begun(is_new=False, attempts=1, poison=False, may_wait=False, standing=None)
    assert ledger.begin([(deferred(7).fetched, "0" * 64)], late) == {7: begun}
    [decided] = ledger.commit([refused(7, Reason.AUTHENTICATION_UNAVAILABLE)], late)
    assert (decided.outcome, decided.next_attempt_at) == (Outcome.QUARANTINED, None)
    assert ledger.unsettled() == [(7, Outcome.QUARANTINED)]


def test_a_worker_that_dies_over_a_deferred_message_tries_it_alone_and_the_fourth_time_not_at_all(ledger):
    commit(ledger, deferred(7))
    due = NOW + MINUTE
    for _ in range(3):
        assert begin(ledger, 7, now=due) == set()
        assert (set(ledger.interrupted(due)), ledger.due(due), delivery(7).outcome) == ({7}, [7], "deferred")
    assert begin(ledger, 7, now=due) == {7}
    ledger.commit([refused(7, Reason.POISON)], due)
    assert (set(ledger.interrupted(due)), ledger.due(due)) == (set(), [])
    assert ledger.unsettled() == [(7, Outcome.QUARANTINED)]


def test_trouble_while_it_is_tried_again_is_given_back(ledger):
    commit(ledger, deferred(7))
    for _ in range(5):
        assert begin(ledger, 7, now=NOW + MINUTE) == set()
        give_back(ledger, 7)
    assert (set(ledger.interrupted(NOW + MINUTE)), ledger.due(NOW + MINUTE)) == (set(), [7])


def test_what_was_committed_before_the_trouble_has_nothing_to_be_given_back(ledger):
    begun = ledger.begin([(deferred(7).fetched, sha("source 7"))], NOW)
    ledger.commit([deferred(7)], NOW)
    ledger.give_back(begun)
    assert delivery(7).attempts == 0


def test_what_left_the_mailbox_keeps_its_outcome_and_is_not_tried_again(ledger):
    commit(ledger, deferred(7), deferred(8), refused(9, Reason.NO_USER, detail="nobody"))
    ledger.abandon({7, 9}, NOW)
    row = delivery(7)
    assert (row.outcome, row.next_attempt_at) == ("deferred", None)
    assert row.detail == "the DNS did not answer; it has left the mailbox since, and is not tried again"
    assert (ledger.due(NOW + days(9)), set(ledger.interrupted(NOW + days(9))), ledger.unsettled()) == (
        [8],
        set(),
        [(9, Outcome.QUARANTINED)],
    )
    assert delivery(9).detail == "nobody"


def test_what_left_the_mailbox_while_a_worker_died_over_it_interrupts_nothing(ledger):
    commit(ledger, deferred(7))
    begin(ledger, 7, now=NOW + MINUTE)
    ledger.abandon([7], NOW)
    assert set(ledger.interrupted(NOW + days(9))) == set()


def test_a_rebuilt_mailbox_tries_nothing_of_its_old_uids_again(ledger, kind):
    commit(ledger, deferred(7))
    close_poll(ledger.epoch, take_lease(), low_uid=7, uidnext=8, now=NOW)
    epoch = open_view(2)
    rebuilt = make_ledger(epoch, {"": kind})
    assert (rebuilt.due(NOW + days(9)), set(rebuilt.interrupted(NOW + days(9)))) == ([], set())
    rebuilt.abandon([7], NOW)
    assert ledger.due(NOW + MINUTE) == []
    assert is_known(message().identity), "the message itself is looked at, however old it is"


def test_a_listing_says_what_comes_next(ledger):
    commit(ledger, deferred(7), now=NOW + timedelta(microseconds=5))
    [listed] = list_messages(MessageFilter(outcome="deferred"))
    assert listed["reason"] == "authentication-unavailable"
    assert listed["detail"] == f"the DNS did not answer; it is tried again at {rfc3339(NOW + MINUTE)}"
    open_view(2, now=NOW + MINUTE)
    [listed] = list_messages(MessageFilter())
    assert listed["detail"].startswith("the DNS did not answer; not tried again: its mailbox was rebuilt")


def test_a_listing_before_the_first_poll_ended_says_it_too(ledger):
    commit(ledger, deferred(7))
    [listed] = list_messages(MessageFilter())
    assert listed["detail"].endswith("it is tried again at 2026-03-02T12:01:00Z")


@sqlite_only
@pytest.mark.parametrize("work", ["due", "interrupted"])
def test_a_poll_reads_only_what_is_due_however_much_waits(ledger, work):
    plans = [plan_of(sql, values) for sql, values in asked(lambda: getattr(ledger, work)(NOW))]
    index = "delivery_waiting (epoch_id=? AND next_attempt_at<?)"
    assert index in plans[-1]


def test_many_wait_and_come_back_together(ledger):
    uids = range(1, 1_201)
    begin(ledger, *uids)
    ledger.commit([deferred(uid) for uid in uids], NOW)
    assert ledger.due(NOW) == []
    assert ledger.due(NOW + MINUTE) == list(uids)
    assert begin(ledger, *uids, now=NOW + MINUTE) == set()
    assert set(ledger.interrupted(NOW + MINUTE)) == set(uids)
    ledger.abandon(set(uids), NOW)
    assert ledger.due(NOW + MINUTE) == []
