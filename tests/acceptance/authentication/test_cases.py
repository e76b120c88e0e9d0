"""Every attack and every legitimate message, through the program, with a real DNS."""

from __future__ import annotations

import pytest

from tests.acceptance.authentication.case import Case
from tests.acceptance.authentication.cases import FAMILIES
from tests.acceptance.authentication.judging import Judge


def entries() -> list[object]:
    return [
        pytest.param(case, id=f"{family}: {case.name}".replace(" ", "-"))
        for family, cases in FAMILIES.items()
        for case in cases
    ]


@pytest.mark.parametrize("case", entries())
def test_it_is_judged_as_its_rule_says(case: Case, judge: Judge) -> None:
    verdict, expected = judge(case), case.expected
    assert verdict.outcome == expected.outcome, verdict
    assert not expected.reasons or verdict.reason in expected.reasons, verdict
    if expected.evidence:
        assert verdict.evidence in expected.evidence, verdict
        assert verdict.evidence in {"none", "exception"} or verdict.domain == expected.domain, verdict
    assert verdict.seconds < case.seconds, verdict


def test_no_two_cases_of_a_family_have_one_name() -> None:
    for family, cases in FAMILIES.items():
        names = [case.name for case in cases]
        assert len(names) == len(set(names)), family
