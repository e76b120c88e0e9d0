"""What is asked at every poll, for every message and for every listing goes along an index, on both databases."""

import re
from dataclasses import replace
from functools import partial

import pytest

from models.base import database as handle
from models.inbound import Delivery
from poller.filing.reasons import Reason
from poller.storage import cards, digest, directory, epochs, outbox, retries
from poller.storage.answered import inheritance_of, recorded_inheritance
from poller.storage.deliveries import Place
from poller.storage.ledger import Ledger, is_known
from poller.storage.listing import ActivityFilter, MessageFilter, get_activity, list_activities, list_messages
from poller.storage.stock import Stock
from tests.bench.filled import FIRST, fill_opened
from tests.storage.making import (
    ALL,
    MAILBOX,
    NOW,
    as_person,
    asked,
    begin,
    commit,
    days,
    draft,
    file,
    make_ledger,
    message,
    notice,
    open_view,
    project,
    refused,
    sha,
    take_lease,
    to_file,
    user,
    view,
)

MANY = 4_000
GROWING = (*("activity", "activity_project", "participant", "stored_file", "attachment", "delivery", "notice"),)
NEW = 10 * MANY


@pytest.fixture
def ledger(database_settings, database) -> Ledger:
    """With thousands of messages, activities and notices, all of which are settled."""
    filled = fill_opened(database_settings, MANY)
    database.execute_sql("ANALYZE")
    if database_settings.url:
        database.execute_sql("SET enable_seqscan = off")  # as with a million rows: thousands are read in no time
    return make_ledger(open_view(uidnext=NEW), {"": filled.kind})


def first(**wanted):
    return next(list_activities(ActivityFilter(**wanted), 20), None)


def stock(ledger):
    return Stock(epoch=ledger.epoch, lease=ledger.lease)


def file_one(ledger):
    anna = user(1, "anna@acme.fi")
    drafted = draft(anna, project(1, "x"), participants=(as_person(anna),), files=(file("a.pdf"),))
    for uid in range(NEW, NEW + 2):  # a copy, too
        commit(ledger, to_file(uid, drafted))
    return ledger.settle([NEW], Place(folder="Filed", uidvalidity=7, uids={NEW: NEW}), NOW)


def answer_one(_ledger):
    anna = user(1, "anna@acme.fi")
    inheritance_of(1, draft(anna, read=message(in_reply_to=("1@acme.example",), references=("2@acme.example",))))
    return recorded_inheritance(NEW)


def refuse_one(ledger):
    commit(ledger, refused(NEW, Reason.NO_USER))
    refusal = refused(NEW + 1, Reason.NO_USER, read=message("other"))
    commit(ledger, replace(refusal, notices=(notice(Reason.NO_USER, "9.mycompany@in.example.com"),)))


def send_one(ledger):
    refuse_one(ledger)
    [row_id] = outbox.due(take_lease(), NOW)
    outbox.sent(outbox.begin(row_id, take_lease(), NOW), NOW)


QUESTIONS = {
    "what is decided": lambda ledger: ledger.decided([NEW, NEW + 100]),
    "due": lambda ledger: ledger.due(NOW),
    "interrupted": lambda ledger: ledger.interrupted(NOW),
    "unsettled": lambda ledger: ledger.unsettled(),
    "to be judged again": lambda _: retries.due(MAILBOX, NOW),
    "judged again and unsettled": lambda _: retries.unsettled(MAILBOX),
    "whether the mailbox is behind": lambda _: epochs.is_behind(view(uidnext=NEW)),
    "the epoch": lambda ledger: epochs.open_epoch(view(uidnext=NEW), ALL, ledger.lease, NOW),
    "a poll's end": lambda ledger: epochs.close_poll(ledger.epoch, ledger.lease, low_uid=1, uidnext=NEW, now=NOW),
    "what waits in the mailbox": lambda ledger: stock(ledger).waiting(),
    "what was fetched before": lambda ledger: stock(ledger).fetched([NEW]),
    "what was moved away": lambda ledger: stock(ledger).moved_away([NEW]),
    "a message that begins": lambda ledger: begin(ledger, NEW),
    "an attempt that is given back": lambda ledger: ledger.give_back(ledger.begin([], NOW)),
    "a message that left": lambda ledger: ledger.abandon({NEW}, NOW),
    "whether content is known": lambda _: is_known(sha("other")),
    "filing": file_one,
    "what is answered": answer_one,
    "refusing": refuse_one,
    "sending": send_one,
    "notices that are due": lambda _: outbox.due(take_lease(), NOW),
    "notices that are too old": lambda _: outbox.expire(NOW),
    "the last digest": lambda _: digest.last_digest(),
    "the digest": lambda _: digest.read_digest(digest.Span(since=NOW, until=NOW + days(1))),
    "people": lambda _: directory.find_people(1, ["1@acme.example", "1@customer.example"]),
    "projects": lambda _: directory.find_projects(1, ["1001"]),
    "activities": lambda _: first(),
    "activities of an organization": lambda _: first(organization=1),
    "activities of a project": lambda _: first(organization=1, project=1),
    "activities of a customer": lambda _: first(organization=1, customer=1),
    "activities of a user": lambda _: first(organization=1, user=1),
    "activities of a user on a project": lambda _: first(project=1, user=1),
    "activities of a user with a customer": lambda _: first(customer=1, user=1),
    "activities since the end": lambda _: first(since=NOW),
    "activities since the middle": lambda _: first(since=FIRST + days(1)),
    "activities of a user since the middle": lambda _: first(since=FIRST + days(1), user=1),
    "an activity": lambda _: get_activity(1),
    "messages": lambda _: list(list_messages(MessageFilter(), 20)),
    "messages that were refused": lambda _: list(list_messages(MessageFilter(outcome="rejected"), 20)),
    "messages refused for a reason": lambda _: list(list_messages(MessageFilter(reason="no-user"), 20)),
    "messages of both": lambda _: list(list_messages(MessageFilter(outcome="rejected", reason="no-user"), 20)),
    "a project's card": lambda _: cards.project_card(1),
    "a customer's card": lambda _: cards.customer_card(1),
}


@pytest.mark.parametrize("asking", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_no_growing_table_is_read_as_a_whole(ledger, asking, database_kind):
    statements = [one for one in asked(partial(asking, ledger)) if one[0].startswith(("SELECT", "UPDATE", "DELETE"))]
    whole = whole_in_sqlite if database_kind == "sqlite" else whole_in_postgresql
    read = {sql: tables for sql, values in statements if (tables := whole(sql, values) & set(GROWING))}
    assert read == {}


def test_where_one_is_read_as_a_whole_that_is_seen(ledger, database_kind):
    ((sql, values),) = asked(lambda: list(Delivery.select(Delivery.id).where(Delivery.author == "x")))
    whole = whole_in_sqlite if database_kind == "sqlite" else whole_in_postgresql
    assert whole(sql, values) == {"delivery"}


def whole_in_sqlite(sql, values) -> set[str]:
    tables = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    plan = [row[3] for row in handle.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
    return {tables.get(name, name) for name in re.findall(r"^SCAN (\w+)", "\n".join(plan), re.MULTILINE)}


def whole_in_postgresql(sql, values) -> set[str]:
    plan = "\n".join(line for (line,) in handle.execute_sql(f"EXPLAIN {sql}", values).fetchall())
    return set(re.findall(r"Seq Scan on (\w+)", plan))
