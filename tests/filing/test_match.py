"""Who let it in, who owns it, who takes part, which customer it concerns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.filing.match import Gate, MatchRules, correspondents_of, match_people, within
from poller.mail.message import Role
from tests.filing.making import ANNA, BERT, GLOBEX, INITECH, contact, mailbox, message, people, route_of, routing

RULES = MatchRules(require_user_author=False, match_author_contact=True)
CARL, CLEO = contact(1, "carl@globex.example"), contact(2, "cleo@globex.example")
IRIS = contact(3, "iris@initech.example", INITECH)
TWICE = (contact(4, "shared@x.example"), contact(5, "shared@x.example", INITECH))
KNOWN = people(
    contacts={
        "carl@globex.example": (CARL,),
        "carl.second@globex.example": (CARL,),
        "cleo@globex.example": (CLEO,),
        "iris@initech.example": (IRIS,),
        "shared@x.example": TWICE,
        "bert@acme.fi": (contact(6, "bert@acme.fi"),),
    }
)


def run(*named, rules=RULES, known=KNOWN):
    return match_people([(Role(role), mailbox(address)) for role, address in named], known, rules)


def people_in(found):
    return [(one.kind.value, one.role.value, one.address) for one in found.participants]


@pytest.mark.parametrize(
    ("named", "gate", "owner"),
    [
        ([("author", "anna@acme.fi")], Gate.AUTHOR, ANNA),
        ([("author", "ANNA@Acme.FI")], Gate.AUTHOR, ANNA),
        ([("author", "anna+crm@acme.fi")], Gate.AUTHOR, ANNA),
        ([("author", "anna@acme.fi"), ("to", "bert@acme.fi")], Gate.AUTHOR, ANNA),
        ([("author", "x@y.example"), ("to", "z@y.example"), ("cc", "bert@acme.fi")], Gate.RECIPIENT, BERT),
        ([("author", "x@y.example"), ("to", "bert@acme.fi"), ("cc", "anna@acme.fi")], Gate.RECIPIENT, BERT),
        ([("author", "x@y.example"), ("delivered", "bert@acme.fi")], Gate.RECIPIENT, BERT),
        ([("author", "x@y.example"), ("bcc", "anna@acme.fi"), ("delivered", "bert@acme.fi")], Gate.RECIPIENT, ANNA),
        ([("author", "x@y.example"), ("to", "carl@globex.example")], None, None),
        ([("author", "carl@globex.example")], None, None),
    ],
)
def test_a_user_lets_the_message_in_and_owns_it(named, gate, owner):
    found = run(*named)
    assert (found.gate, found.owner) == (gate, owner)


def test_only_users_may_file_where_the_author_must_be_one():
    found = run(
        ("author", "x@y.example"),
        ("to", "anna@acme.fi"),
        rules=MatchRules(require_user_author=True, match_author_contact=True),
    )
    assert (found.gate, found.owner) == (None, None)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([("author", "anna@acme.fi"), ("cc", "anna@acme.fi")], []),
        ([("author", "anna@acme.fi"), ("to", "bert@acme.fi")], [("user", "to", "bert@acme.fi")]),
        (
            [("author", "x@y.example"), ("to", "anna@acme.fi"), ("cc", "bert@acme.fi")],
            [("external", "author", "x@y.example"), ("user", "cc", "bert@acme.fi")],
        ),
        (
            [("author", "anna@acme.fi"), ("to", "X@Y.example"), ("cc", "x@y.EXAMPLE")],
            [("external", "to", "X@Y.example")],
        ),
        ([("author", "anna@acme.fi"), ("to", "carl@globex.example")], [("contact", "to", "carl@globex.example")]),
        (
            [("author", "anna@acme.fi"), ("to", "carl.second@globex.example"), ("cc", "carl@globex.example")],
            [("contact", "to", "carl@globex.example")],
        ),
        ([("author", "anna@acme.fi"), ("delivered", "x@y.example")], []),
        ([("author", "anna@acme.fi"), ("delivered", "carl@globex.example")], []),
        ([("author", "anna@acme.fi"), ("delivered", "bert@acme.fi")], [("user", "delivered", "bert@acme.fi")]),
    ],
)
def test_everybody_takes_part_once_and_the_owner_not_again(named, expected):
    assert people_in(run(*named)) == expected


@pytest.mark.parametrize(
    ("named", "customer", "kinds"),
    [
        (
            [("author", "anna@acme.fi"), ("to", "carl@globex.example"), ("cc", "cleo@globex.example")],
            GLOBEX,
            {"contact"},
        ),
        ([("author", "carl@globex.example"), ("to", "anna@acme.fi")], GLOBEX, {"contact"}),
        (
            [("author", "anna@acme.fi"), ("to", "carl@globex.example"), ("cc", "iris@initech.example")],
            None,
            {"external"},
        ),
        ([("author", "anna@acme.fi"), ("to", "shared@x.example")], None, {"external"}),
        ([("author", "anna@acme.fi"), ("to", "shared@x.example"), ("cc", "carl@globex.example")], None, {"external"}),
        (
            [("author", "anna@acme.fi"), ("to", "x@y.example"), ("cc", "carl@globex.example")],
            GLOBEX,
            {"external", "contact"},
        ),
        ([("author", "anna@acme.fi"), ("to", "x@y.example")], None, {"external"}),
        ([("author", "anna@acme.fi"), ("to", "bert@acme.fi")], None, {"user"}),
    ],
)
def test_contacts_of_exactly_one_customer_link_it(named, customer, kinds):
    found = run(*named)
    assert found.customer == customer
    assert {one.kind.value for one in found.participants} == kinds


def test_in_doubt_the_candidates_are_kept_and_a_person_stays_one_participant():
    found = run(
        ("author", "anna@acme.fi"),
        ("to", "carl@globex.example"),
        ("cc", "carl.second@globex.example"),
        ("cc", "iris@initech.example"),
    )
    assert people_in(found) == [("external", "to", "carl@globex.example"), ("external", "cc", "iris@initech.example")]
    assert [(one.customer, one.address) for one in found.candidates] == [
        ("Globex Oy", "carl@globex.example"),
        ("Initech Ab", "iris@initech.example"),
    ]


def test_the_author_can_be_left_out_of_the_search_for_contacts():
    rules = MatchRules(require_user_author=False, match_author_contact=False)
    found = run(("author", "carl@globex.example"), ("to", "anna@acme.fi"), ("cc", "carl@globex.example"), rules=rules)
    assert found.customer is None
    assert people_in(found) == [("external", "author", "carl@globex.example")]
    assert (
        run(
            ("author", "carl@globex.example"), ("to", "anna@acme.fi"), ("cc", "iris@initech.example"), rules=rules
        ).customer
        == INITECH
    )


@given(
    st.permutations(
        ["anna@acme.fi", "carl@globex.example", "cleo@globex.example", "iris@initech.example", "x@y.example"]
    ),
    st.integers(1, 5),
)
def test_the_order_of_addresses_never_changes_customer_or_kinds(addresses, count):
    named = [("to", address) for address in addresses[:count]]
    one, other = run(("author", "bert@acme.fi"), *named), run(("author", "bert@acme.fi"), *reversed(named))
    assert one.customer == other.customer
    assert {(p.identity, p.kind) for p in one.participants} == {(p.identity, p.kind) for p in other.participants}


def test_own_addresses_are_no_correspondents_and_roles_go_in_order_of_precedence():
    read = message(
        "Delivered-To: bert@acme.fi",
        author="anna@acme.fi",
        to=["1.mycompany@in.example.com", "x@y.example", "catchall@in.example.com"],
    )
    named = correspondents_of(read, route_of("Delivered-To: bert@acme.fi", "To: 1.mycompany@in.example.com"), routing())
    assert [(role.value, one.address) for role, one in named] == [
        ("author", "anna@acme.fi"),
        ("to", "x@y.example"),
        ("delivered", "bert@acme.fi"),
    ]


def test_the_cap_keeps_those_who_were_recognised_and_the_order():
    found = run(
        ("author", "anna@acme.fi"),
        *(("to", f"x{number}@y.example") for number in range(5)),
        ("cc", "carl@globex.example"),
    )
    assert [one.address for one in within(found.participants, 3)] == [
        "x0@y.example",
        "x1@y.example",
        "carl@globex.example",
    ]
    assert within(found.participants, 100) == found.participants
