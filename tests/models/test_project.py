import pytest

from models.project import Project
from tests.models.making import goes_with, is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")


def test_a_number_is_given_once_in_an_organization():
    assert is_key(Project, "organization number_key")


def test_numbers_of_one_integer_are_several_projects():
    one = make(Project, number_key="1001", integer_key="1001")
    make(Project, number_key="01001", integer_key="1001", organization=one.organization)


def test_only_a_customer_and_an_integer_may_be_missing():
    assert nullable(Project) == "integer_key customer"


@pytest.mark.parametrize("column", ["organization", "customer"])
def test_what_has_a_project_stays(column):
    assert not goes_with(Project, column)


def test_a_number_has_no_largest():
    digits = "9" * 100
    make(Project, number_key=digits, integer_key=digits)
    assert Project.get(integer_key=digits).number_key == digits
