"""A draft becomes one activity, and what comes a week later is a replay."""

from dataclasses import replace

import peewee
import pytest

from models.activity import Activity, ActivityProject
from poller.filing.activity import LeftOut
from poller.filing.match import Gate
from poller.filing.reasons import Outcome
from tests.filing.making import UNVERIFIED
from tests.storage.making import (
    NOW,
    commit,
    customer,
    days,
    draft,
    file_all,
    file_draft,
    message,
    only_activity,
    participants,
    people,
    project,
    sha,
    to_file,
    user,
)


@pytest.fixture
def anna(organization):
    return user(organization, "anna@acme.fi")


@pytest.fixture
def bert(organization):
    return user(organization, "bert@acme.fi", "bert.berg@acme.fi")


def linked() -> set[str]:
    rows = ActivityProject.select().where(ActivityProject.activity == only_activity())
    return {row.project.number for row in rows}


def test_everything_that_is_known_of_a_message_is_stored(ledger, kind, organization, anna):
    globex = customer(organization)
    read = message(
        in_reply_to=("a@b",), references=("a@b", "c@d"), quoted_from=3, signature_from=2, html="<p>Hello</p>"
    )
    proof = replace(UNVERIFIED, spf="pass", dkim="fail", dmarc="pass", domain="acme.fi", selector="s1")
    drafted = draft(
        anna,
        read=read,
        authentication=proof,
        gate=Gate.RECIPIENT,
        date=NOW - days(1),
        date_source="internaldate",
        delivered_at=NOW,
        customer=globex,
        left_out=(LeftOut(name="film.mov", size=99_000_000_000),),
        warnings=("one", "two"),
    )
    [decided] = commit(ledger, to_file(1, drafted))
    row = only_activity()
    assert (decided.activity_id, decided.outcome, decided.detail) == (row.id, Outcome.FILED, None)
    expected = {
        "organization_id": organization,
        "identity": read.identity,
        "type_id": kind.type_id,
        "status": "done",
        "date": NOW - days(1),
        "date_source": "internaldate",
        "delivered_at": NOW,
        "created_at": NOW,
        "owner_id": anna.id,
        "customer_id": globex.id,
        "gate": "recipient",
        "evidence": "none",
        "spf": "pass",
        "dkim": "fail",
        "dmarc": "pass",
        "domain": "acme.fi",
        "selector": "s1",
        "unverified": True,
        "replayed": False,
        "source_sha256": sha("source 1"),
        "subject": "About offer",
        "message_id": "offer@acme.fi",
        "in_reply_to": ["a@b"],
        "references": ["a@b", "c@d"],
        "text": "This is offer.",
        "quoted_from": 3,
        "signature_from": 2,
        "forwarded": [],
        "calendar": [],
        "html": "<p>Hello</p>",
        "candidates": [],
        "warnings": ["one", "two"],
        "left_out": [{"name": "film.mov", "size": 99_000_000_000}],
    }
    assert {name: getattr(row, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("later", "outcome", "replayed"),
    [
        (7, Outcome.FILED, False),
        (7.001, Outcome.DUPLICATE, True),
        (-7, Outcome.FILED, False),
        (-8, Outcome.DUPLICATE, True),
    ],
)
def test_copies_count_as_such_for_seven_days(ledger, organization, anna, later, outcome, replayed):
    copy = draft(anna, project(organization, "1001"), delivered_at=NOW + days(later), participants=people(1))
    _, decided = file_all(ledger, draft(anna), copy)
    row = only_activity()
    assert (decided.outcome, row.replayed, decided.activity_id) == (outcome, replayed, row.id)
    assert linked() == (set() if replayed else {"1001"})
    assert len(participants()) == (0 if replayed else 1)
    assert ("replay" in (decided.detail or "")) == replayed


def test_another_message_with_the_same_message_id_is_another_activity(ledger, anna):
    """Neither merged nor suppressed."""
    stolen = message("forged", message_id="offer@acme.fi")
    decided = file_all(ledger, draft(anna), draft(anna, read=stolen))
    assert [one.outcome for one in decided] == [Outcome.FILED, Outcome.FILED]
    assert Activity.select().count() == 2


def test_an_identity_has_one_activity_in_an_organization(kind, anna, database):
    with database.atomic():
        file_draft(draft(anna), kind, sha("source"), NOW)
    row = Activity.get()
    row.id = None
    with pytest.raises(peewee.IntegrityError), database.atomic():
        row.save(force_insert=True)
