"""The keys and values of a document are exactly those that programs rely on."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from models.activity import Activity
from models.people import Customer, User, UserAddress
from poller.filing.activity import LeftOut
from poller.filing.match import Candidate, Gate
from poller.filing.reasons import Reason
from poller.mail.message import Attendee, Event, Forwarded, Kind, Mailbox, Recipient, Role
from poller.storage.documents import rfc3339
from poller.storage.listing import ActivityFilter, MessageFilter, get_activity, list_activities, list_messages
from tests.filing.making import UNVERIFIED, mailbox
from tests.storage.making import (
    MAILBOX,
    NOW,
    UIDVALIDITY,
    as_person,
    commit,
    contact,
    customer,
    days,
    draft,
    file,
    file_all,
    message,
    person,
    project,
    refused,
    sha,
    to_file,
    user,
)

BAD = "9999.mycompany@in.example.com"


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 11, 21, 20, 15, tzinfo=UTC), "2026-11-21T20:15:00Z"),
        (datetime(2026, 11, 21, 20, 15, tzinfo=timezone(timedelta(hours=2))), "2026-11-21T18:15:00Z"),
        (datetime(2026, 11, 21, 20, 15, 1, 500, tzinfo=UTC), "2026-11-21T20:15:01.000500Z"),
        (datetime(1990, 1, 1, tzinfo=UTC), "1990-01-01T00:00:00Z"),
    ],
)
def test_a_moment_is_written_as_rfc_3339_in_utc(moment, written):
    assert rfc3339(moment) == written


FORWARDED = Forwarded(
    kind=Kind.INLINE,
    author=Mailbox(name="Berg, Bo", address="", key=""),
    recipients=(Recipient(role=Role.TO, mailbox=mailbox("cara@globex.com", "Cara")),),
    subject="Plan",
    date=NOW,
    message_id="plan@globex.com",
)

EVENT = Event(
    method="REQUEST",
    uid="1",
    summary="Plan",
    start="2026-03-02T10:00:00+02:00",
    end="",
    all_day=False,
    zone="Europe/Helsinki",
    location="",
    organizer=None,
    attendees=(
        Attendee(mailbox=Mailbox(name="Berg, Bo", address="", key=""), response=""),
        Attendee(mailbox=mailbox("cara@globex.com", "Cara"), response="ACCEPTED"),
    ),
    recurrence="",
    occurrence="",
    status="",
)


def test_an_activity_has_exactly_these_keys_and_values(ledger, organization):
    anna, bert = user(organization, "Anna@acme.fi", "anna.aalto@acme.fi"), user(organization, "bert@acme.fi")
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com")
    dora = person("dora@else.example", name="Dora", role=Role.BCC)
    read = message(in_reply_to=("a@b",), references=("a@b",), html="<p>Hi</p>", quoted_from=5, signature_from=4)
    read = replace(read, forwarded=(FORWARDED,), calendar=(EVENT,))
    proof = replace(UNVERIFIED, spf="pass", dkim="none", dmarc="fail", domain="acme.fi")
    drafted = draft(
        anna,
        project(organization, "1002"),
        project(organization, "1001"),
        read=read,
        authentication=proof,
        gate=Gate.RECIPIENT,
        customer=globex,
        participants=(carl, as_person(bert, role=Role.CC), dora),
        files=(file("z.pdf", "plan"), file("a.png", "logo", inline=True, content_type="image/png")),
        left_out=(LeftOut(name="film.mov", size=60_000_000),),
        warnings=("in the message: odd",),
    )
    [decided] = commit(ledger, to_file(1, drafted))
    assert get_activity(decided.activity_id) == {
        "id": decided.activity_id,
        "organization": "mycompany",
        "type": "E-mail",
        "status": "done",
        "subject": "About offer",
        "date": "2026-03-02T12:00:00Z",
        "date_source": "date",
        "message_id": "offer@acme.fi",
        "in_reply_to": ["a@b"],
        "references": ["a@b"],
        "owner": {"name": "Anna", "address": "Anna@acme.fi"},
        "customer": "Globex",
        "projects": ["1002", "1001"],
        "participants": [
            {"kind": "contact", "role": "to", "name": "Carl", "address": "carl@globex.com"},
            {"kind": "user", "role": "cc", "name": "Bert", "address": "bert@acme.fi"},
            {"kind": "external", "role": "bcc", "name": "Dora", "address": "dora@else.example"},
        ],
        "files": [
            {"name": "z.pdf", "size": 4, "content_type": "application/pdf", "sha256": sha("plan"), "inline": False},
            {"name": "a.png", "size": 4, "content_type": "image/png", "sha256": sha("logo"), "inline": True},
        ],
        "text": "This is offer.",
        "quoted_from": 5,
        "signature_from": 4,
        "forwarded": [
            {
                "kind": "inline",
                "author": {"name": "Berg, Bo", "address": None},
                "to": [{"name": "Cara", "address": "cara@globex.com"}],
                "cc": [],
                "subject": "Plan",
                "date": "2026-03-02T12:00:00Z",
                "message_id": "plan@globex.com",
            }
        ],
        "calendar": [
            {
                "method": "REQUEST",
                "uid": "1",
                "summary": "Plan",
                "start": "2026-03-02T10:00:00+02:00",
                "end": None,
                "all_day": False,
                "zone": "Europe/Helsinki",
                "location": None,
                "organizer": None,
                "attendees": [
                    {"name": "Berg, Bo", "address": None, "response": None},
                    {"name": "Cara", "address": "cara@globex.com", "response": "ACCEPTED"},
                ],
                "recurrence": None,
                "occurrence": None,
                "status": None,
            }
        ],
        "html": "<p>Hi</p>",
        "gate": "recipient",
        "authentication": {"evidence": "none", "spf": "pass", "dkim": "none", "dmarc": "fail", "domain": "acme.fi"},
        "unverified": True,
        "replayed": False,
        "candidates": [],
        "warnings": ["in the message: odd"],
        "changes": [],
        "left_out": [{"name": "film.mov", "size": 60_000_000}],
        "inherited_from": None,
        "source_sha256": sha("source 1"),
    }


def test_what_an_activity_does_not_have_is_null_or_empty(ledger, organization):
    file_all(ledger, draft(user(organization, "anna@acme.fi"), read=message(message_id=None)))
    [one] = list_activities(ActivityFilter())
    assert (one["customer"], one["html"], one["message_id"], one["quoted_from"]) == (None, None, None, None)
    assert (one["signature_from"], one["forwarded"], one["calendar"]) == (None, [], [])
    assert one["authentication"]["domain"] is None
    assert [one[key] for key in ("projects", "participants", "files", "in_reply_to", "references")] == [[]] * 5


def test_candidates_say_who_was_recognised(ledger, organization):
    doubt = Candidate(customer="Globex", name="Ina", address="ina@shared.com")
    file_all(ledger, draft(user(organization, "anna@acme.fi"), candidates=(doubt,)))
    [one] = list_activities(ActivityFilter())
    assert one["candidates"] == [{"customer": "Globex", "name": "Ina", "address": "ina@shared.com"}]


def test_a_replay_is_marked(ledger, organization):
    drafted = draft(user(organization, "anna@acme.fi"))
    file_all(ledger, drafted, replace(drafted, delivered_at=NOW + days(8)))
    [one] = list_activities(ActivityFilter())
    assert one["replayed"] is True


def test_each_activity_of_a_page_has_its_own_parts(ledger, organization):
    anna, bert = user(organization, "anna@acme.fi"), user(organization, "bert@acme.fi")
    for name, owner in (("a", anna), ("b", bert)):
        number = project(organization, f"number-{name}")
        named = person(f"{name}@else.example")
        file_all(ledger, draft(owner, number, read=message(name), participants=(named,), files=(file(name),)))
    listed = [
        (one["owner"]["name"], one["projects"], one["participants"][0]["address"], one["files"][0]["name"])
        for one in list_activities(ActivityFilter())
    ]
    assert listed == [
        ("Anna", ["number-a"], "a@else.example", "a"),
        ("Bert", ["number-b"], "b@else.example", "b"),
    ]


def test_people_are_shown_as_the_directory_has_them_now(ledger, organization):
    anna, globex = user(organization, "anna@acme.fi", "a.aalto@acme.fi"), customer(organization)
    file_all(ledger, draft(anna, customer=globex))
    User.update(name="Anna Aalto", active=False).execute()
    Customer.update(name="Globex Oy").execute()
    [one] = list_activities(ActivityFilter())
    assert (one["owner"], one["customer"]) == ({"name": "Anna Aalto", "address": "anna@acme.fi"}, "Globex Oy")
    UserAddress.delete().execute()
    [one] = list_activities(ActivityFilter())
    assert one["owner"] == {"name": "Anna Aalto", "address": None}


def test_a_message_has_exactly_these_keys_and_values(ledger, organization):
    anna = user(organization, "anna@acme.fi")
    filed = to_file(1, draft(anna), "mycompany@in.example.com")
    lost = refused(4_294_967_295, Reason.RECIPIENT_INVALID, BAD, read=message("lost", author=None), detail="no project")
    [decided, _] = commit(ledger, filed, lost)
    first, second = list_messages(MessageFilter())
    assert first == {
        "id": 1,
        "organization": "mycompany",
        "mailbox": MAILBOX,
        "uidvalidity": UIDVALIDITY,
        "uid": 1,
        "message_id": "offer@acme.fi",
        "author": "anna@acme.fi",
        "subject": "About offer",
        "recipients": ["mycompany@in.example.com"],
        "outcome": "filed",
        "reason": None,
        "detail": None,
        "notice": "none",
        "activity": decided.activity_id,
    }
    assert second == first | {
        "id": 2,
        "uid": 4_294_967_295,
        "message_id": "lost@acme.fi",
        "author": None,
        "subject": "About lost",
        "recipients": [BAD],
        "outcome": "rejected",
        "reason": "recipient-invalid",
        "detail": "no project",
        "notice": "queued",
        "activity": None,
    }


def test_every_document_is_json(ledger, organization):
    commit(ledger, to_file(1, draft(user(organization, "anna@acme.fi"), read=message(subject="\U0001f600 'x'\u2028"))))
    for document in (*list_activities(ActivityFilter()), *list_messages(MessageFilter())):
        assert json.loads(json.dumps(document)) == document
        assert document["subject"] == "\U0001f600 'x'\u2028"


def test_values_of_any_length_come_back_whole(ledger, organization):
    long = "ä" * 300_000
    read = message(subject=long, message_id=long, references=(long,) * 3, text=long)
    commit(ledger, to_file(1, draft(user(organization, "anna@acme.fi"), read=read, warnings=(long,))))
    [one] = list_activities(ActivityFilter())
    assert {one["subject"], one["message_id"], *one["references"], one["text"], *one["warnings"]} == {long}
    assert Activity.select().count() == 1
