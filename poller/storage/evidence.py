"""What proved an author's right to the From address <-> a small document, so that the decision can stand later on.

What passed once stands: when the message is judged again, a key may be gone from the DNS for good.
"""

from __future__ import annotations

from typing import Any

from poller.authentication.findings import DmarcFinding, Findings, Mechanism, Result
from poller.authentication.verdict import Authentication


def to_evidence(authentication: Authentication) -> dict[str, object] | None:
    """None where nothing was proven, be the message filed or not: that is to be looked at anew."""
    if authentication.unverified or not authentication.accepted:
        return None
    return {
        "evidence": authentication.evidence,
        "spf": authentication.spf,
        "dkim": authentication.dkim,
        "dmarc": authentication.dmarc,
        "domain": authentication.domain,
        "selector": authentication.selector,
        "why": authentication.why,
        "author_domain": authentication.findings.author_domain,
        "return_path_proven": authentication.findings.return_path_proven,
    }


def from_evidence(evidence: dict[str, Any]) -> Authentication:
    """The verdict as it was; of the facts behind it only what later stages ask for."""
    return Authentication(
        evidence=Mechanism(evidence["evidence"]),
        spf=Result(evidence["spf"]),
        dkim=Result(evidence["dkim"]),
        dmarc=Result(evidence["dmarc"]),
        domain=evidence["domain"],
        selector=evidence["selector"],
        accepted=True,
        unavailable=False,
        why=evidence["why"],
        findings=Findings(
            author_domain=evidence["author_domain"],
            spf=None,
            dkim=(),
            dmarc=DmarcFinding(
                result=Result(evidence["dmarc"]),
                domain=None,
                strict_dkim=False,
                strict_spf=False,
                why="as it was found when the message was first judged",
            ),
            results=None,
            arc=None,
            identifiers=(),
            return_path_proven=evidence["return_path_proven"],
        ),
    )
