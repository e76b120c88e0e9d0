"""Whom an address means, and as what that person takes part."""

import pytest

from poller.filing.participants import Correspondent, Kind, participant_of, person_identity, recognise
from poller.mail.message import Role
from tests.filing.making import ANNA, BERT, INITECH, contact, mailbox, people

CARL = contact(1, "carl@globex.example")
SHARED = (CARL, contact(2, "iris@initech.example", INITECH))
KNOWN = people(
    users={"anna@acme.fi": ANNA, "bert+crm@acme.fi": BERT},
    contacts={
        "anna@acme.fi": (CARL,),
        "carl@globex.example": (CARL,),
        "bert@acme.fi": (CARL,),
        "anna+sales@acme.fi": (CARL,),
        "info@shared.example": SHARED,
    },
)


@pytest.mark.parametrize(
    ("address", "user", "contacts"),
    [
        ("anna@acme.fi", ANNA, ()),  # never also a contact
        ("Anna@ACME.fi", ANNA, ()),
        ("anna+x@acme.fi", ANNA, ()),
        ("anna+sales@acme.fi", None, (CARL,)),  # exactly as written comes first
        ("bert+crm@acme.fi", BERT, ()),
        ("bert@acme.fi", None, (CARL,)),  # a user's subaddress alone makes its owner no user of the rest
        ("carl+x+y@globex.example", None, (CARL,)),
        ("info@shared.example", None, SHARED),
        ("carl@globex.example.org", None, ()),
        ("+carl@globex.example", None, ()),
    ],
)
def test_an_address_means_a_user_or_contacts_or_nobody(address, user, contacts):
    found = recognise(Role.CC, mailbox(address), KNOWN)
    assert (found.role, found.mailbox.address) == (Role.CC, address)
    assert (found.user, found.contacts) == (user, contacts)


def take_part(address, *, user=None, contacts=(), contacts_known, name="As Written"):
    named = Correspondent(role=Role.TO, mailbox=mailbox(address, name), user=user, contacts=contacts)
    return participant_of(named, contacts_known=contacts_known)


@pytest.mark.parametrize(
    ("who", "known", "expected"),
    [
        ({"user": ANNA}, True, (Kind.USER, "Anna Aalto", "anna@acme.fi", ANNA.id, None)),
        ({"user": ANNA}, False, (Kind.USER, "Anna Aalto", "anna@acme.fi", ANNA.id, None)),
        ({"contacts": (CARL,)}, True, (Kind.CONTACT, "Contact 1", "carl@globex.example", None, 1)),
        ({"contacts": (CARL,)}, False, (Kind.EXTERNAL, "As Written", "carl@globex.example", None, 1)),
        ({"contacts": (CARL,), "name": ""}, False, (Kind.EXTERNAL, "Contact 1", "carl@globex.example", None, 1)),
        ({"contacts": SHARED}, True, (Kind.CONTACT, "Contact 1", "carl@globex.example", None, 1)),
        ({"contacts": SHARED}, False, (Kind.EXTERNAL, "As Written", "X@y.example", None, None)),
        ({}, True, (Kind.EXTERNAL, "As Written", "X@y.example", None, None)),
        ({"name": ""}, True, (Kind.EXTERNAL, "", "X@y.example", None, None)),
    ],
)
def test_who_is_known_takes_part_as_the_directory_has_them(who, known, expected):
    one = take_part("X@y.example", contacts_known=known, **who)
    assert (one.kind, one.name, one.address, one.user_id, one.contact_id) == expected
    assert (one.role, one.key) == (Role.TO, "x@y.example")


@pytest.mark.parametrize(
    ("user_id", "contact_id", "identity"),
    [(1, None, "user:1"), (None, 1, "contact:1"), (None, None, "address:x@y.example"), (0, None, "user:0")],
)
def test_a_person_is_the_same_in_all_copies(user_id, contact_id, identity):
    assert person_identity(user_id, contact_id, "x@y.example") == identity


def test_two_addresses_of_a_person_are_one_participant_even_where_the_customer_is_in_doubt():
    one, other = (take_part(address, contacts=(CARL,), contacts_known=False) for address in ("a@x.fi", "b@x.fi"))
    assert one.key != other.key
    assert one.identity == other.identity == "contact:1"
