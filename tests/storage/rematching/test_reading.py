from datetime import timedelta

import pytest

from models.activity import Activity
from poller.filing.match import Candidate
from poller.filing.warnings import unknown_project
from poller.storage.rematching.reading import Scope, find_customer, find_ids, last_id, read
from tests.storage.making import NOW, asked, plan_of, sqlite_only
from tests.storage.rematching.making import Company


@pytest.fixture
def filed(company) -> list[int]:
    days = (timedelta(days=number) for number in range(4))
    return [company.file("author anna@acme.fi", name=f"mail {day}", date=NOW + day) for day in days]


@pytest.mark.parametrize(
    ("since", "behind", "size", "expected"),
    [(None, 0, 9, [0, 1, 2, 3]), (None, 2, 1, [2]), (2, 0, 9, [2, 3]), (2, 3, 9, [3]), (9, 0, 9, [])],
)
def test_the_next_activities_are_found_in_the_order_of_filing(company, filed, since, behind, size, expected):
    moment = None if since is None else NOW + timedelta(days=since)
    found = find_ids(Scope(organization_id=company.id, since=moment), behind, size)
    assert found == [filed[place] for place in expected]


def test_those_of_another_organization_are_not_found(company, filed, make_organization):
    other = make_organization("other", "other")
    assert (find_ids(Scope(organization_id=other), 0, 9), last_id(Scope(organization_id=other))) == ([], 0)
    assert last_id(Scope(organization_id=company.id)) == filed[-1]
    company.contact("globex", "carl@globex.com")
    assert find_customer(company.id, "globex").name == "Globex"
    assert find_customer(other, "globex") is None


def test_everything_that_the_directory_has_a_say_in_is_read(company):
    company.contact("globex", "carl@globex.com")
    company.project("7", "globex")
    known = company.file("author anna@acme.fi", "to carl@globex.com", "cc x@y.fi", numbers=("7", "8"))
    company.contact("initech", "carl.c@initech.com", "carl@globex.com")
    doubtful = company.file("author anna@acme.fi", "to carl@globex.com", name="doubtful")
    first, second = read([known, doubtful, doubtful + 1])
    assert (first.id, second.id) == (known, doubtful)
    stored = first.standing
    assert stored.owner_id == Activity.get_by_id(known).owner_id
    assert (stored.customer.key, stored.projects[0].number, stored.projects[0].customer.key) == (
        "globex",
        "7",
        "globex",
    )
    assert stored.warnings == (unknown_project("8"),)
    assert [(one.kind, one.role, one.key) for one in stored.participants] == [
        ("contact", "to", "carl@globex.com"),
        ("external", "cc", "x@y.fi"),
    ]
    assert len(first.participant_ids) == 2
    assert second.standing.customer is None
    assert second.standing.candidates == (
        Candidate(customer="Globex", name="Carl", address="carl@globex.com"),
        Candidate(customer="Initech", name="Carl.C", address="carl.c@initech.com"),
    )


def test_a_conflict_that_was_told_is_read(company):
    company.contact("globex", "carl@globex.com")
    activity = company.file("author anna@acme.fi", "to carl@globex.com", "cc ivan@initech.com")
    assert read([activity])[0].conflicts == frozenset()
    company.contact("initech", "ivan@initech.com")
    company.rematch()
    assert read([activity])[0].conflicts == {"Ivan <ivan@initech.com> of Initech"}


def test_an_activity_without_participants_is_read(company: Company):
    assert read([company.file("author anna@acme.fi")])[0].standing.participants == ()
    assert read([]) == []


@sqlite_only
def test_every_query_of_a_page_goes_along_an_index(company, filed):
    scopes = (Scope(organization_id=company.id), Scope(organization_id=company.id, since=NOW))
    queries = [query for scope in scopes for query in asked(lambda scope=scope: find_ids(scope, 1, 200))]
    queries += [query for scope in scopes for query in asked(lambda scope=scope: last_id(scope))]
    queries += asked(lambda: read(filed))
    plans = [plan_of(*query) for query in queries]
    assert len(plans) == 8
    assert not [plan for plan in plans if "SCAN" in plan]
    assert not [plan for plan in plans[:4] if "B-TREE" in plan], "nothing is sorted to find the next page"
