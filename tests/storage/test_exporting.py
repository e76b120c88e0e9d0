"""What is exported names whatever it refers to by the administrator's own keys, and nothing of another organization."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from models.activity import Participant
from models.people import Contact
from poller.filing.participants import Kind
from poller.mail.message import Role
from poller.storage import exporting
from poller.storage.database import connected
from poller.storage.exporting import Named, activities_to_export, count_activities, organization_document
from poller.storage.listing import ActivityFilter
from tests.storage.making import NOW, contact, customer, draft, file_draft, message, person, project, sha, user


def exported(organization):
    """The activities, and the documents by kind of what these refer to."""
    named = Named(organization=organization)
    wanted = ActivityFilter(organization=organization)
    activities = list(activities_to_export(wanted))
    assert len(activities) == count_activities(wanted)
    for one in activities:
        named.note(one)
    return activities, dict(named.documents())


def test_people_customers_and_projects_are_named_by_their_keys(organization, kind, database):
    globex, initech = customer(organization), customer(organization, "initech")
    anna, bert = user(organization, "anna@acme.fi", "a@acme.fi"), user(organization, "bert@acme.fi")
    cara = contact(organization, globex, "cara@globex.com")
    contact(organization, globex, "dave@globex.com")  # takes part in nothing
    harbour = project(organization, "1001", initech)
    others = (
        person(bert.address, kind=Kind.USER, role=Role.CC, user_id=bert.id),
        cara,
        person("eve@else.example"),
    )
    filed = draft(anna, harbour, read=message("a"), participants=others, customer=globex)
    file_draft(filed, kind, sha("source"), NOW)
    (activity,), named = exported(organization)
    assert activity["owner"]["key"] == "anna@acme.fi"
    assert activity["customer_key"] == "globex"
    assert [(one["kind"], one["key"]) for one in activity["participants"]] == [
        ("user", "bert@acme.fi"),
        ("contact", "cara@globex.com"),
        ("external", None),
    ]
    assert named == {
        "users": [
            {"key": "anna@acme.fi", "name": "Anna", "addresses": ["anna@acme.fi", "a@acme.fi"], "active": True},
            {"key": "bert@acme.fi", "name": "Bert", "addresses": ["bert@acme.fi"], "active": True},
        ],
        "customers": [{"key": "globex", "name": "Globex"}, {"key": "initech", "name": "Initech"}],
        "contacts": [
            {
                "key": "cara@globex.com",
                "customer": "globex",
                "name": "Cara",
                "addresses": ["cara@globex.com"],
                "active": True,
            }
        ],
        "projects": [
            {"number": "1001", "name": "Project 1001", "kind": "project", "customer": "initech", "state": "open"}
        ],
    }
    assert Contact.select().count() == 2


def test_the_same_keys_in_another_organization_are_not_exported(make_organization, kind, database):
    ours, theirs = kind.organization_id, make_organization("globex", "globex")
    for organization in (ours, theirs):
        owner, company = user(organization, "anna@acme.fi"), customer(organization)
        mine = project(organization, "1001", company)
        if organization == ours:
            file_draft(draft(owner, mine, read=message("a"), customer=company), kind, sha("source"), NOW)
    activities, named = exported(theirs)
    assert activities == []
    assert named == {"users": [], "customers": [], "contacts": [], "projects": []}
    assert {name: len(found) for name, found in exported(ours)[1].items()} == {
        "users": 1,
        "customers": 1,
        "contacts": 0,
        "projects": 1,
    }
    assert organization_document(theirs) == {"prefix": "globex", "filing_address": "globex@in.example.com"}


def test_contacts_in_doubt_between_customers_have_no_keys(organization, kind, database):
    doubtful = contact(organization, customer(organization), "cara@globex.com")
    others = (replace(doubtful, kind=Kind.EXTERNAL),)
    file_draft(draft(user(organization, "anna@acme.fi"), participants=others), kind, sha("source"), NOW)
    (activity,), named = exported(organization)
    assert [one["key"] for one in activity["participants"]] == [None]
    assert (named["contacts"], named["customers"]) == ([], [])


def test_who_comes_and_goes_meanwhile_is_not_half_there(organization, kind, database, monkeypatch):
    others = (person("eve@else.example"), person("mallory@else.example"))
    file_draft(draft(user(organization, "anna@acme.fi"), participants=others), kind, sha("source"), NOW)
    read = exporting._participant_keys

    def drop_one():
        with connected():
            Participant.delete().where(Participant.position == 1).execute()

    def meanwhile(activities):
        with ThreadPoolExecutor(1) as another:
            another.submit(drop_one).result()
        return read(activities)

    monkeypatch.setattr(exporting, "_participant_keys", meanwhile)
    wanted = ActivityFilter(organization=organization)
    assert [len(one["participants"]) for one in activities_to_export(wanted)] == [2]
    assert [len(one["participants"]) for one in activities_to_export(wanted)] == [1]
