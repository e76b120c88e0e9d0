"""Where the recipient is written, what of it is believed, and to whom a copy belongs."""

import pytest

from poller.filing.route import Provenance, is_ours
from tests.filing.making import organization, route_of, routing

BORDER = "Received: from a (a [192.0.2.1]) by mx.example.com with ESMTPS for <1001.mycompany@in.example.com>; x"
FOREIGN = "Received: from a (a [192.0.2.2]) by mta.foreign.example with SMTP for <1005.mycompany@in.example.com>; x"
ACME, OTHER = organization(), organization("globex@in.example.com", key="globex")


def addresses(route):
    return [one.target.address.partition("@")[0] for one in route.targets]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["X-Original-To: 1001.mycompany@in.example.com"], ["1001.mycompany"]),
        (["Delivered-To: 1001.mycompany@in.example.com"], ["1001.mycompany"]),
        (
            ["Envelope-To: <1001.mycompany@in.example.com>, mycompany+2@in.example.com"],
            ["1001.mycompany", "mycompany+2"],
        ),
        (["Resent-To: 1001.mycompany@in.example.com"], ["1001.mycompany"]),
        (["Resent-Cc: A <1001.mycompany@in.example.com>"], ["1001.mycompany"]),
        (["X-Forwarded-To: 1001.mycompany@in.example.com"], ["1001.mycompany"]),
        (["To: Filing <1001.mycompany@in.example.com>"], ["1001.mycompany"]),
        (["Cc: x@y.example, 1001.mycompany@in.example.com"], ["1001.mycompany"]),
        (["Bcc: 1001.mycompany@in.example.com"], ["1001.mycompany"]),
        (["To: 1.mycompany@in.example.com", "To: 2.mycompany@in.example.com"], ["1.mycompany", "2.mycompany"]),
        (
            ["To: 2.mycompany@in.example.com", "X-Original-To: 1.mycompany@in.example.com"],
            ["1.mycompany", "2.mycompany"],
        ),
        (["Delivered-To: catchall@in.example.com", "To: anna@acme.fi"], []),
        (["Delivered-To: CatchAll@in.example.com", "To: 1.mycompany@in.example.com"], ["1.mycompany"]),
        (["To: catchall@in.example.com"], []),
        (["Delivered-To: catchall+spam@in.example.com", "X-Original-To: 1.mycompany@in.example.com"], ["1.mycompany"]),
        (["To: notices@in.example.com"], []),
        (["Reply-To: 1001.mycompany@in.example.com"], []),
        (["Subject: 1001.mycompany@in.example.com"], []),
        (["To: anna@acme.fi"], []),
        (["To: undisclosed-recipients:;"], []),
        ([], []),
    ],
)
def test_every_filing_address_in_a_recipient_field_counts_once(lines, expected):
    assert addresses(route_of(*lines)) == expected


@pytest.mark.parametrize(
    ("lines", "ours", "expected"),
    [
        (["X-Original-To: 1.mycompany@in.example.com"], (), ("x-original-to", 0, True)),
        (["X-Original-To: 1.mycompany@in.example.com", FOREIGN], (), ("x-original-to", 0, True)),
        ([FOREIGN, "X-Original-To: 1.mycompany@in.example.com"], (), ("x-original-to", 1, False)),
        ([BORDER, "X-Original-To: 1001.mycompany@in.example.com"], ("mx.example.com",), ("received", 0, True)),
        ([BORDER, "To: 1001.mycompany@in.example.com"], ("mx.example.com",), ("received", 0, True)),
        ([BORDER, "To: 1001.mycompany@in.example.com"], (), ("to", 1, False)),
        (["To: 1.mycompany@in.example.com"], (), ("to", 0, True)),
        (
            ["Delivered-To: 1.mycompany@in.example.com", FOREIGN, "X-Original-To: 1.mycompany@in.example.com"],
            (),
            ("delivered-to", 0, True),
        ),
    ],
)
def test_the_strongest_evidence_is_recorded_and_trusted_goes_first(lines, ours, expected):
    name, position, trusted = expected
    route = route_of(*lines, ours=ours)
    assert route.targets[0].provenance == Provenance(header=name, position=position, trusted=trusted)


