"""Which numbers lead somewhere."""

import pytest

from poller.filing.destination import find_destination
from poller.filing.reasons import Reason
from poller.settings.model import UnknownProject
from tests.filing.making import organization, project, route_of, routing

OPEN, CLOSED, ARCHIVED = project("1", 1), project("2", 2, "closed"), project("3", 3, "archived")
EXISTING = {"1": (OPEN,), "01": (OPEN,), "2": (CLOSED,), "3": (ARCHIVED,), "7": (project("07", 4), project("007", 5))}
OLD = routing(organization(retired=("old@in.example.com",)))


def find(*locals_, unknown=UnknownProject.REJECT):
    lines = [f"X-Original-To: {local}@in.example.com" for local in locals_]
    return find_destination(route_of(*lines, settings=OLD).targets, EXISTING, unknown)


@pytest.mark.parametrize(
    ("locals_", "numbers", "reasons"),
    [
        (["1.mycompany"], ["1"], []),
        (["mycompany"], [], []),
        (["2.mycompany"], ["2"], []),
        (["1.mycompany", "mycompany+2"], ["1", "2"], []),
        (["1.mycompany", "mycompany+1", "01.mycompany"], ["1"], []),
        (["3.mycompany"], [], ["recipient-invalid"]),
        (["9.mycompany"], [], ["recipient-invalid"]),
        (["7.mycompany"], [], ["recipient-invalid"]),
        ([".mycompany"], [], ["recipient-invalid"]),
        (["nobody"], [], ["recipient-invalid"]),
        (["1.old"], [], ["retired-address"]),
        (["1.mycompany", "9.mycompany", "old"], ["1"], ["recipient-invalid", "retired-address"]),
    ],
)
def test_valid_numbers_become_projects_and_the_rest_is_refused_by_name(locals_, numbers, reasons):
    found = find(*locals_)
    assert [one.number for one in found.projects] == numbers
    assert [one.reason.slug for one in found.refused] == reasons
    assert found.reachable == (len(found.refused) < len(locals_))


@pytest.mark.parametrize(
    ("local", "words"),
    [
        ("9.mycompany", "there is no project 9"),
        ("3.mycompany", "project 3 is archived"),
        ("7.mycompany", "could be any of 07, 007"),
        ("nobody", "is not a filing address"),
        ("1..mycompany", "no well-formed project number"),
        ("old", "is no longer in use"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_which_address(local, words):
    (refused,) = find(local).refused
    assert words in refused.detail
    assert f"{local}@in.example.com" in refused.detail


@pytest.mark.parametrize(
    ("local", "stored"), [("9.mycompany", True), ("3.mycompany", False), ("7.mycompany", False), (".mycompany", False)]
)
def test_an_unknown_number_may_be_stored_without_project_but_nothing_else_that_is_wrong(local, stored):
    found = find(local, unknown=UnknownProject.STORE)
    assert (found.reachable, found.unknown, bool(found.refused)) == (stored, ("9",) if stored else (), not stored)
    assert Reason.RECIPIENT_INVALID not in {one.reason for one in found.refused} or not stored


@pytest.mark.parametrize(
    ("locals_", "bare"),
    [
        (["mycompany"], True),
        (["mycompany+"], True),
        (["1.mycompany"], False),
        (["mycompany", "1.mycompany"], False),
        (["mycompany", "9.mycompany"], False),
        (["mycompany", "3.mycompany"], False),
        (["mycompany", "old"], False),
        (["mycompany", "nobody"], False),
        (["old"], False),
    ],
)
def test_only_where_nothing_else_is_named_it_is_bare(locals_, bare):
    for unknown in UnknownProject:
        assert find(*locals_, unknown=unknown).bare is bare
