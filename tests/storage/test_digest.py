"""What a digest counts and names, and that an old ledger costs it nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.inbound import Delivery
from models.notice import Notice
from poller.filing.digest import Span, Told
from poller.filing.reasons import Outcome, Reason
from poller.storage.digest import REASON, last_digest, read_digest
from poller.storage.outbox import enqueue_for_administrator
from poller.storage.rows import insert_all
from tests.storage.making import (
    NOW,
    asked,
    begin,
    commit,
    days,
    deferred,
    draft,
    judged,
    message,
    plan_of,
    refused,
    sha,
    sqlite_only,
    to_file,
    user,
)

MIDNIGHT = NOW.replace(hour=0)
TODAY = Span(since=MIDNIGHT, until=MIDNIGHT + days(1))
SECOND = timedelta(seconds=1)


def counts(span: Span = TODAY) -> list[tuple[str, str | None, int]]:
    return [(one.outcome, one.reason, one.number) for one in read_digest(span).counts]


@pytest.fixture
def filed(organization):
    return draft(user(organization, "anna@acme.fi"), read=message("filed"))


def test_each_outcome_is_counted_by_reason_in_the_order_of_deciding(ledger, filed):
    commit(
        ledger,
        refused(1, Reason.NO_USER, read=message("b")),
        refused(2, Reason.MALFORMED, read=message("c")),
        refused(3, Reason.NO_USER, read=message("d")),
        deferred(4),
        to_file(5, filed, reason=Reason.RETIRED_ADDRESS),
        to_file(6, draft(filed.owner, read=message("e"))),
        judged(7, message("f"), outcome=Outcome.HELD),
    )
    begin(ledger, 8)
    assert counts() == [
        ("filed", None, 1),
        ("filed", "retired-address", 1),
        ("quarantined", "malformed", 1),
        ("quarantined", "no-user", 2),
        ("deferred", "authentication-unavailable", 1),
        ("held", None, 1),
    ]


@pytest.mark.parametrize(
    ("moment", "counted"),
    [
        (MIDNIGHT - SECOND, 0),
        (MIDNIGHT, 1),
        (MIDNIGHT + days(1) - SECOND, 1),
        (MIDNIGHT + days(1), 0),
    ],
)
def test_a_day_is_from_midnight_to_midnight(ledger, moment, counted):
    commit(ledger, refused(1, Reason.NO_USER), now=moment)
    assert len(counts()) == counted
    assert len(read_digest(TODAY).lines) == counted


def test_what_was_deferred_and_then_decided_counts_once_as_what_it_became(ledger):
    commit(ledger, deferred(1))
    commit(ledger, refused(1, Reason.NO_USER), now=NOW + 2 * SECOND)
    assert counts() == [("quarantined", "no-user", 1)]


def test_what_wants_a_look_is_named_and_nothing_else(ledger, filed):
    mail = message("lost", subject="Where is it?")
    commit(
        ledger,
        to_file(1, filed),
        refused(2, Reason.RECIPIENT_INVALID, "9.mycompany@in.example.com", read=mail, detail="there is no 9"),
        refused(3, Reason.IGNORED, read=message("away")),
    )
    assert list(read_digest(TODAY).lines) == [Outcome.REJECTED]
    [line] = read_digest(TODAY).lines[Outcome.REJECTED]
    assert (line.uid, line.arrived, line.author, line.subject) == (2, NOW, "anna@acme.fi", "Where is it?")
    assert (line.recipients, line.why) == (("9.mycompany@in.example.com",), "there is no 9")
    assert line.id == Delivery.get(uid=2).id


def test_a_message_that_nobody_could_read_is_named_too(ledger):
    commit(ledger, judged(1, None, outcome=Outcome.QUARANTINED, reason=Reason.POISON))
    [line] = read_digest(TODAY).lines[Outcome.QUARANTINED]
    assert (line.author, line.subject, line.recipients, line.why) == (None, None, (), "poison")


def test_the_first_hundred_are_named_in_the_order_of_deciding(ledger):
    for uid in range(120, 0, -1):
        commit(ledger, refused(uid, Reason.NO_USER, read=message(f"{uid}")), now=NOW + uid * SECOND)
    lines = read_digest(TODAY).lines[Outcome.QUARANTINED]
    assert [line.uid for line in lines] == list(range(1, 101))


# Notices


@pytest.fixture
def tell(ledger):
    """A notice of the only delivery, in some state since some moment."""
    commit(ledger, refused(1, Reason.RECIPIENT_INVALID))
    delivery = Delivery.get(uid=1)

    def write(state, rule=None, moment=NOW):
        number = Notice.select().count()
        values = {"identity": sha(f"{number}"), "reason": "recipient-invalid", "address": "x", "address_sha256": "x"}
        Notice.create(delivery=delivery, state=state, rule=rule, created_at=NOW - days(9), updated_at=moment, **values)

    return write


def test_notices_are_counted_on_the_day_on_which_they_came_to_their_end(tell):
    for state in ("sent", "sent", "failed"):
        tell(state)
    for rule in ("Q5", "Q17", "Q17"):
        tell("suppressed", rule)
    for state in ("sent", "failed", "suppressed"):
        tell(state, "Q1" if state == "suppressed" else None, MIDNIGHT - SECOND)
    assert [(one.state, one.rule, one.number) for one in read_digest(TODAY).notices] == [
        ("sent", None, 2),
        ("failed", None, 1),
        ("suppressed", "Q17", 2),
        ("suppressed", "Q5", 1),
    ]


def test_notices_that_wait_are_counted_since_whenever(tell):
    tell("pending", moment=NOW - days(1))
    tell("sending", moment=NOW + days(1))
    assert read_digest(TODAY).notices == (Told(state="pending", rule=None, number=2),)


def queue(moment, identity="one", reason=REASON):
    values = {"recipient": "admin@acme.fi", "message": b"", "message_id": "x@y.fi"}
    return enqueue_for_administrator(identity=sha(identity), reason=reason, now=moment, **values)


@pytest.mark.usefixtures("database")
def test_digests_themselves_are_no_notices():
    assert queue(NOW)
    assert read_digest(TODAY).notices == ()


# The last one


@pytest.mark.usefixtures("database")
def test_the_last_digest_is_the_one_that_was_queued_last():
    assert last_digest() is None
    assert queue(NOW - days(3), "one")
    assert queue(NOW - days(2), "two")
    assert queue(NOW, "other", "alert")
    assert not queue(NOW, "two")
    assert last_digest() == NOW - days(2)


def test_notices_of_mail_are_not_digests(tell):
    tell("sent")
    assert last_digest() is None


# Cost


@sqlite_only
def test_every_question_is_answered_from_the_day_alone(ledger, database):
    commit(ledger, refused(1, Reason.NO_USER), deferred(2))
    rows = ({"uid": uid, "decided_at": NOW - days(9)} for uid in range(3, 3_000))
    plain = Delivery.select().where(Delivery.uid == 1).dicts().get()
    del plain["id"]
    insert_all(Delivery, (plain | row for row in rows))
    for _ in range(2):
        plans = [plan_of(sql, values) for sql, values in asked(lambda: read_digest(TODAY))]
        assert len(plans) == 5
        assert [plan for plan in plans[:3] if "(outcome=? AND decided_at>? AND decided_at<?)" not in plan] == []
        assert "(state=? AND updated_at>? AND updated_at<?)" in plans[3]
        assert "(state=?" in plans[4]
        assert not [plan for plan in (*plans[1:3],) if "TEMP B-TREE" in plan]
        database.execute_sql("ANALYZE")


@sqlite_only
@pytest.mark.usefixtures("database")
def test_the_last_digest_is_found_along_an_index():
    [(sql, values)] = asked(last_digest)
    assert "USING INDEX notice_delivery_id (delivery_id=?)" in plan_of(sql, values)
