"""Pure: what is stored and what is known -> what changes. What becomes of the rows is tested with the storage."""

from dataclasses import replace

import pytest

from poller.filing.changes import changes_of, concerned
from poller.filing.facts import People
from poller.filing.match import Candidate, MatchRules
from poller.filing.rematch import Standing, rejudge
from poller.filing.warnings import unknown_project
from tests.filing.making import BERT, GLOBEX, INITECH, contact, project
from tests.filing.stored import external, standing

RULES = MatchRules(require_user_author=False, match_author_contact=True)
CARL, IVAN = contact(1, "carl@globex.com"), contact(2, "ivan@initech.com", INITECH)
NOBODY = People(users={}, contacts={})
KNOWN = People(users={"bert@acme.fi": BERT}, contacts={"carl@globex.com": (CARL,), "ivan@initech.com": (IVAN,)})


def rejudged(stored: Standing, people: People = KNOWN, **projects: object):
    return rejudge(stored, people, projects, RULES)


STORED = [
    standing(),
    standing(external("x@y.fi"), external("carl@globex.com")),
    standing(external("carl@globex.com"), external("ivan@initech.com"), external("bert+crm@acme.fi")),
    standing(external("carl@globex.com"), external("ivan@initech.com"), customer=GLOBEX),
    standing(external("x@y.fi"), warnings=(unknown_project("7"), "in the message: odd")),
]


@pytest.mark.parametrize("stored", STORED)
def test_without_a_directory_everything_stays(stored):
    found = rejudged(stored, NOBODY)
    assert (found.customer, found.candidates) == (stored.customer, stored.candidates)
    assert (found.participants, found.warnings) == (stored.participants, stored.warnings)
    assert (found.gone, found.new_projects, found.contested) == (frozenset(), (), ())
    assert list(concerned(stored, found)) == changes_of(stored, found, {}, ()) == []


@pytest.mark.parametrize("stored", STORED)
def test_what_was_rejudged_stays_when_it_is_rejudged_again(stored):
    first = rejudge(stored, KNOWN, {"7": (project("7"),)}, RULES)
    kept = [one for place, one in enumerate(first.participants) if place not in first.gone]
    again = replace(
        stored,
        customer=first.customer,
        candidates=first.candidates,
        participants=tuple(kept),
        projects=(*stored.projects, *first.new_projects),
        warnings=first.warnings,
    )
    second = rejudge(again, KNOWN, {"7": (project("7"),)}, RULES)
    told = [one.why for one in changes_of(stored, first, {}, ()) if one.what == "conflict"]
    assert changes_of(again, second, {}, told) == []


def test_what_is_to_be_looked_up():
    stored = standing(external("a+b@y.fi"), warnings=(unknown_project("7"), "odd"))
    assert (stored.keys, stored.unknown_numbers) == ({"a+b@y.fi", "a@y.fi"}, {"7"})


def test_candidates_in_another_order_are_the_same():
    stored = standing(
        external("carl@globex.com", contact_id=1, name="Contact 1"),
        external("ivan@initech.com", contact_id=2, name="Contact 2"),
        candidates=tuple(
            Candidate(customer=one.customer.name, name=one.name, address=one.address) for one in (IVAN, CARL)
        ),
    )
    assert changes_of(stored, rejudged(stored), {}, ()) == []


def test_that_nobody_is_known_any_more_settles_no_doubt():
    doubts = tuple(Candidate(customer=one, name="Ina", address="ina@shared.com") for one in ("Globex", "Initech"))
    stored = standing(external("ina@shared.com"), candidates=doubts)
    assert rejudged(stored, NOBODY).candidates == doubts


def test_a_project_that_a_copy_has_linked_meanwhile_only_loses_the_warning():
    seven = project("7")
    stored = standing(projects=(seven,), warnings=(unknown_project("7"),))
    found = rejudge(stored, NOBODY, {"7": (seven,)}, RULES)
    assert (found.new_projects, found.warnings) == ((), ())
    assert [(one.what, one.why) for one in changes_of(stored, found, {}, ())] == [("warning", "project 7")]


def test_two_numbers_of_one_project_link_it_once():
    stored = standing(warnings=(unknown_project("7"), unknown_project("07")))
    found = rejudge(stored, NOBODY, dict.fromkeys(["7", "07"], (project("7"),)), RULES)
    assert (len(found.new_projects), found.warnings) == (1, ())
