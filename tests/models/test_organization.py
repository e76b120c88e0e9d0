import pytest

from models.organization import ActivityType, Organization
from tests.models.making import goes_with, is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")


@pytest.mark.parametrize(("model", "columns"), [(Organization, "key"), (ActivityType, "organization name")])
def test_what_must_not_be_twice(model, columns):
    assert is_key(model, columns)


@pytest.mark.parametrize("model", [Organization, ActivityType])
def test_nothing_may_be_null(model):
    assert nullable(model) == ""


def test_an_organization_with_an_activity_type_stays():
    assert not goes_with(ActivityType, "organization")


def test_the_organization_of_the_main_file_has_an_empty_key():
    main = make(Organization, key="")
    assert Organization.get(key="") == main
