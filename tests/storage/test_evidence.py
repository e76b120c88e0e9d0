import json
from dataclasses import replace

import pytest

from poller.authentication.findings import Mechanism, Result
from poller.storage.evidence import from_evidence, to_evidence
from tests.filing.making import UNVERIFIED

PASSED = replace(
    UNVERIFIED,
    evidence=Mechanism.DKIM,
    dkim=Result.PASS,
    dmarc=Result.PASS,
    domain="acme.fi",
    selector="s1",
    why="signed by acme.fi",
    findings=replace(UNVERIFIED.findings, author_domain="acme.fi", return_path_proven=True),
)


def test_what_was_proven_comes_back_as_it_was():
    back = from_evidence(json.loads(json.dumps(to_evidence(PASSED))))
    assert replace(back, findings=PASSED.findings) == PASSED
    assert (back.findings.author_domain, back.findings.return_path_proven) == ("acme.fi", True)
    assert to_evidence(back) == to_evidence(PASSED)


def test_where_nothing_was_proven_there_is_no_evidence_although_it_was_accepted():
    assert to_evidence(UNVERIFIED) is None


@pytest.mark.parametrize("unavailable", [False, True])
def test_what_was_not_accepted_is_no_evidence(unavailable):
    assert to_evidence(replace(PASSED, accepted=False, unavailable=unavailable)) is None
