"""Protocol rules 8 and 9: what is sent when, how often, and what a crash at any moment leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.inbound import Lease as LeaseRow
from models.notice import Notice
from poller.filing.reasons import Reason
from poller.storage.lease import Lease, LeaseTaken
from poller.storage.outbox import begin, due, enqueue_for_administrator, expire, failed, later, notice_of, sent, unclear
from tests.storage.making import MAILBOX, NOW, asked, commit, delivery, message, plan_of, refused, sqlite_only
from tests.storage.making import notice as wanted_notice

BAD = "9999.mycompany@in.example.com"
WORSE = "8888.mycompany@in.example.com"
LEASE = Lease(name=MAILBOX, fence=1)
TEXT = b"From: mailfiler\r\n\r\n\x00\xff"
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3600, 86400))


@pytest.fixture
def queued(ledger):
    """The id of the one notice that is pending."""
    queue(ledger, 1, BAD)
    return Notice.get().id


def queue(ledger, uid, *addresses, rule=None):
    notices = [wanted_notice(Reason.RECIPIENT_INVALID, one, rule, text=TEXT) for one in addresses]
    commit(ledger, refused(uid, Reason.RECIPIENT_INVALID, read=message(f"m{uid}"), notices=notices))


def begun(now=NOW):
    """Everything due, begun."""
    return [one for one in (begin(row_id, LEASE, now) for row_id in due(LEASE, now)) if one]


def state():
    row = Notice.get()
    return row.state, row.attempts, row.repeated, row.next_attempt_at, row.error


# The way of a notice


def test_a_notice_is_due_at_once_and_begun_with_all_that_is_to_be_sent(queued):
    assert due(LEASE, NOW - SECOND) == []
    assert due(LEASE, NOW) == [queued]
    one = begin(queued, LEASE, NOW)
    assert (one.id, one.recipient, one.message, one.message_id) == (
        queued,
        "anna@acme.fi",
        TEXT,
        "notice@in.example.com",
    )
    assert (one.reason, one.address, one.created_at) == ("recipient-invalid", BAD, NOW)
    assert (one.attempts, one.repeated) == (1, False)
    assert isinstance(one.message, bytes)
    assert Notice.get().state == "sending"
    assert delivery(1).notice == "queued"


def test_what_was_sent_is_never_sent_again(queued):
    [one] = begun()
    sent(one, NOW + SECOND)
    assert state() == ("sent", 1, False, None, None)
    assert Notice.get().updated_at == NOW + SECOND
    assert delivery(1).notice == "sent"
    assert due(LEASE, NOW + 9 * DAY) == []
    assert begin(queued, LEASE, NOW + 9 * DAY) is None


def test_what_was_refused_for_good_is_never_sent_again(queued):
    [one] = begun()
    failed(one, "550 5.1.1 no such\0 user\ud800", NOW)
    assert state() == ("failed", 1, False, None, "550 5.1.1 no such user\ufffd")
    assert delivery(1).notice == "failed"
    assert due(LEASE, NOW + 9 * DAY) == []


def test_what_a_server_answers_is_kept_within_bounds(queued):
    failed(begun()[0], "x" * 1_000_000, NOW)
    assert len(Notice.get().error) == 1_000


def test_the_last_error_of_what_was_sent_in_the_end_is_forgotten(queued):
    later(begun()[0], "450 later", NOW)
    sent(begun(NOW + MINUTE)[0], NOW + MINUTE)
    assert state() == ("sent", 2, False, None, None)


def test_a_suppressed_notice_is_never_sent(ledger):
    queue(ledger, 1, BAD, rule="Q15")
    assert due(LEASE, NOW + 9 * DAY) == []
    assert begin(Notice.get().id, LEASE, NOW) is None


def test_the_first_queued_is_the_first_sent(ledger):
    queue(ledger, 1, BAD, WORSE)
    queue(ledger, 2, BAD)
    later(begin(1, LEASE, NOW), "450", NOW)
    assert due(LEASE, NOW + HOUR) == [2, 3, 1]


# Back-off


def attempts_at(end, *, until=4 * DAY, answer=later, **how):
    """The moments at which it is tried, in minutes, by a job that looks every minute; and what it came to."""
    tried, at = [], timedelta()
    while at <= until:
        for one in begun(NOW + at):
            tried.append(at // MINUTE)
            answer(one, end, NOW + at, **how)
        at += MINUTE
    return tried


def test_a_server_that_says_later_is_asked_five_times(queued):
    assert attempts_at("451 4.7.1 greylisted", until=DAY) == [0, 1, 6, 21, 81]
    assert state() == ("failed", 5, False, None, "expired: 451 4.7.1 greylisted")
    assert delivery(1).notice == "failed"


def test_a_server_that_is_not_there_is_looked_for_during_two_days(queued):
    tried = attempts_at("connection refused", reached=False, until=3 * DAY)
    assert tried == [0, 1, 6, 21, 81, *range(321, 2 * 24 * 60, 240)]
    assert state() == ("failed", 1, False, None, "expired: connection refused")


def test_what_waited_for_a_server_has_all_its_attempts_left(queued):
    for _ in range(7):
        [one] = begun(Notice.get().next_attempt_at)
        later(one, "connection refused", Notice.get().next_attempt_at, reached=False)
    back = Notice.get().next_attempt_at
    later(begun(back)[0], "450 greylisted", back)
    assert Notice.get().next_attempt_at == back + MINUTE
    sent(begun(back + MINUTE)[0], back + MINUTE)
    assert delivery(1).notice == "sent"


def test_what_could_not_be_sent_for_two_days_expires(queued):
    assert expire(NOW + 2 * DAY) == 0
    assert expire(NOW + 2 * DAY + SECOND) == 1
    assert state() == ("failed", 0, False, None, "expired: it could not be sent for two days")
    assert delivery(1).notice == "failed"
    assert expire(NOW + 2 * DAY + SECOND) == 0
    assert begun(NOW + 3 * DAY) == []


def test_what_expires_says_what_was_last_in_the_way(queued):
    later(begun()[0], "451 greylisted", NOW)
    expire(NOW + 3 * DAY)
    assert Notice.get().error == "expired: 451 greylisted"


def test_what_a_crash_left_behind_expires_too_and_what_is_being_sent_does_not(queued):
    at = NOW + 2 * DAY
    assert begun(at)
    assert expire(at + HOUR) == 0
    assert expire(at + HOUR + SECOND) == 1


def test_what_is_done_does_not_expire(ledger):
    queue(ledger, 1, BAD)
    sent(begun()[0], NOW)
    queue(ledger, 2, WORSE, rule="Q15")
    assert expire(NOW + 9 * DAY) == 0
    assert sorted(row.state for row in Notice.select()) == ["sent", "suppressed"]


def test_what_waits_is_not_begun_before_its_time(queued):
    later(begun()[0], "451", NOW)
    assert state() == ("pending", 1, False, NOW + MINUTE, "451")
    assert due(LEASE, NOW + MINUTE - SECOND) == []
    assert begin(queued, LEASE, NOW + MINUTE - SECOND) is None
    assert delivery(1).notice == "queued"


# Crashes


def test_what_a_crash_left_behind_is_sent_once_more_and_never_a_third_time(queued):
    [first] = begun()
    [again] = begun(NOW + SECOND)  # the worker died
    assert again == replace(first, attempts=2, repeated=True)
    assert begun(NOW + 2 * SECOND) == []  # and died again
    assert state()[:4] == ("failed", 2, True, None)
    assert Notice.get().error == (
        "it may have arrived, and is not sent a third time: the worker ended while it was being sent"
    )
    assert delivery(1).notice == "failed"
    assert due(LEASE, NOW + DAY) == []


def test_what_was_repeated_and_certainly_did_not_arrive_is_tried_again_but_not_repeated(queued):
    begun()
    later(begun(NOW)[0], "451", NOW)
    [third] = begun(NOW + HOUR)
    assert (third.attempts, third.repeated) == (3, True)
    assert begun(NOW + HOUR) == []  # died
    assert Notice.get().state == "failed"


def test_a_crash_at_the_last_attempt_is_repeated_too(queued):
    for _ in range(4):
        now = Notice.get().next_attempt_at
        later(begun(now)[0], "451", now)
    now = Notice.get().next_attempt_at
    assert begun(now)[0].attempts == 5
    later(begun(now)[0], "451", now)
    assert (Notice.get().state, Notice.get().attempts) == ("failed", 6)


def test_a_connection_lost_after_the_final_dot_is_repeated_once_after_a_pause(queued):
    unclear(begun()[0], "connection lost", NOW)
    assert state() == ("sending", 1, False, NOW + MINUTE, "connection lost")
    assert (due(LEASE, NOW), delivery(1).notice) == ([], "queued")
    [again] = begun(NOW + MINUTE)
    assert (again.attempts, again.repeated) == (2, True)
    unclear(again, "connection lost again", NOW + MINUTE)
    assert state()[:4] == ("failed", 2, True, None)
    assert Notice.get().error == "it may have arrived, and is not sent a third time: connection lost again"


def test_lost_after_the_final_dot_every_time_it_is_sent_twice(queued):
    assert attempts_at("lost", answer=unclear, until=DAY) == [0, 1]


def test_a_crash_of_a_worker_of_another_mailbox_is_its_own_until_it_is_gone_for_good(queued):
    LeaseRow.create(name="other", fence=1)
    other = Lease(name="other", fence=1)
    assert begin(queued, other, NOW)
    assert due(LEASE, NOW + HOUR) == []
    assert due(other, NOW) == [queued]
    assert due(LEASE, NOW + HOUR + SECOND) == [queued]


# Two workers


def test_a_worker_that_lost_the_lease_begins_nothing(queued):
    LeaseRow.update(fence=2).execute()
    with pytest.raises(LeaseTaken):
        begin(queued, LEASE, NOW)
    assert state() == ("pending", 0, False, NOW, None)
    assert begin(queued, Lease(name=MAILBOX, fence=2), NOW)


def test_what_two_workers_find_is_begun_by_one(queued):
    LeaseRow.create(name="other", fence=1)
    found = due(LEASE, NOW), due(Lease(name="other", fence=1), NOW)
    assert found == ([queued], [queued])
    assert begin(queued, LEASE, NOW)
    assert begin(queued, Lease(name="other", fence=1), NOW) is None


@pytest.mark.parametrize("end", [sent, lambda *a: failed(a[0], "550", a[1]), lambda *a: later(a[0], "451", a[1])])
def test_a_worker_that_is_late_changes_nothing_for_the_one_that_took_over(queued, end):
    [late] = begun()
    [current] = begun()
    end(late, NOW)
    assert state()[:3] == ("sending", 2, True)
    sent(current, NOW)
    assert state()[0] == delivery(1).notice == "sent"


def test_a_worker_that_is_late_with_what_is_over_changes_nothing(queued):
    [late] = begun()
    sent(late, NOW)
    failed(late, "550", NOW)
    later(late, "451", NOW)
    unclear(late, "lost", NOW)
    assert state()[0] == delivery(1).notice == "sent"


# What a delivery shows


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([], "none"),
        (["pending"], "queued"),
        (["sending"], "queued"),
        (["sent", "pending"], "queued"),
        (["failed", "sent"], "sent"),
        (["suppressed:Q5", "failed"], "failed"),
        (["suppressed:Q5", "suppressed:Q1"], "suppressed:Q5"),
        (["suppressed:Q5", "sent"], "sent"),
    ],
)
def test_what_is_on_its_way_comes_first(states, expected):
    assert notice_of(states) == expected


def test_a_delivery_follows_its_notices(ledger):
    queue(ledger, 1, BAD, WORSE)
    queue(ledger, 2, BAD)
    one, other, _ = begun()
    sent(one, NOW)
    assert (delivery(1).notice, delivery(2).notice) == ("queued", "queued")
    failed(other, "550", NOW)
    assert (delivery(1).notice, delivery(2).notice) == ("sent", "queued")


# Mail to the administrator


def digest(identity="a" * 64):
    return enqueue_for_administrator(
        identity=identity, reason="digest", recipient="admin@in.fi", message=TEXT, message_id="d@in.fi", now=NOW
    )


def test_mail_to_the_administrator_is_sent_once_like_a_notice(ledger):
    assert (digest(), digest(), digest("b" * 64)) == (True, False, True)
    one, other = begun()
    assert (one.recipient, one.message, one.message_id, one.reason) == ("admin@in.fi", TEXT, "d@in.fi", "digest")
    sent(one, NOW)
    failed(other, "550", NOW)
    assert [row.state for row in Notice.select().order_by(Notice.id)] == ["sent", "failed"]


# The database


@sqlite_only
@pytest.mark.parametrize("question", [lambda: due(LEASE, NOW), lambda: expire(NOW)])
def test_what_is_open_is_found_without_reading_what_is_done(queued, question):
    [(sql, values)] = [one for one in asked(question) if one[0].startswith("SELECT")]
    plan = plan_of(sql, values)
    assert "USING INDEX notice_state_" in plan
    assert "SCAN" not in plan


@sqlite_only
def test_what_a_delivery_shows_is_found_among_its_own_notices(queued):
    [one] = begun()
    plans = [plan_of(sql, values) for sql, values in asked(lambda: sent(one, NOW)) if not sql.startswith("BEGIN")]
    assert not [plan for plan in plans if "SCAN" in plan]
