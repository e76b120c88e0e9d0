from dataclasses import replace

import pytest

from poller.notices.suppression import suppressed_by
from tests.filing.making import UNVERIFIED


@pytest.mark.parametrize(
    ("proven", "unavailable", "rule"),
    [(False, False, "Q15"), (True, False, None), (True, True, "Q16"), (False, True, "Q16")],
)
def test_a_notice_goes_only_to_an_address_whose_domain_was_proven(proven, unavailable, rule):
    findings = replace(UNVERIFIED.findings, return_path_proven=proven)
    found = replace(UNVERIFIED, findings=findings, unavailable=unavailable)
    assert suppressed_by(found) == rule
