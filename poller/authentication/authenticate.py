"""Findings -> may the author use the From address? Positive, aligned evidence or nothing."""

from __future__ import annotations

from poller.authentication.dns import Resolver
from poller.authentication.findings import Findings, Identifier, Mechanism, Method, Result
from poller.authentication.gather import Submission, gather
from poller.authentication.remedy import explain_failure
from poller.authentication.verdict import Authentication
from poller.settings.model import AuthPolicy, AuthSettings


def authenticate(submission: Submission, auth: AuthSettings, resolver: Resolver) -> Authentication:
    """Gathers the facts, and judges: the first identifier that aligns is the evidence. Never raises."""
    findings = gather(submission, auth, resolver)
    needs_dkim = auth.policy is AuthPolicy.DKIM or _is_listed(findings.author_domain, auth.require_dkim_domains)
    enough = [one for one in findings.identifiers if not needs_dkim or one.method in {Method.DKIM, Method.EXCEPTION}]
    proof = next((one for one in enough if one.aligned), None)
    waiting = next((one for one in enough if one.aligned is None), None)
    accepted = proof is not None or auth.policy is AuthPolicy.MONITOR
    return Authentication(
        evidence=proof.mechanism if proof else Mechanism.NONE,
        spf=_spf_word(findings),
        dkim=_dkim_word(findings),
        dmarc=findings.dmarc.result,
        domain=proof.domain if proof else None,
        selector=proof.selector if proof else None,
        accepted=accepted,
        unavailable=waiting is not None and not accepted,
        why=_why(findings, proof, waiting, submission, needs_dkim=needs_dkim),
        findings=findings,
    )


def _is_listed(domain: str, listed: tuple[str, ...]) -> bool:
    """Or below a domain that is: whoever may not use the one name should not use another of the same owner."""
    return any(domain == one or domain.endswith(f".{one}") for one in listed)


def _why(
    findings: Findings,
    proof: Identifier | None,
    waiting: Identifier | None,
    submission: Submission,
    *,
    needs_dkim: bool,
) -> str:
    if proof:
        return _proven_by(proof)
    if waiting:
        return f"whether the author may use {findings.author_domain} cannot be known now: {waiting.why}"
    return explain_failure(findings, submission.trace, needs_dkim=needs_dkim)


def _proven_by(proof: Identifier) -> str:
    by = {
        Mechanism.DKIM: f"a DKIM signature of {proof.domain}, selector {proof.selector}, is valid",
        Mechanism.SPF: f"{proof.domain} lets the client send in its name (SPF)",
        Mechanism.AUTHRES: f"our server's Authentication-Results say that {proof.method} passed for {proof.domain}",
        Mechanism.ARC: f"a trusted ARC chain says that {proof.method} passed for {proof.domain}",
    }
    return by.get(proof.mechanism, proof.why)


def _spf_word(findings: Findings) -> Result:
    stamped = findings.results is not None and findings.results.mail_from is not None
    if stamped or findings.spf is None:
        return Result.PASS if stamped else Result.NONE
    return findings.spf.result


# Of several signatures the best counts: a list that adds its own, or breaks one of two, takes nothing away.
_BEST_FIRST = (Result.PASS, Result.TEMPERROR, Result.FAIL, Result.PERMERROR, Result.POLICY, Result.NEUTRAL)


def _dkim_word(findings: Findings) -> Result:
    if findings.results is not None and findings.results.dkim:
        return Result.PASS
    found = {one.result for one in findings.dkim}
    return next((result for result in _BEST_FIRST if result in found), Result.NONE)
