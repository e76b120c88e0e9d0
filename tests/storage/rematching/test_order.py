"""Whether something was imported before mail was filed, or after it and rematched, makes no difference."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from models.activity import Activity
from models.organization import ActivityType
from poller.filing.match import MatchRules
from tests.storage.making import commit, file_all, to_file
from tests.storage.rematching.making import (
    Company,
    candidates_of,
    customer_of,
    people_of,
    projects_of,
    trail_of,
)

_NUMBERS = count(1)

IMPORTS = {
    "bert": lambda company: company.user("bert@acme.fi", "bert.berg@acme.fi"),
    "carl": lambda company: company.contact("globex", "carl@globex.com", "c@globex.com"),
    "cora": lambda company: company.contact("globex", "cora@globex.com", "office@globex.com"),
    "ivan": lambda company: company.contact("initech", "ivan@initech.com"),
    "ina": lambda company: company.contact("initech", "ina@initech.com", "office@globex.com"),
    "7": lambda company: company.project("7"),
    "A-8": lambda company: company.project("A-8", state="closed"),
    "09": lambda company: company.project("09"),
}
ADDRESSES = [
    "anna.aalto@acme.fi", "bert.berg@acme.fi", "bert@acme.fi", "c@globex.com", "carl+crm@globex.com",
    "carl@globex.com", "cora@globex.com", "office@globex.com", "ivan@initech.com", "ina@initech.com", "x@y.fi",
]  # fmt: skip
AUTHORS = ["anna@acme.fi", "carl@globex.com", "ivan@initech.com", "x@y.fi"]
NUMBERS = ["7", "07", "a-8", "9"]


@pytest.fixture
def new_company(kind, make_organization):
    """As many as a test wants, each of which knows only Anna, who may file."""

    def make(rules: MatchRules) -> Company:
        number = next(_NUMBERS)
        organization = make_organization(f"o{number}", f"o{number}")
        type_id = ActivityType.get(organization=organization).id
        own = replace(kind, organization_id=organization, type_id=type_id, max_participants=50)
        company = Company(kind=own, rules=rules)
        company.user("anna@acme.fi", "anna.aalto@acme.fi")
        return company

    return make


def seen(activity: int) -> tuple[object, ...]:
    """In doubt, who was known as one contact stays shown so when the address proves to be several contacts'."""
    people, candidates = people_of(activity), candidates_of(activity)
    shown = [one.split()[:2] for one in people] if candidates else people
    return shown, customer_of(activity), candidates, projects_of(activity)


# Of a person who was recognised by one address, the others in the message are not stored.
IN_DOUBT_ONLY_ALONE = {"office@globex.com", "cora@globex.com"}, {"office@globex.com", "ina@initech.com"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    author=st.sampled_from(AUTHORS),
    named=st.lists(st.tuples(st.sampled_from(["to", "cc"]), st.sampled_from(ADDRESSES)), max_size=6),
    numbers=st.lists(st.sampled_from(NUMBERS), max_size=3, unique=True),
    order=st.permutations(list(IMPORTS)),
    first=st.integers(0, len(IMPORTS)),
    steps=st.booleans(),
    matched=st.booleans(),
)
def test_import_and_file_is_file_import_and_rematch(  # noqa: PLR0917 - what hypothesis makes up
    database, new_company, author, named, numbers, order, first, steps, matched
):
    assume(not any(pair <= {address for _, address in named} for pair in IN_DOUBT_ONLY_ALONE))
    rules = MatchRules(require_user_author=False, match_author_contact=matched)
    recipients = [f"{role} {address}" for role, address in sorted(named, key=lambda one: one[0] == "cc")]
    # Anna is there so that somebody lets it in whatever is known.
    mail = (f"author {author}", *recipients, "to anna@acme.fi")
    with database.atomic():  # to commit each row takes long
        before, after = new_company(rules), new_company(rules)
        bring_in(before, order)
        at_once = before.file(*mail, numbers=tuple(numbers))
        bring_in(after, order[:first])
        activity = after.file(*mail, numbers=tuple(numbers))
        owner, customer = Activity.get_by_id(activity).owner.key, customer_of(activity)
        for name in order[first:]:
            bring_in(after, [name])
            if steps:
                after.rematch()
                customer = customer or customer_of(activity)
        after.rematch()
        assert after.rematch() == []
        assert Activity.get_by_id(activity).owner.key == owner
        assert projects_of(activity) == projects_of(at_once)
        told = [what for what, *_ in trail_of(activity)]
        if customer is not None and customer_of(at_once) != customer:
            assert (customer_of(activity), "conflict" in told) == (customer, True)
        elif owner == Activity.get_by_id(at_once).owner.key:
            assert seen(activity) == seen(at_once)
            assert "conflict" not in told


def bring_in(company: Company, names: Iterable[str]) -> None:
    for name in names:
        IMPORTS[name](company)


def test_numbers_that_mean_several_projects_or_an_archived_one_stay_unlinked(new_company):
    company = new_company(MatchRules(require_user_author=False, match_author_contact=True))
    activity = company.file("author anna@acme.fi", numbers=("9", "10"))
    company.project("09")
    company.project("009")
    company.project("10", state="archived")
    assert company.rematch() == []
    assert projects_of(activity) == set()
    assert len(Activity.get_by_id(activity).warnings) == 2


# Copies of what was rematched


def test_a_copy_neither_doubles_nor_downgrades_who_was_rematched(company):
    mail = ("author anna@acme.fi", "to c@globex.com", "cc bert@acme.fi", "cc carl@globex.com")
    activity = company.file(*mail)
    company.contact("globex", "carl@globex.com", "c@globex.com")
    company.user("bert@acme.fi")
    company.rematch()
    before = seen(activity)
    assert company.file(*mail) == activity
    assert seen(activity) == before
    assert before[0] == ["contact to Carl <carl@globex.com>", "user cc Bert <bert@acme.fi>"]


def test_a_copy_that_was_judged_before_the_import_changes_nothing_of_it(ledger, company):
    """It is stored after the rematch, with what was known before."""
    stale = company.draft("author anna@acme.fi", "to carl@globex.com", "to x@y.fi")
    file_all(ledger, stale)
    company.contact("globex", "carl@globex.com")
    company.rematch()
    [decided] = commit(ledger, to_file(2, stale))
    assert people_of(decided.activity_id) == ["contact to Carl <carl@globex.com>", "external to  <x@y.fi>"]
    assert customer_of(decided.activity_id) == "Globex"


def test_a_copy_that_names_another_customers_contact_does_not_take_away_what_was_linked(company):
    mail = ("author anna@acme.fi", "to carl@globex.com")
    activity = company.file(*mail)
    company.contact("globex", "carl@globex.com")
    company.rematch()
    company.contact("initech", "ivan@initech.com")
    assert company.file(*mail, "cc ivan@initech.com") == activity
    assert (customer_of(activity), candidates_of(activity)) == ("Globex", set())
    assert people_of(activity) == ["contact to Carl <carl@globex.com>", "external cc Ivan <ivan@initech.com>"]
    assert company.rematch() == [("conflict", "Globex", "Globex", "Ivan <ivan@initech.com> of Initech")]


def test_a_conflict_that_was_told_is_not_settled_by_a_copy(company):
    company.contact("globex", "carl@globex.com")
    mail = ("author anna@acme.fi", "to carl@globex.com", "cc ivan@initech.com")
    activity = company.file(*mail)
    company.contact("initech", "ivan@initech.com")
    company.rematch()
    before = seen(activity)
    assert company.file(*mail) == activity
    assert seen(activity) == before
