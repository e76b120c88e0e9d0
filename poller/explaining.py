"""A judged message -> the whole decision as one document, with the place where each fact was found. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poller.authentication.findings import ArcFinding, DkimFinding, Findings, ResultsFinding, SpfFinding
from poller.authentication.received import Hop
from poller.authentication.trace import Trace
from poller.authentication.verdict import Authentication
from poller.filing.judged import Judged
from poller.filing.match import Match
from poller.filing.reasons import Outcome
from poller.filing.route import Routed
from poller.filing.rules import DECIDING, SCREENING, Evidence, Screened
from poller.filing.settlement import settlement_of
from poller.settings import Settings
from poller.storage.documents import rfc3339

Document = dict[str, Any]


def explanation_of(judged: Judged, settings: Settings, *, already: int | None) -> Document:
    """`already` is the activity that this content was filed as before, if it was. Positions count fields from 0."""
    decision, screened, evidence = judged.decision, judged.screened, judged.evidence
    known = already is not None and decision.outcome is Outcome.FILED
    outcome = Outcome.DUPLICATE if known else decision.outcome
    settlement = settlement_of(outcome, settings.folders)
    document: Document = {
        "outcome": outcome,
        "reason": decision.reason.slug if decision.reason else None,
        "reasons": [reason.slug for reason in decision.hits],
        "detail": decision.detail,
        "folder": settlement.folder if settlement else None,
        "activity": already,
    }
    if screened:
        document |= _screened(judged, screened)
    if evidence:
        document |= _evidence(evidence)
    return document


def _screened(judged: Judged, screened: Screened) -> Document:
    message, route = screened.message, screened.route
    return {
        "message": {
            "author": message.author and {"name": message.author.name, "address": message.author.address},
            "subject": message.subject,
            "message_id": message.message_id,
            "received": rfc3339(judged.fetched.internal_date),
            "size": judged.fetched.size,
            "identity": message.identity,
            "malformed": message.malformed,
            "defects": list(message.defects),
            "files": [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in message.attachments],
        },
        "organization": route.organization.filing_address.prefix if route.organization else None,
        "recipients": [_recipient(one) for one in route.targets],
        "trace": _trace(screened.trace),
        "rules": list(_rules(screened, judged.evidence)),
    }


def _evidence(evidence: Evidence) -> Document:
    destination = evidence.destination
    return {
        "authentication": _authentication(evidence.authentication),
        "projects": [
            {"number": one.number, "name": one.name, "state": one.state, "customer": one.customer and one.customer.name}
            for one in destination.projects
        ],
        "refused": [
            {"address": one.address, "reason": one.reason.slug, "why": one.detail} for one in destination.refused
        ],
        "unknown_projects": list(destination.unknown),
        "people": _people(evidence.match),
    }


def _recipient(routed: Routed) -> Document:
    """Which project an address means, and which field it was found in."""
    target, found = routed.target, routed.provenance
    return {
        "address": target.address,
        "number": target.number,
        "problem": target.problem.name.lower().replace("_", "-") if target.problem else None,
        "header": found.header,
        "position": found.position,
        "trusted": found.trusted,
    }


def _trace(trace: Trace) -> Document:
    return {
        "mail_from": trace.mail_from,
        "border": _hop(trace.border) | {"position": trace.border_position} if trace.border else None,
        "trusted_fields": trace.boundary,
        "hops": [_hop(hop) for hop in trace.hops],
    }


def _hop(hop: Hop) -> Document:
    return {
        "by": hop.by,
        "protocol": hop.protocol,
        "client": str(hop.client) if hop.client else None,
        "helo": hop.helo,
        "for": hop.recipient,
    }


def _authentication(found: Authentication) -> Document:
    findings = found.findings
    return {
        "accepted": found.accepted,
        "evidence": found.evidence,
        "domain": found.domain,
        "selector": found.selector,
        "why": found.why,
        "author_domain": findings.author_domain,
        "spf": _spf(findings.spf),
        "dkim": [_dkim(one) for one in findings.dkim],
        "dmarc": {"result": findings.dmarc.result, "domain": findings.dmarc.domain, "why": findings.dmarc.why},
        "authentication_results": _results(findings.results),
        "arc": _arc(findings.arc),
        "identifiers": list(_identifiers(findings)),
    }


def _spf(found: SpfFinding | None) -> Document | None:
    return (
        None
        if found is None
        else {
            "result": found.result,
            "identity": found.identity,
            "domain": found.domain,
            "counts": found.counts,
            "why": found.why,
        }
    )


def _dkim(found: DkimFinding) -> Document:
    return {
        "result": found.result,
        "domain": found.domain,
        "selector": found.selector,
        "position": found.position,
        "why": found.why,
    }


def _results(found: ResultsFinding | None) -> Document | None:
    return (
        None
        if found is None
        else {
            "found": found.found,
            "dkim": [{"domain": domain, "selector": selector} for domain, selector in found.dkim],
            "mail_from": found.mail_from,
            "header_from": found.header_from,
            "why": found.why,
        }
    )


def _arc(found: ArcFinding | None) -> Document | None:
    return None if found is None else {"result": found.result, "sealers": list(found.sealers), "why": found.why}


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


def _people(match: Match) -> Document:
    return {
        "gate": match.gate,
        "owner": match.owner and {"name": match.owner.name, "address": match.owner.address},
        "customer": match.customer and match.customer.name,
        "participants": [
            {"kind": one.kind, "role": one.role, "name": one.name, "address": one.address} for one in match.participants
        ],
        "candidates": [
            {"customer": one.customer, "name": one.name, "address": one.address} for one in match.candidates
        ],
    }


def _rules(screened: Screened, evidence: Evidence | None) -> Iterator[Document]:
    """Each rule in the order of deciding, and whether it holds; those that were not asked are left out."""
    for screening in SCREENING:
        yield {"rule": screening.__name__.replace("_", "-"), "holds": screening(screened) is not None}
    if evidence:
        for deciding in DECIDING:
            yield {"rule": deciding.__name__.replace("_", "-"), "holds": deciding(evidence) is not None}
