"""PostgreSQL answers what is asked again and again along an index, however long the ledger is: SQLite's own tests say
the same of SQLite, beside what they are about."""

from functools import partial

import pytest

from models.activity import Activity
from models.base import database as handle
from models.inbound import Delivery
from models.notice import Notice
from poller.filing.reasons import Reason
from poller.storage.activities import Kind
from poller.storage.digest import Span, last_digest, read_digest
from poller.storage.directory import find_people, find_projects
from poller.storage.ledger import Ledger
from poller.storage.listing import ActivityFilter, MessageFilter, list_activities, list_messages
from poller.storage.outbox import due, enqueue_for_administrator, expire
from poller.storage.rows import insert_all
from tests.storage.making import (
    NOW,
    asked,
    commit,
    days,
    draft,
    make_ledger,
    message,
    open_view,
    refused,
    sha,
    take_lease,
    to_file,
    user,
)

MANY = 4_000
LONG = ("delivery", "notice", "activity")


def multiply(model, **values):
    """Rows like the first one, of long ago."""
    plain = model.select().order_by(model.id).dicts().get()
    del plain["id"]
    insert_all(
        model, (plain | {name: value(number) for name, value in values.items()} for number in range(10, MANY + 10))
    )


@pytest.fixture
def ledger(database, kind: Kind) -> Ledger:
    """With thousands of messages, activities and notices, all of which are settled."""
    ledger = make_ledger(open_view(), {"": kind})
    anna = user(kind.organization_id, "anna@acme.fi")
    commit(ledger, to_file(1, draft(anna, read=message("a"))), refused(2, Reason.NO_USER))
    enqueue_for_administrator(
        identity=sha("n"), reason="r", recipient="a@acme.fi", message=b"m", message_id="n", now=NOW - days(20)
    )
    Delivery.update(settled_at=NOW - days(9), decided_at=NOW - days(9)).execute()
    Notice.update(delivery=Delivery.get(), state="sent", next_attempt_at=None, updated_at=NOW - days(9)).execute()
    Activity.update(date=NOW - days(9)).execute()
    multiply(Delivery, uid=lambda number: number)
    multiply(Notice, identity=lambda number: sha(str(number)))
    multiply(Activity, identity=lambda number: sha(str(number)))
    database.execute_sql("ANALYZE")
    return ledger


def plans(work) -> list[str]:
    """Of each statement that reads."""
    statements = [(sql, values) for sql, values in asked(work) if sql.startswith(("SELECT", "UPDATE"))]
    assert statements
    return [
        "\n".join(line for (line,) in handle.execute_sql(f"EXPLAIN {sql}", values).fetchall())
        for sql, values in statements
    ]


QUESTIONS = {
    "due": lambda ledger: ledger.due(NOW),
    "interrupted": lambda ledger: ledger.interrupted(NOW),
    "unsettled": lambda ledger: list(ledger.unsettled()),
    "notices that are due": lambda ledger: due(take_lease(), NOW),
    "notices that are too old": lambda ledger: expire(NOW),
    "the last digest": lambda ledger: last_digest(),
    "the digest": lambda ledger: read_digest(Span(since=NOW, until=NOW + days(1))),
    "activities": lambda ledger: next(list_activities(ActivityFilter()), None),
    "activities since": lambda ledger: next(list_activities(ActivityFilter(since=NOW)), None),
    "messages": lambda ledger: list(list_messages(MessageFilter(), limit=10)),
    "messages that were refused": lambda ledger: list(list_messages(MessageFilter(outcome="rejected"), limit=10)),
    "people": lambda ledger: find_people(1, ["a@acme.fi"]),
    "projects": lambda ledger: find_projects(1, ["1001"]),
}


def reads_all(plan: str) -> bool:
    return any(f"Seq Scan on {table} " in plan for table in LONG)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_is_asked_at_every_poll_reads_no_long_table_as_a_whole(ledger):
    read = {name: list(filter(reads_all, plans(partial(ask, ledger)))) for name, ask in QUESTIONS.items()}
    assert {name: plan for name, plan in read.items() if plan} == {}
