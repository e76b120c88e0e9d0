"""An authentication -> what SPF, DKIM, DMARC and the others said and why, and which of it speaks for the author."""

from __future__ import annotations

from dataclasses import asdict

from poller.authentication.findings import ArcFinding, DkimFinding, ResultsFinding
from poller.authentication.verdict import Authentication
from poller.settings.model import AuthSettings
from poller.storage.documents import Document


def authentication_document(found: Authentication, auth: AuthSettings) -> Document:
    findings = found.findings
    return {
        "author_domain": findings.author_domain,
        "policy": auth.policy,
        "require_dkim": findings.author_domain in auth.require_dkim_domains,
        "accepted": found.accepted,
        "unavailable": found.unavailable,
        "evidence": found.evidence,
        "domain": found.domain,
        "selector": found.selector,
        "why": found.why,
        "spf": findings.spf and asdict(findings.spf),
        "dkim": [_dkim(one) for one in findings.dkim],
        "dmarc": asdict(findings.dmarc),
        "authentication_results": findings.results and _results(findings.results),
        "arc": findings.arc and _arc(findings.arc),
        "identifiers": [asdict(one) for one in findings.identifiers],
    }


def _dkim(found: DkimFinding) -> Document:
    return {
        "result": found.result,
        "domain": found.domain,
        "selector": found.selector,
        "field": found.position + 1,
        "why": found.why,
    }


def _results(found: ResultsFinding) -> Document:
    signers = [{"domain": domain, "selector": selector} for domain, selector in found.dkim]
    return asdict(found) | {"dkim": signers}


def _arc(found: ArcFinding) -> Document:
    return asdict(found) | {"sealers": list(found.sealers), "results": found.results and _results(found.results)}
