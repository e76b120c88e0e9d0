import pytest

from poller.errors import ConfigurationError, Transient


@pytest.mark.parametrize("problems", [(), ("one",), ("one", "two")])
def test_a_configuration_error_is_its_problems_one_on_a_line(problems):
    error = ConfigurationError(*problems)
    assert (error.problems, str(error).split("\n")) == (problems, list(problems) or [""])


def test_later_and_misconfigured_are_never_taken_for_each_other():
    assert not issubclass(Transient, ConfigurationError)
    assert not issubclass(ConfigurationError, Transient)
