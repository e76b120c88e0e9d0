"""A message, its trace and the DNS -> every fact about the author's right to the From address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from poller.authentication.arc import verify_chain
from poller.authentication.authres import trusted_results
from poller.authentication.content import BodyHashes
from poller.authentication.dkim import verify_signatures
from poller.authentication.dmarc import Alignment
from poller.authentication.dns import Resolver
from poller.authentication.findings import (
    ArcFinding,
    DkimFinding,
    Findings,
    Identifier,
    Mechanism,
    Method,
    Result,
    ResultsFinding,
    SpfFinding,
)
from poller.authentication.spf import check_spf
from poller.authentication.trace import Trace
from poller.mail.message import Message, Octets
from poller.settings.model import AuthPolicy, AuthSettings, AuthSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A message as it was delivered; `arrived` is INTERNALDATE.

    `source` is its octets, or in their stead what `body_hashes` made of them; None where only its header was fetched.
    """

    message: Message
    source: Octets | BodyHashes | None
    trace: Trace
    arrived: datetime

    @property
    def author_domain(self) -> str:
        """In A-labels and lower case; a message without an author is never authenticated."""
        return domain_of(self.message.author.key) if self.message.author else ""


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def gather(submission: Submission, auth: AuthSettings, resolver: Resolver) -> Findings:
    """Asks what the settings say is to be believed. DKIM comes first: it is what most mail is proven by."""
    alignment = Alignment(submission.author_domain, resolver)
    computed = auth.source is not AuthSource.AUTHRES
    dkim = _dkim(submission, auth, alignment, resolver) if computed else ()
    results = trusted_results(submission.message.header, submission.trace, auth) if auth.authserv_ids else None
    arc = _arc(submission, auth, resolver)
    proven_here = (*_exempt(submission, auth), *_of_dkim(dkim, alignment))
    told = (*_of_results(results, Mechanism.AUTHRES, alignment), *_of_arc(arc, alignment))
    # Where nothing else proves the author, a sender who cannot speak for the author may let us wait for nothing.
    harmless = auth.policy is AuthPolicy.MONITOR or any(one.aligned for one in (*proven_here, *told))
    spf = _spf(submission, resolver, lambda domain: harmless or alignment.could_align(domain)) if computed else None
    identifiers = (*proven_here, *_of_spf(spf, alignment), *told)
    findings = Findings(
        author_domain=submission.author_domain,
        spf=spf,
        dkim=dkim,
        dmarc=alignment.policy(passed=_passed(identifiers)),
        results=results,
        arc=arc,
        identifiers=identifiers,
    )
    sender = Alignment(domain_of(submission.trace.mail_from or ""), resolver)
    return replace(findings, return_path_proven=_reaches(sender, findings, submission, auth, resolver))


def _reaches(
    sender: Alignment, findings: Findings, submission: Submission, auth: AuthSettings, resolver: Resolver
) -> bool:
    """Whether the envelope sender's own domain passed. Its signatures are verified only where that can matter."""
    spf, results = findings.spf, findings.results
    if spf and spf.counts and spf.identity == "mailfrom":
        return True
    if results and sender.author and results.mail_from == sender.author:
        return True
    signers = [one.domain for one in findings.dkim if one.result is Result.PASS and one.domain]
    signers += [domain for domain, _ in results.dkim] if results else []
    if any(sender.could_align(domain) for domain in signers):
        return True
    if not sender.author or not findings.dkim or not any(one.aligned for one in findings.identifiers):
        return False
    again = _dkim(submission, auth, sender, resolver)
    return any(one.result is Result.PASS for one in again)


def _passed(identifiers: tuple[Identifier, ...]) -> bool | None:
    """Whether something speaks for the author; None when that is open. An exemption is our own word, not DMARC's."""
    aligned = {one.aligned for one in identifiers if one.mechanism is not Mechanism.EXCEPTION}
    return True if True in aligned else None if None in aligned else False


def _dkim(
    submission: Submission, auth: AuthSettings, alignment: Alignment, resolver: Resolver
) -> tuple[DkimFinding, ...]:
    """Verifies the signatures that could speak for the alignment's domain."""
    if submission.source is None:
        return ()

    def rank(domain: str) -> int | None:
        if domain == alignment.author:
            return 0
        return 1 if alignment.could_align(domain) else None

    return verify_signatures(
        submission.message.header,
        submission.source,
        rank=rank,
        resolver=resolver,
        at=submission.arrived,
        most=auth.dkim_max_signatures,
    )