@pytest.mark.parametrize(
    ("lines", "ours", "expected"),
    [
        ([BORDER], ("mx.example.com",), ["1001.mycompany"]),
        ([BORDER, FOREIGN], ("mx.example.com",), ["1001.mycompany"]),
        ([FOREIGN], ("mx.example.com",), []),
        ([BORDER], (), []),
    ],
)
def test_the_for_clause_counts_inside_the_trust_boundary_only(lines, ours, expected):
    assert addresses(route_of(*lines, ours=ours)) == expected


@pytest.mark.parametrize("login", ["mycompany@in.example.com", "mycompany"])
def test_a_login_that_is_the_filing_address_says_nothing_in_delivered_to_and_something_elsewhere(login):
    settings = routing(login=login)
    assert not route_of("Delivered-To: mycompany@in.example.com", settings=settings).targets
    assert addresses(route_of("To: mycompany@in.example.com", settings=settings)) == ["mycompany"]
    with_number = route_of("Delivered-To: mycompany+1001@in.example.com", settings=settings)
    assert addresses(with_number) == ["mycompany+1001"]


@pytest.mark.parametrize(
    ("lines", "key", "expected"),
    [
        (["X-Original-To: 1.globex@in.example.com", "To: 2.mycompany@in.example.com"], "globex", ["1.globex"]),
        (["X-Original-To: 2.mycompany@in.example.com", "To: 1.globex@in.example.com"], "", ["2.mycompany"]),
        (["X-Original-To: nobody@in.example.com", "To: 1.globex@in.example.com"], "globex", ["nobody", "1.globex"]),
        (["X-Original-To: nobody@in.example.com"], "", ["nobody"]),
    ],
)
def test_a_copy_belongs_to_the_organization_of_its_best_evidenced_address(lines, key, expected):
    route = route_of(*lines, settings=routing(ACME, OTHER))
    assert (route.organization.key, addresses(route)) == (key, expected)


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (["X-Original-To: 1.globex@in.example.com"], "globex"),
        (["X-Original-To: nobody@in.example.com", "To: 1.globex@in.example.com"], "globex"),
        (["X-Original-To: nobody@in.example.com"], None),
        ([], None),
    ],
    ids=range(4),
)
def test_mail_to_nobodys_address_is_no_organizations(lines, key):
    addressee = route_of(*lines, settings=routing(ACME, OTHER)).addressee
    assert (addressee and addressee.key) == key


def test_the_delivery_fields_are_kept_for_recognising_users():
    route = route_of("Delivered-To: anna@acme.fi", "X-Original-To: 1.mycompany@in.example.com", "To: bert@acme.fi")
    assert {one.key for one in route.delivered} == {"anna@acme.fi", "1.mycompany@in.example.com"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("1001.mycompany@in.example.com", True),
        ("mycompany@in.example.com", True),
        ("old@in.example.com", True),
        ("whatever@in.example.com", True),
        ("catchall@in.example.com", True),
        ("notices@in.example.com", True),
        ("anna@acme.fi", False),
    ],
)
def test_our_own_addresses_take_no_part(address, expected):
    assert is_ours(address, routing(organization(retired=("old@in.example.com",)))) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("filing+box@acme.fi", True),
        ("notices+mailfiler@acme.fi", True),
        ("filing@acme.fi", False),
        ("notices+anna@acme.fi", False),
    ],
)
def test_our_own_addresses_may_have_subaddresses(address, expected):
    settings = routing(login="filing+box@acme.fi", notices=("notices+mailfiler@acme.fi",))
    assert is_ours(address, settings) is expected
