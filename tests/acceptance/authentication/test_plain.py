"""The cases against plain dkimpy and pyspf: what claims a good signature or SPF record has one."""

from __future__ import annotations

import pytest

from tests.acceptance.authentication.case import Case
from tests.acceptance.authentication.cases import FAMILIES, budgets
from tests.acceptance.authentication.plain import arc_result, dkim_results, spf_result

CASES = [
    pytest.param(case, id=f"{family}: {case.name}".replace(" ", "-"))
    for family, cases in FAMILIES.items()
    if cases is not budgets.CASES  # dkimpy would take minutes
    for case in cases
]


def only(condition):
    return [one for one in CASES if condition(one.values[0])]


@pytest.mark.parametrize("case", only(lambda case: case.plain))
def test_dkimpy_says_of_the_first_signature_what_the_case_claims(case: Case) -> None:
    assert dkim_results(case.mail.source(), case.records)[0] == (case.plain == "pass")


@pytest.mark.parametrize("case", only(lambda case: case.expected.evidence == ("dkim",) and not case.plain))
def test_dkimpy_verifies_what_is_to_be_accepted_by_dkim(case: Case) -> None:
    assert any(dkim_results(case.mail.source(), case.records))


@pytest.mark.parametrize("case", only(lambda case: case.expected.evidence == ("dkim", "spf")))
def test_both_verify_where_either_may_be_the_evidence(case: Case) -> None:
    assert any(dkim_results(case.mail.source(), case.records))
    assert spf_result(case) == "pass"


@pytest.mark.parametrize("case", only(lambda case: case.plain_spf))
def test_pyspf_says_what_the_case_claims(case: Case) -> None:
    assert spf_result(case) == case.plain_spf


@pytest.mark.parametrize("case", only(lambda case: case.expected.evidence == ("spf",) and "FROM" not in case.name))
def test_pyspf_passes_what_is_to_be_accepted_by_spf(case: Case) -> None:
    assert spf_result(case) == "pass"


@pytest.mark.parametrize("case", only(lambda case: "arc" in case.expected.evidence))
def test_dkimpy_verifies_the_chains_that_are_to_be_believed(case: Case) -> None:
    assert arc_result(case.mail.source(), case.records) == "pass"
