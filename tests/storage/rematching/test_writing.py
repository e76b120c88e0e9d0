"""What an import changes of activities that were filed before it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models import people as tables
from models.activity import Activity
from models.change import ActivityChange
from models.inbound import Lease
from models.people import Contact, ContactAddress, User, UserAddress
from models.project import Project
from poller.filing.match import MatchRules
from poller.storage import rematching
from poller.storage.cards import project_card
from poller.storage.lease import Lease as Held
from poller.storage.lease import LeaseTaken
from poller.storage.listing import get_activity
from tests.storage.making import NOW, file
from tests.storage.rematching.making import (
    RULES,
    Company,
    candidates_of,
    customer_of,
    everything,
    people_of,
    projects_of,
    trail_of,
)

CARL = ("author anna@acme.fi", "to carl@globex.com")

# People


def test_an_external_becomes_a_contact_and_the_customer_is_linked(company):
    activity = company.file(*CARL)
    company.contact("globex", "carl@globex.com")
    expected = [
        ("participant", "external carl@globex.com", "contact Carl <carl@globex.com>",
         "contact carl@globex.com of customer globex"),
        ("customer", None, "Globex", "contact carl@globex.com of customer globex"),
    ]  # fmt: skip
    assert company.rematch() == expected == trail_of(activity)
    assert people_of(activity) == ["contact to Carl <carl@globex.com>"]
    assert customer_of(activity) == "Globex"


def test_a_second_run_changes_and_says_nothing(company):
    company.file(*CARL, "cc bert@acme.fi", numbers=("7",))
    company.contact("globex", "carl@globex.com")
    company.user("bert@acme.fi")
    company.project("7")
    assert company.rematch()
    before = everything()
    assert company.rematch() == []
    assert everything() == before


def test_a_dry_run_says_the_same_and_changes_nothing(company):
    company.file(*CARL, "cc bert@acme.fi", "cc ivan@initech.com", numbers=("7",))
    company.file(*CARL, name="second")
    company.contact("globex", "carl@globex.com")
    company.contact("initech", "ivan@initech.com")
    company.user("bert@acme.fi")
    company.project("7")
    before = everything()
    foreseen = company.rematch(dry_run=True)
    assert everything() == before
    assert foreseen == company.rematch() != []


def test_an_external_becomes_a_user_in_the_same_role_and_place(company):
    activity = company.file("author anna@acme.fi", "to x@y.fi", "to bert@acme.fi", "cc z@y.fi")
    company.user("bert@acme.fi")
    assert company.rematch() == [
        ("participant", "external bert@acme.fi", "user Bert <bert@acme.fi>", "user bert@acme.fi")
    ]
    assert people_of(activity) == ["external to  <x@y.fi>", "user to Bert <bert@acme.fi>", "external cc  <z@y.fi>"]


def test_an_author_who_is_a_user_only_now_takes_part_and_owner_and_gate_stay(company):
    activity = company.file("author bert@acme.fi", "to anna@acme.fi")
    company.user("bert@acme.fi")
    company.rematch()
    row = Activity.get_by_id(activity)
    assert (row.gate, row.owner.name) == ("recipient", "Anna")
    assert people_of(activity) == ["user author Bert <bert@acme.fi>"]


def test_a_further_address_of_the_owner_is_not_repeated_among_the_participants(company):
    activity = company.file("author anna@acme.fi", "to x@y.fi", "to anna.aalto@acme.fi", "cc z@y.fi")
    values = {"user": User.get(), "position": 1, "address": "anna.aalto@acme.fi", "address_key": "anna.aalto@acme.fi"}
    UserAddress.create(organization=company.id, **values)
    assert company.rematch() == [
        ("participant", "external anna.aalto@acme.fi", None, "user anna@acme.fi, who is there already")
    ]
    assert people_of(activity) == ["external to  <x@y.fi>", "external cc  <z@y.fi>"]


def test_a_person_with_several_addresses_becomes_one_participant_shown_by_the_first(company):
    activity = company.file("author anna@acme.fi", "to c@globex.com", "cc x@y.fi", "cc carl+crm@globex.com")
    company.contact("globex", "carl@globex.com", "c@globex.com")
    company.rematch()
    assert people_of(activity) == ["contact to Carl <carl@globex.com>", "external cc  <x@y.fi>"]


def test_an_address_that_is_both_a_users_and_a_contacts_is_the_users(company):
    activity = company.file("author anna@acme.fi", "to bert@acme.fi")
    company.contact("globex", "bert@acme.fi")
    company.user("bert@acme.fi")
    company.rematch()
    assert people_of(activity) == ["user to Bert <bert@acme.fi>"]
    assert customer_of(activity) is None


@pytest.mark.parametrize("model", [User, Contact])
def test_who_is_inactive_is_not_recognised(company, model):
    activity = company.file(*CARL)
    if model is User:
        company.user("carl@globex.com")
    else:
        company.contact("globex", "carl@globex.com")
    model.update(active=False).where(model.key == "carl@globex.com").execute()
    assert company.rematch() == []
    assert people_of(activity) == ["external to  <carl@globex.com>"]


def test_who_was_recognised_stays_when_he_is_inactive_has_another_address_or_is_somebody_else(company):
    company.contact("globex", "carl@globex.com")
    company.contact("globex", "cora@globex.com")
    company.user("bert@acme.fi")
    activity = company.file(*CARL, "to cora@globex.com", "cc bert@acme.fi")
    before = everything()
    Contact.update(active=False).where(Contact.key == "carl@globex.com").execute()
    User.update(active=False).where(User.key == "bert@acme.fi").execute()
    ContactAddress.delete().where(ContactAddress.address == "cora@globex.com").execute()
    company.user("cora@globex.com")
    assert company.rematch() == []
    assert everything() == before
    assert people_of(activity)[1] == "contact to Cora <cora@globex.com>"


def test_who_was_recognised_is_shown_by_his_name_and_first_address_of_today(company):
    company.contact("globex", "carl@globex.com")
    activity = company.file(*CARL)
    Contact.update(name="Carl Carlson").execute()
    assert company.rematch() == [
        ("participant", "contact Carl <carl@globex.com>", "contact Carl Carlson <carl@globex.com>",
         "contact carl@globex.com of customer globex")
    ]  # fmt: skip
    assert people_of(activity) == ["contact to Carl Carlson <carl@globex.com>"]


@pytest.mark.parametrize(("matched", "expected"), [(True, "contact author Carl"), (False, "external author ")])
def test_an_author_is_a_contact_only_where_the_settings_match_him(company, matched, expected):
    company = replace(company, rules=MatchRules(require_user_author=False, match_author_contact=matched))
    activity = company.file("author carl@globex.com", "to anna@acme.fi")
    company.contact("globex", "carl@globex.com")
    company.rematch()
    assert people_of(activity) == [f"{expected} <carl@globex.com>"]
    assert customer_of(activity) == ("Globex" if matched else None)


# The customer in doubt


def test_contacts_of_several_customers_link_none_and_are_candidates(company):
    activity = company.file(*CARL, "cc ivan@initech.com")
    company.contact("globex", "carl@globex.com")
    company.contact("initech", "ivan@initech.com")
    company.rematch()
    assert customer_of(activity) is None
    assert candidates_of(activity) == {"Carl of Globex", "Ivan of Initech"}
    assert people_of(activity) == ["external to Carl <carl@globex.com>", "external cc Ivan <ivan@initech.com>"]


def test_one_address_of_two_customers_links_none_until_it_is_of_one(company):
    activity = company.file(*CARL)
    company.contact("globex", "carl@globex.com")
    other = company.contact("initech", "carl.c@initech.com", "carl@globex.com")
    company.rematch()
    assert (customer_of(activity), people_of(activity)) == (None, ["external to  <carl@globex.com>"])
    assert candidates_of(activity) == {"Carl of Globex", "Carl.C of Initech"}
    ContactAddress.delete().where(ContactAddress.contact == other, ContactAddress.position == 1).execute()
    company.rematch()
    assert (customer_of(activity), candidates_of(activity)) == ("Globex", set())
    assert people_of(activity) == ["contact to Carl <carl@globex.com>"]


def test_doubt_stays_while_one_of_those_who_caused_it_is_inactive(company):
    company.contact("globex", "carl@globex.com")
    company.contact("initech", "ivan@initech.com")
    activity = company.file(*CARL, "cc ivan@initech.com")
    Contact.update(active=False).where(Contact.key == "ivan@initech.com").execute()
    assert company.rematch() == []
    assert customer_of(activity) is None


def test_a_linked_customer_stays_and_the_conflict_is_told_once(company):
    company.contact("globex", "carl@globex.com")
    activity = company.file(*CARL, "cc ivan@initech.com", "cc cora@globex.com")
    company.contact("initech", "ivan@initech.com")
    company.contact("globex", "cora@globex.com")
    expected = [
        ("participant", "external cora@globex.com", "contact Cora <cora@globex.com>",
         "contact cora@globex.com of customer globex"),
        ("conflict", "Globex", "Globex", "Ivan <ivan@initech.com> of Initech"),
    ]  # fmt: skip
    assert company.rematch(dry_run=True) == company.rematch() == expected == trail_of(activity)
    assert (customer_of(activity), candidates_of(activity)) == ("Globex", set())
    assert people_of(activity)[:2] == ["contact to Carl <carl@globex.com>", "external cc  <ivan@initech.com>"]
    assert company.rematch() == []


def test_a_contact_who_went_to_another_customer_leaves_his_mail_where_it_was(company):
    carl = company.contact("globex", "carl@globex.com")
    activity = company.file(*CARL)
    initech = tables.Customer.create(organization=company.id, key="initech", name="Initech")
    Contact.update(customer=initech).where(Contact.id == carl).execute()
    assert company.rematch() == [("conflict", "Globex", "Globex", "Carl <carl@globex.com> of Initech")]
    assert (customer_of(activity), people_of(activity)) == ("Globex", ["contact to Carl <carl@globex.com>"])


def test_doubt_stays_where_participants_were_not_stored(company):
    company.contact("globex", "carl@globex.com")
    other = company.contact("initech", "carl.c@initech.com", "carl@globex.com")
    cut = "1 of 3 participants were not stored (MAX_PARTICIPANTS)"
    activity = company.file(*CARL, "cc x@y.fi", warnings=(cut,))
    ContactAddress.delete().where(ContactAddress.contact == other).execute()
    company.rematch()
    assert (customer_of(activity), candidates_of(activity)) == (None, {"Carl of Globex", "Carl.C of Initech"})
    assert people_of(activity)[0] == "external to Carl <carl@globex.com>"
    assert company.rematch() == []


# Projects


@pytest.mark.parametrize(
    ("asked", "made", "expected"),
    [
        ("1002", ["1002"], {"1002"}),
        ("01002", ["1002"], {"1002"}),
        ("a-7", ["A-7"], {"A-7"}),
        ("1002", ["01002", "001002"], set()),
        ("1002", ["1003"], set()),
        ("1002", ["1002", "01002"], {"1002"}),
    ],
)
def test_a_number_that_nobody_knew_is_linked_once_it_means_one_project(company, asked, made, expected):
    activity = company.file("author anna@acme.fi", numbers=(asked,))
    for number in made:
        company.project(number)
    company.rematch()
    assert projects_of(activity) == expected
    assert bool(Activity.get_by_id(activity).warnings) is (not expected)


@pytest.mark.parametrize(("state", "expected"), [("open", {"7"}), ("closed", {"7"}), ("archived", set())])
def test_a_project_that_takes_no_mail_is_not_linked(company, state, expected):
    activity = company.file("author anna@acme.fi", numbers=("7",))
    company.project("7", state=state)
    company.rematch()
    assert projects_of(activity) == expected


def test_files_become_those_of_the_project(company):
    activity = company.file("author anna@acme.fi", numbers=("7",), files=(file("plan.pdf"),))
    number = company.project("7")
    company.rematch()
    card = project_card(number)
    assert [one["name"] for one in card["files"]] == ["plan.pdf"]
    assert [one["id"] for one in card["activities"]] == [activity]
    unknown = "there is no project 7: stored without it (UNKNOWN_PROJECT)"
    assert trail_of(activity) == [("project", None, "7", "project 7"), ("warning", unknown, None, "project 7")]


def test_a_project_of_another_customer_is_warned_of(company):
    activity = company.file(*CARL, numbers=("7",))
    company.contact("globex", "carl@globex.com")
    company.contact("initech", "ivan@initech.com")
    company.project("7", "initech")
    company.rematch()
    assert Activity.get_by_id(activity).warnings == ["project 7 belongs to Initech, the contacts to Globex"]
    assert trail_of(activity)[-1] == (
        "warning", None, "project 7 belongs to Initech, the contacts to Globex", "customer globex",
    )  # fmt: skip


# Organizations, scopes, the trail


def test_nothing_of_one_organization_is_applied_to_another(company, make_organization):
    other = Company(kind=replace(company.kind, organization_id=make_organization("other", "other")))
    other.user("anna@acme.fi")
    mine, theirs = company.file(*CARL, numbers=("7",)), other.file(*CARL, numbers=("7",))
    other.contact("globex", "carl@globex.com")
    other.user("bert@acme.fi")
    other.project("7")
    before = get_activity(mine)
    assert company.rematch() == []
    assert len(other.rematch()) == 4
    assert get_activity(mine) == before
    assert (customer_of(theirs), projects_of(theirs)) == ("Globex", {"7"})


def test_only_what_is_wanted_is_changed(company):
    first = company.file(*CARL, name="first", date=NOW - timedelta(days=2))
    second = company.file(*CARL, name="second", numbers=("7",))
    third = company.file("author anna@acme.fi", "to ivan@initech.com", name="third", numbers=("8",))
    company.contact("globex", "carl@globex.com")
    company.contact("initech", "ivan@initech.com")
    seven, _ = company.project("7"), company.project("8")
    globex = rematching.find_customer(company.id, "globex")

    def concerned(**wanted):
        scope = rematching.Scope(organization_id=company.id, since=wanted.pop("since", None))
        before = ActivityChange.select().count()
        foreseen = company.rematch(dry_run=True, scopes=(scope,), **wanted)
        assert ActivityChange.select().count() == before
        return len(foreseen)

    assert concerned(project=seven) == 4
    assert concerned(customer=globex) == 6
    assert concerned(customer=globex, project=seven) == 4
    assert concerned(since=NOW) == concerned() - 2
    company.rematch(project=seven)
    assert [customer_of(one) for one in (first, second, third)] == [None, "Globex", None]
    assert rematching.find_customer(company.id, "nobody") is None


def test_the_trail_is_in_the_json_of_the_activity(company):
    activity = company.file(*CARL)
    assert get_activity(activity)["changes"] == []
    company.contact("globex", "carl@globex.com")
    company.rematch()
    assert get_activity(activity)["changes"][1] == {
        "at": "2026-03-02T12:00:00Z",
        "what": "customer",
        "before": None,
        "after": "Globex",
        "why": "contact carl@globex.com of customer globex",
    }


# Beside a running service


def test_a_worker_keeps_its_lease(company):
    Lease.create(name="catchall@mail/INBOX", fence=3)
    company.file(*CARL)
    company.contact("globex", "carl@globex.com")
    company.rematch()
    with Held(name="catchall@mail/INBOX", fence=3).transaction():
        assert Lease.get().fence == 3
    with pytest.raises(LeaseTaken), Held(name="catchall@mail/INBOX", fence=2).transaction():
        pass


def test_what_changed_since_it_was_read_is_judged_as_it_is_now(company):
    """A page is read without a lock, and judged again under it."""
    activity = company.file(*CARL)
    company.contact("globex", "carl@globex.com")
    assert rematching.judge(company.id, [activity], RULES)
    Contact.update(active=False).execute()
    assert rematching.apply(company.id, [activity], RULES, lambda _: True, NOW) == []
    assert (people_of(activity), trail_of(activity)) == (["external to  <carl@globex.com>"], [])


def test_all_of_a_page_is_written_or_nothing(company, monkeypatch):
    activity = company.file(*CARL, numbers=("7",))
    company.contact("globex", "carl@globex.com")
    company.project("7")
    before = everything()

    def die(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("poller.storage.rematching.writing.insert_all", die)
    with pytest.raises(KeyboardInterrupt):
        company.rematch()
    assert everything() == before
    monkeypatch.undo()
    assert len(company.rematch()) == 4
    assert (customer_of(activity), projects_of(activity)) == ("Globex", {"7"})
    assert Project.select().count() == 1
