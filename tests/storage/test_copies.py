"""Copies of one message become one activity, in whatever order they arrive."""

from dataclasses import asdict, replace
from itertools import permutations

import pytest

from models.activity import ActivityProject, Attachment, Participant
from models.people import ContactAddress
from poller.filing.match import Candidate, Gate
from poller.filing.participants import Kind as PersonKind
from poller.filing.reasons import Outcome
from poller.mail.message import Recipient, Role
from tests.filing.making import mailbox
from tests.storage.making import (
    as_person,
    contact,
    customer,
    delivery,
    draft,
    file,
    file_all,
    message,
    only_activity,
    participants,
    people,
    person,
    project,
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


# Projects


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_copies_in_any_order_are_one_activity_linked_to_every_project(ledger, organization, anna, order):
    """A copy to the bare address adds nothing."""
    copies = [draft(anna, project(organization, "1001")), draft(anna, project(organization, "1002")), draft(anna)]
    decided = file_all(ledger, *(copies[one] for one in order))
    assert linked() == {"1001", "1002"}
    assert {one.activity_id for one in decided} == {only_activity().id}
    expected = {2: Outcome.DUPLICATE} if order[0] != 2 else {}
    assert [one.outcome for one in decided] == [expected.get(number, Outcome.FILED) for number in order]


def test_a_copy_that_adds_nothing_is_a_duplicate_that_names_its_activity(ledger, organization, anna):
    copy = draft(anna, project(organization, "1001"), files=(file("a.pdf"),), participants=people(2))
    first, second = file_all(ledger, copy, copy)
    assert (second.outcome, second.reason, second.activity_id) == (Outcome.DUPLICATE, None, first.activity_id)
    assert second.detail == f"a copy of activity {first.activity_id}"
    assert delivery(2).activity_id == first.activity_id
    assert (Participant.select().count(), Attachment.select().count(), ActivityProject.select().count()) == (2, 1, 1)


def test_several_filing_addresses_in_one_copy_are_several_links(ledger, organization, anna):
    one, two, three = (project(organization, number) for number in ("1001", "1002", "1003"))
    decided = file_all(ledger, draft(anna, one, two), draft(anna, two, three))
    assert [one.outcome for one in decided] == [Outcome.FILED, Outcome.FILED]
    assert linked() == {"1001", "1002", "1003"}


def test_the_files_of_an_activity_are_not_doubled_by_a_copy(ledger, organization, anna):
    files = (file("a.pdf"), file("b.pdf"))
    file_all(ledger, draft(anna, files=files), draft(anna, project(organization, "1001"), files=files))
    assert [row.name for row in Attachment.select()] == ["a.pdf", "b.pdf"]


# Participants


def test_the_participants_of_copies_are_united(ledger, organization, anna, bert):
    carl = contact(organization, customer(organization), "carl@globex.com")
    one, two = people(2)
    file_all(
        ledger,
        draft(anna, participants=(one, carl)),
        draft(anna, participants=(carl, two, one, as_person(bert, role=Role.DELIVERED))),
    )
    assert participants() == [
        ("external", "to", "p0@elsewhere.example"),
        ("contact", "to", "carl@globex.com"),
        ("external", "to", "p1@elsewhere.example"),
        ("user", "delivered", "bert@acme.fi"),
    ]


def test_a_person_with_several_addresses_is_one_participant_of_all_copies(ledger, organization, anna, bert):
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com", "c@globex.com")
    other = replace(carl, key="c@globex.com")
    berts = as_person(bert), replace(as_person(bert), key="bert.berg@acme.fi")
    file_all(ledger, draft(anna, participants=(carl, berts[0])), draft(anna, participants=(berts[1], other)))
    assert [address for _, _, address in participants()] == ["carl@globex.com", "bert@acme.fi"]


def test_an_address_is_one_participant_though_the_directory_has_changed_between_two_copies(ledger, organization, anna):
    stranger = person("carl@globex.com")
    file_all(ledger, draft(anna, participants=(stranger,)))
    globex = customer(organization)
    known = contact(organization, globex, "carl@globex.com")
    file_all(ledger, draft(anna, participants=(known,), customer=globex))
    assert [address for _, _, address in participants()] == ["carl@globex.com"]


def test_the_owner_is_not_repeated_by_a_copy_that_somebody_else_owns(ledger, anna, bert):
    file_all(
        ledger,
        draft(anna, gate=Gate.RECIPIENT, participants=(as_person(bert, role=Role.DELIVERED),)),
        draft(bert, gate=Gate.RECIPIENT, participants=(as_person(anna, role=Role.DELIVERED),)),
    )
    assert only_activity().owner_id == anna.id
    assert participants() == [("user", "delivered", "bert@acme.fi")]


@pytest.mark.parametrize(
    ("recipients", "role"),
    [
        ((), "delivered"),
        ([(Role.CC, "bert@acme.fi")], "cc"),
        ([(Role.BCC, "bert@acme.fi"), (Role.TO, "bert.berg+crm@acme.fi")], "to"),
        ([(Role.TO, "bertha@acme.fi")], "delivered"),
    ],
)
def test_the_owner_of_a_later_copy_takes_part_in_the_role_that_names_him(ledger, anna, bert, recipients, role):
    """The first copy's owner stays, and no user is lost."""
    named = tuple(Recipient(role=one, mailbox=mailbox(address)) for one, address in recipients)
    file_all(
        ledger,
        draft(anna, gate=Gate.RECIPIENT),
        draft(bert, gate=Gate.RECIPIENT, read=message(recipients=named)),
        draft(bert, gate=Gate.RECIPIENT, read=message(recipients=named)),
    )
    assert participants() == [("user", role, "bert@acme.fi")]


# The cap


def test_the_cap_holds_for_all_copies_together_and_is_recorded(ledger, anna):
    """The fixture's organization stores five."""
    file_all(ledger, draft(anna, participants=people(3)), *[draft(anna, participants=people(4, start=3))] * 2)
    assert [address for _, _, address in participants()] == [one.address for one in people(5)]
    assert only_activity().warnings == ["2 participants of a further copy were not stored (MAX_PARTICIPANTS)"]


def test_people_who_were_recognised_stay_before_others_of_a_copy_go(ledger, organization, anna, bert):
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com")
    copy = draft(anna, participants=(*people(5, start=3), carl, as_person(bert)), customer=globex)
    file_all(ledger, draft(anna, participants=people(3)), copy)
    assert [address for _, _, address in participants()][3:] == ["carl@globex.com", "bert@acme.fi"]


def test_a_full_activity_takes_a_copy_all_the_same(ledger, organization, anna):
    full = draft(anna, participants=people(5))
    _, decided = file_all(ledger, full, draft(anna, project(organization, "1001"), participants=people(2, start=5)))
    assert (decided.outcome, len(participants()), linked()) == (Outcome.FILED, 5, {"1001"})


# The customer


def test_a_copy_may_bring_the_customer(ledger, organization, anna):
    """The contacts of all copies count, as if they were one message's."""
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com")
    file_all(ledger, draft(anna), draft(anna, customer=globex, participants=(carl,)), draft(anna))
    assert (only_activity().customer_id, only_activity().candidates) == (globex.id, [])
    assert participants() == [("contact", "to", "carl@globex.com")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_contacts_of_several_customers_in_several_copies_leave_the_customer_in_doubt(ledger, organization, anna, order):
    globex, initech = customer(organization), customer(organization, "initech")
    carl, ivan = (
        contact(organization, globex, "carl@globex.com"),
        contact(organization, initech, "ivan@initech.com"),
    )
    copies = [
        draft(anna, customer=globex, participants=(carl,)),
        draft(anna, customer=initech, participants=(ivan,)),
        draft(anna, customer=globex, participants=(carl,)),
    ]
    file_all(ledger, *(copies[one] for one in order))
    assert only_activity().customer_id is None
    assert sorted(participants()) == [("external", "to", "carl@globex.com"), ("external", "to", "ivan@initech.com")]
    assert sorted(one["customer"] for one in only_activity().candidates) == ["Globex", "Initech"]


def test_doubt_that_a_copy_brings_is_the_activitys(ledger, organization, anna):
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com")
    doubts = tuple(Candidate(customer=name, name="Ina", address="ina@shared.com") for name in ("Globex", "Initech"))
    certain = draft(anna, customer=globex, participants=(carl,))
    file_all(ledger, certain, draft(anna, candidates=doubts), certain)
    assert only_activity().customer_id is None
    known = {"customer": "Globex", "name": "Carl", "address": "carl@globex.com"}
    assert only_activity().candidates == [known, *(asdict(one) for one in doubts)]
    assert participants() == [("external", "to", "carl@globex.com")]
    assert {kind for kind, _, _ in participants()} == {PersonKind.EXTERNAL}


def test_the_warnings_of_copies_are_united_once_each(ledger, anna):
    file_all(ledger, draft(anna, warnings=("a", "b")), *[draft(anna, warnings=("b", "c"))] * 2)
    assert only_activity().warnings == ["a", "b", "c"]


def test_a_contact_may_lose_an_address_between_two_copies(ledger, organization, anna):
    globex = customer(organization)
    carl = contact(organization, globex, "carl@globex.com", "c@globex.com")
    file_all(ledger, draft(anna, customer=globex, participants=(carl,)))
    ContactAddress.delete().where(ContactAddress.address == "carl@globex.com").execute()
    file_all(ledger, draft(anna, customer=globex, participants=(replace(carl, key="c@globex.com"),)))
    assert len(participants()) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_mismatch_is_told_where_one_copy_brings_the_customer_and_another_the_project(
    ledger, organization, anna, order
):
    globex, initech = customer(organization), customer(organization, "initech")
    carl = contact(organization, globex, "carl@globex.com")
    theirs, others = project(organization, "1001", globex), project(organization, "1002", initech)
    copies = [draft(anna, others), draft(anna, theirs, customer=globex, participants=(carl,)), draft(anna)]
    file_all(ledger, *(copies[one] for one in order))
    assert only_activity().warnings == ["project 1002 belongs to Initech, the contacts to Globex"]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_without_a_customer_there_is_no_mismatch(ledger, organization, anna, order):
    globex, initech = customer(organization), customer(organization, "initech")
    carl, ivan = contact(organization, globex, "carl@globex.com"), contact(organization, initech, "ivan@initech.com")
    bridge, told = project(organization, "1002", initech), "project 1002 belongs to Initech, the contacts to Globex"
    copies = [
        draft(anna, bridge, customer=globex, participants=(carl,), warnings=(told,)),
        draft(anna, bridge, customer=initech, participants=(ivan,)),
    ]
    file_all(ledger, *(copies[one] for one in order))
    assert (only_activity().customer_id, only_activity().warnings) == (None, [])
