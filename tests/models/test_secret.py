import pytest

from models.secret import Secret
from tests.models.making import is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")


def test_a_name_has_one_value():
    assert is_key(Secret, "name")


def test_nothing_may_be_null():
    assert nullable(Secret) == ""


def test_octets_come_back_as_they_were():
    value = bytes(range(256))
    assert bytes(Secret.get_by_id(make(Secret, value=value)).value) == value
