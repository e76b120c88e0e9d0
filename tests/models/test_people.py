import pytest

from models.people import Contact, ContactAddress, Customer, User, UserAddress
from tests.models.making import goes_with, is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")
TABLES = [User, UserAddress, Customer, Contact, ContactAddress]


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (User, "organization key"),
        (UserAddress, "organization address_key"),
        (Customer, "organization key"),
        (Contact, "organization key"),
        (ContactAddress, "contact address_key"),
    ],
)
def test_what_must_not_be_twice(model, columns):
    assert is_key(model, columns)


@pytest.mark.parametrize("model", TABLES)
def test_nothing_may_be_null(model):
    assert nullable(model) == ""


@pytest.mark.parametrize(
    ("model", "column", "goes"),
    [
        *((model, "organization", False) for model in TABLES),
        (UserAddress, "user", True),
        (Contact, "customer", False),
        (ContactAddress, "contact", True),
    ],
)
def test_an_address_goes_with_its_person_and_nothing_else_goes(model, column, goes):
    assert goes_with(model, column) is goes


@pytest.mark.parametrize("model", [User, Customer, Contact])
def test_an_administrators_key_is_taken_as_it_is_written(model):
    one = make(model, key="a")
    other = make(model, key="A", organization=one.organization)
    assert model.get(key="a") == one != other


@pytest.mark.parametrize("model", [User, Contact])
def test_a_person_is_active_unless_told_otherwise(model):
    assert model.get_by_id(make(model).id).active is True