def _spf(submission: Submission, resolver: Resolver, wanted: Callable[[str], bool]) -> SpfFinding:
    trace = submission.trace
    client, helo = (trace.border.client, trace.border.helo) if trace.border else (None, None)
    return check_spf(client, trace.mail_from, helo, resolver, wanted)


def _arc(submission: Submission, auth: AuthSettings, resolver: Resolver) -> ArcFinding | None:
    if not auth.arc_sealers or submission.source is None:
        return None
    return verify_chain(
        submission.message.header,
        submission.source,
        sealers=auth.arc_sealers,
        resolver=resolver,
        at=submission.arrived,
    )


def _exempt(submission: Submission, auth: AuthSettings) -> Iterator[Identifier]:
    client = submission.trace.border.client if submission.trace.border else None
    for one in auth.unauthenticated_ok:
        if one.domain == submission.author_domain and client is not None and client in one.network:
            yield Identifier(
                mechanism=Mechanism.EXCEPTION,
                method=Method.EXCEPTION,
                domain=one.domain,
                selector=None,
                aligned=True,
                why=f"UNAUTHENTICATED_OK lets {client} use {one.domain}",
            )


def _of_dkim(findings: tuple[DkimFinding, ...], alignment: Alignment) -> Iterator[Identifier]:
    for one in findings:
        if one.domain is None:
            continue
        if one.result is Result.PASS:
            yield _identifier(Mechanism.DKIM, Method.DKIM, one.domain, alignment, selector=one.selector)
        elif one.result is Result.TEMPERROR:
            yield _open(Mechanism.DKIM, Method.DKIM, one.domain, alignment, one.why, selector=one.selector)


def _of_spf(finding: SpfFinding | None, alignment: Alignment) -> Iterator[Identifier]:
    if finding is None or finding.domain is None:
        return
    if finding.counts:
        yield _identifier(Mechanism.SPF, Method.SPF, finding.domain, alignment)
    elif finding.result is Result.TEMPERROR:
        yield _open(Mechanism.SPF, Method.SPF, finding.domain, alignment, finding.why)


def _of_results(finding: ResultsFinding | None, mechanism: Mechanism, alignment: Alignment) -> Iterator[Identifier]:
    if finding is None or not finding.found:
        return
    for domain, selector in finding.dkim:
        yield _identifier(mechanism, Method.DKIM, domain, alignment, selector=selector)
    if finding.header_from == alignment.author:
        # That server judged alignment itself.
        yield Identifier(
            mechanism=mechanism,
            method=Method.DMARC,
            domain=alignment.author,
            selector=None,
            aligned=True,
            why=f"DMARC passed for {alignment.author}",
        )
    if finding.mail_from:
        yield _identifier(mechanism, Method.SPF, finding.mail_from, alignment)


def _of_arc(finding: ArcFinding | None, alignment: Alignment) -> Iterator[Identifier]:
    if finding is None:
        return
    if finding.result is Result.PASS:
        yield from _of_results(finding.results, Mechanism.ARC, alignment)
    elif finding.result is Result.TEMPERROR:
        # What the first sealer saw is not known before the chain is: it may well have been evidence.
        yield _open(Mechanism.ARC, Method.DKIM, alignment.author, alignment, finding.why)


def _identifier(
    mechanism: Mechanism, method: Method, domain: str, alignment: Alignment, *, selector: str | None = None
) -> Identifier:
    judged = alignment.judge(domain, strict_by_spf=method is Method.SPF)
    return Identifier(
        mechanism=mechanism, method=method, domain=domain, selector=selector, aligned=judged.aligned, why=judged.why
    )


def _open(
    mechanism: Mechanism, method: Method, domain: str, alignment: Alignment, why: str, *, selector: str | None = None
) -> Identifier:
    """What failed temporarily stays open, unless it could not have spoken for the author anyhow."""
    judged = _identifier(mechanism, method, domain, alignment, selector=selector)
    return judged if judged.aligned is False else replace(judged, aligned=None, why=why)
