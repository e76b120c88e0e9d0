"""Who was recognised by which address, who owns the activity and which customer it is about, and why."""

from __future__ import annotations

import pytest

from poller.explaining.people import people_document
from poller.filing.match import Candidate, Gate
from poller.filing.participants import Correspondent
from poller.mail.message import Role
from tests.filing.making import ANNA, GLOBEX, INITECH, contact, mailbox, match


def named(role: Role, address: str, **known: object) -> Correspondent:
    return Correspondent(role=role, mailbox=mailbox(address, "As Written"), **{"user": None, "contacts": ()} | known)


def people(*correspondents: Correspondent, require_user_author: bool = False, **fields: object) -> dict:
    return people_document(match(**fields), correspondents, require_user_author=require_user_author)


def test_each_address_is_shown_as_it_is_written_with_whom_it_belongs_to():
    document = people(
        named(Role.AUTHOR, "Anna+x@acme.fi", user=ANNA),
        named(Role.TO, "c@globex.example", contacts=(contact(1, "carl@globex.example"),)),
        named(Role.CC, "x@y.example"),
    )
    assert [(one["role"], one["address"], one["name"], one["is"]) for one in document["named"]] == [
        ("author", "Anna+x@acme.fi", "As Written", "user"),
        ("to", "c@globex.example", "As Written", "contact"),
        ("cc", "x@y.example", "As Written", None),
    ]
    assert [one["known_as"] for one in document["named"]] == [
        {"name": "Anna Aalto", "address": "anna@acme.fi"},
        {"name": "Contact 1", "address": "carl@globex.example"},
        None,
    ]
    assert [one["customers"] for one in document["named"]] == [[], ["Globex Oy"], []]


def test_a_contact_of_several_customers_names_them_all():
    contacts = (contact(1, "c@x.example"), contact(2, "c@x.example", INITECH))
    candidates = tuple(Candidate(customer=one.customer.name, name=one.name, address=one.address) for one in contacts)
    document = people(named(Role.TO, "c@x.example", contacts=contacts), candidates=candidates)
    assert document["named"][0]["customers"] == ["Globex Oy", "Initech Ab"]
    assert [one["customer"] for one in document["candidates"]] == ["Globex Oy", "Initech Ab"]
    assert document["customer"] is None
    assert document["customer_why"].startswith("contacts of several customers are named")


def test_delivery_fields_matter_for_users_alone():
    document = people(named(Role.DELIVERED, "anna@acme.fi", user=ANNA), named(Role.DELIVERED, "x@y.example"))
    assert [one["address"] for one in document["named"]] == ["anna@acme.fi"]


@pytest.mark.parametrize(
    ("fields", "required", "why"),
    [
        ({"gate": Gate.AUTHOR}, False, "the author is a user"),
        ({"gate": Gate.RECIPIENT}, False, "the author is no user, and this is the first recipient who is one"),
        ({"gate": None, "owner": None}, False, "neither the author nor a recipient is a user"),
        ({"gate": None, "owner": None}, True, "the author is no user, and REQUIRE_USER_AUTHOR=true lets in nobody els"),
    ],
)
def test_why_somebody_or_nobody_owns_it(fields, required, why):
    document = people(**fields, require_user_author=required)
    assert document["owner_why"].startswith(why)
    assert (document["owner"] is None) == ("owner" in fields)


@pytest.mark.parametrize(
    ("customer", "name", "why"),
    [
        (GLOBEX, "Globex Oy", "the only customer whose contacts are named"),
        (None, None, "no contact of a customer is n"),
    ],
)
def test_why_a_customer_or_none_is_linked(customer, name, why):
    document = people(customer=customer)
    assert document["customer"] == name
    assert document["customer_why"].startswith(why)
