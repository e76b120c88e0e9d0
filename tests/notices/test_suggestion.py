from dataclasses import replace

import pytest

from poller.notices.suggestion import suggest
from tests.cpu import cpu_within
from tests.filing.making import project


def projects(*numbers):
    return [project(number, place) for place, number in enumerate(numbers)]


@pytest.mark.parametrize(
    ("asked", "existing", "expected"),
    [
        ("1010", ["1001", "2002"], "1001"),  # neighbours transposed
        ("1002", ["1001", "2345"], "1001"),  # a digit off
        ("10011", ["1001", "2345"], "1001"),  # a digit too many
        ("10001", ["1001", "2345"], "1001"),
        ("2026.01", ["2026.014", "2025.3"], "2026.014"),  # a digit too few
        ("014", ["2026.014", "2026.015"], "2026.014"),  # the leading part left out
        ("2026014", ["2026.014", "2026.015"], "2026.014"),  # dots, blanks, zeros
        ("2026-014", ["2026.014", "2026.015"], "2026.014"),
        ("2026.14", ["2026.014", "2026.114"], "2026.014"),
        ("2026.0014", ["2026.014", "2026.114"], "2026.014"),
        ("2026.o14", ["2026.014", "2026.114"], "2026.014"),
        ("l00l", ["1001", "1002"], "1001"),
        ("1001", ["P 1001", "1002"], None),  # two fit equally well
        ("a-1001", ["A1001", "A1002"], "A1001"),
        ("1000", ["1001", "1002"], None),
        ("014", ["2025.014", "2026.014"], None),
        ("2026014", ["2026.014", "20.26014"], None),
        ("9999", ["1001", "2002"], None),
        ("13", ["12"], None),  # everything is near
        ("124", ["123"], None),
        ("1.4", ["14"], "14"),
        ("1001", [], None),
        ("1" * 33, ["1" * 32], None),
        ("---", ["1001"], None),
        ("", ["1001"], None),
    ],
)
def test_the_one_project_that_was_probably_meant(asked, existing, expected):
    found = suggest(asked, projects(*existing))
    assert (found.number if found else None) == expected


def test_the_same_reading_is_nearer_than_a_slip():
    assert suggest("2026.14", projects("2026.15", "2026.014")).number == "2026.014"


@pytest.mark.parametrize("state", ["closed", "archived"])
def test_only_open_projects_are_suggested(state):
    assert suggest("1010", [replace(project("1001"), state=state)]) is None
    assert suggest("1010", [project("1001"), replace(project("1011"), state=state)]).number == "1001"


def test_a_hundred_thousand_projects_take_little_time():
    many = projects(*(f"{2000 + place // 1_000}.{place % 1_000:03}" for place in range(100_000)))
    with cpu_within(1):
        assert suggest("2026014", many).number == "2026.014"
