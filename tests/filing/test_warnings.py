import pytest
from hypothesis import given
from hypothesis import strategies as st

from poller.filing.address import parse_target
from poller.filing.warnings import (
    cut_participants,
    cut_participants_of_copy,
    other_customers,
    says_cut,
    says_other_customers,
    unknown_number,
    unknown_project,
)
from tests.filing.making import GLOBEX, INITECH, project, routing


@given(st.text(min_size=1, max_size=20))
def test_a_number_that_an_address_can_have_is_read_again_as_it_was(text):
    target = parse_target(f"{text}.mycompany@in.example.com", routing())
    if target and target.number:
        assert unknown_number(unknown_project(target.number)) == target.number


@pytest.mark.parametrize(
    "warning",
    [
        "in the message: there is no project 7: stored without it (UNKNOWN_PROJECT)",
        "there is no project 7",
        "project 7 belongs to Globex, the contacts to Initech",
        "",
    ],
)
def test_no_other_warning_names_an_unknown_number(warning):
    assert unknown_number(warning) is None


@pytest.mark.parametrize(
    ("warning", "expected"),
    [
        (cut_participants(3, 203), True),
        (cut_participants_of_copy(2), True),
        (f"in the message: {cut_participants(3, 203)}", False),
        (unknown_project("7"), False),
    ],
)
def test_who_was_not_stored_is_known_by_its_words(warning, expected):
    assert says_cut(warning) is expected


def test_projects_without_a_customer_or_of_the_same_one_are_not_warned_of():
    projects = (project("7"), project("8", customer=GLOBEX), project("9", customer=INITECH))
    (warning,) = other_customers(projects, GLOBEX)
    assert warning == "project 9 belongs to Initech Ab, the contacts to Globex Oy"
    assert says_other_customers(warning)
    assert not says_other_customers(f"in the message: {warning}")
    assert list(other_customers(projects, None)) == []
