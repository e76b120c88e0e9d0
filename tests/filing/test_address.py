"""What an address asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.filing.address import Problem, parse_target
from poller.mail.fields.address import key_of
from tests.filing.making import organization, routing

ONE = routing()
SHARED = routing(dedicated=False)
TWO = routing(organization("company@in.example.com", key="a"), organization("my.company@in.example.com", key="b"))
OLD = routing(organization(retired=("oldname@in.example.com", "filing@old.example.com", "1.mycompany@in.example.com")))


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("1001.mycompany@in.example.com", "1001"),
        ("mycompany+1001@in.example.com", "1001"),
        ("MyCompany+1001@IN.Example.COM", "1001"),
        ("1001.MYCOMPANY@in.example.com", "1001"),
        ("2026.014.mycompany@in.example.com", "2026.014"),
        ("mycompany+2026.014@in.example.com", "2026.014"),
        ("ab-12_x.mycompany@in.example.com", "ab-12_x"),
        ("01001.mycompany@in.example.com", "01001"),
        ("1001.mycompany+anything@in.example.com", "1001"),
        ("1001.mycompany+2002@in.example.com", "1001"),
        ("mycompany.mycompany@in.example.com", "mycompany"),
        ("åäö.mycompany@in.example.com", "åäö"),
        ("mycompany@in.example.com", None),
        ("mycompany+@in.example.com", None),
        ("MYCOMPANY@IN.EXAMPLE.COM", None),
    ],
)
def test_an_address_with_the_prefix_asks_for_its_number_or_for_no_project(address, number):
    target = parse_target(key_of(address), ONE)
    assert (target.number, target.problem, target.organization.key) == (number, None, "")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (".mycompany@in.example.com", Problem.MALFORMED_NUMBER),
        ("1001..mycompany@in.example.com", Problem.MALFORMED_NUMBER),
        (".1001.mycompany@in.example.com", Problem.MALFORMED_NUMBER),
        ("10..01.mycompany@in.example.com", Problem.MALFORMED_NUMBER),
        ("1001mycompany@in.example.com", Problem.OTHER_PREFIX),
        ("mycompany+1001.@in.example.com", Problem.MALFORMED_NUMBER),
        ("mycompany+10+01@in.example.com", Problem.MALFORMED_NUMBER),
        ("mycompany.1001@in.example.com", Problem.OTHER_PREFIX),
        ("other@in.example.com", Problem.OTHER_PREFIX),
        ("1001.other@in.example.com", Problem.OTHER_PREFIX),
        ("xmycompany@in.example.com", Problem.OTHER_PREFIX),
        ("+1001@in.example.com", Problem.OTHER_PREFIX),
    ],
)
def test_an_address_of_ours_that_can_file_nothing_has_a_problem(address, problem):
    target = parse_target(address, ONE)
    assert (target.number, target.problem) == (None, problem)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("mycompany@example.com", False),
        ("1001.mycompany@elsewhere.example", False),
        ("mycompany@sub.in.example.com", False),
        ("other@in.example.com", False),
        ("xmycompany@in.example.com", False),
        ("1001.mycompany@in.example.com", True),
        ("1001..mycompany@in.example.com", True),
        ("1001mycompany@in.example.com", False),
    ],
)
def test_a_domain_with_other_mail_too_is_ours_only_where_a_prefix_says_so(address, ours):
    assert (parse_target(address, SHARED) is not None) is ours


@pytest.mark.parametrize(
    ("address", "key", "number"),
    [
        ("1001.company@in.example.com", "a", "1001"),
        ("1001.my.company@in.example.com", "b", "1001"),
        ("my.company@in.example.com", "b", None),
        ("your.company@in.example.com", "a", "your"),
        ("company+my@in.example.com", "a", "my"),
    ],
)
def test_the_longest_prefix_wins(address, key, number):
    target = parse_target(address, TWO)
    assert (target.organization.key, target.number, target.problem) == (key, number, None)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("oldname@in.example.com", Problem.RETIRED),
        ("1001.oldname@in.example.com", Problem.RETIRED),
        ("oldname+1001@in.example.com", Problem.RETIRED),
        ("filing@old.example.com", Problem.RETIRED),
        ("1001.filing@old.example.com", Problem.RETIRED),
        ("1.mycompany@in.example.com", Problem.RETIRED),
        ("2.mycompany@in.example.com", None),
    ],
)
def test_a_retired_address_is_known_in_all_its_forms(address, problem):
    assert parse_target(address, OLD).problem is problem


def test_another_address_at_a_retired_domain_is_not_ours():
    assert parse_target("anna@old.example.com", OLD) is None


@given(st.text(min_size=1, max_size=40), st.sampled_from([ONE, SHARED, TWO, OLD]))
def test_any_local_part_has_a_defined_meaning(local, settings):
    key = key_of(f"{local}@in.example.com")
    target = parse_target(key, settings) if key else None
    assert target is None or target.number is None or target.problem is None
