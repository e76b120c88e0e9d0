"""An authentication -> what SPF, DKIM, DMARC and the others said and why, and which of it speaks for the author."""

from __future__ import annotations

from collections.abc import Iterator

from poller.authentication.findings import ArcFinding, DkimFinding, Findings, ResultsFinding, SpfFinding
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
        "spf": _spf(findings.spf) if findings.spf else None,
        "dkim": [_dkim(one) for one in findings.dkim],
        "dmarc": {
            "result": findings.dmarc.result,
            "domain": findings.dmarc.domain,
            "strict_dkim": findings.dmarc.strict_dkim,
            "strict_spf": findings.dmarc.strict_spf,
            "why": findings.dmarc.why,
        },
        "authentication_results": _results(findings.results) if findings.results else None,
        "arc": _arc(findings.arc) if findings.arc else None,
        "identifiers": list(_identifiers(findings)),
    }


def _spf(found: SpfFinding) -> Document:
    return {
        "result": found.result,
        "identity": found.identity,
        "domain": found.domain,
        "counts": found.counts,
        "why": found.why,
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
    return {
        "found": found.found,
        "dkim": [{"domain": domain, "selector": selector} for domain, selector in found.dkim],
        "mail_from": found.mail_from,
        "header_from": found.header_from,
        "why": found.why,
    }


def _arc(found: ArcFinding) -> Document:
    return {
        "result": found.result,
        "sealers": list(found.sealers),
        "results": _results(found.results) if found.results else None,
        "why": found.why,
    }


def _identifiers(findings: Findings) -> Iterator[Document]:
    for one in findings.identifiers:
        yield {
            "mechanism": one.mechanism,
            "method": one.method,
            "domain": one.domain,
            "selector": one.selector,
            "aligned": one.aligned,
            "why": one.why,
        }
