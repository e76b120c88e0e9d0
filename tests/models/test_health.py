import pytest

from models.health import Health
from tests.models.making import is_key, make, nullable

pytestmark = pytest.mark.usefixtures("tables")


def test_each_service_is_there_once():
    assert is_key(Health, "name")


def test_before_its_first_poll_nothing_is_known_but_that_it_runs():
    assert nullable(Health) == "polled_at trouble"
    assert Health.get_by_id(make(Health)).failures == 0
