"""Why nothing proved the author's right, and how the author's domain can mend it: words to pass on."""

from __future__ import annotations

from dataclasses import dataclass

from poller.authentication.findings import DkimFinding, Findings, Method, Result
from poller.authentication.suffixes import registrable
from poller.authentication.trace import Trace

_TOLD = 3  # signatures, or their domains, that a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What a mechanism lacks, and what the author's domain should do about it; None where it can do nothing."""

    missing: str
    remedy: str | None


def explain_failure(findings: Findings, trace: Trace, *, needs_dkim: bool) -> str:
    """Findings without evidence -> what was missing, and who can add it, in one sentence without a full stop."""
    author = findings.author_domain
    told = [one.why for one in (findings.results, findings.arc) if one]
    if findings.spf is None:
        return f"{'; '.join(told)}: {author} should sign its mail with DKIM in its own name"
    dkim = _dkim_gap(findings)
    gaps = [dkim] if needs_dkim else [_spf_gap(findings, trace), dkim]
    missing = "; ".join([", and ".join(gap.missing for gap in gaps), *told])
    remedies = [gap.remedy for gap in reversed(gaps) if gap.remedy]
    return f"{missing}: {author} should {', or '.join(remedies)}"


def _spf_gap(findings: Findings, trace: Trace) -> Gap:
    spf, author = findings.spf, findings.author_domain
    if spf is None or trace.border is None:
        why = "no Received field shows which client our server took it from, so that SPF says nothing (OUR_MTA_NAMES)"
        return Gap(missing=why, remedy=None)
    if trace.mail_from is None:
        why = "our server noted no envelope sender beyond doubt, so that SPF says nothing (ENVELOPE_FROM_HEADER)"
        return Gap(missing=why, remedy=None)
    other = f"send with an envelope sender of {author} from a server that its SPF record names"
    if spf.domain is None:
        return Gap(missing=spf.why, remedy=other)
    if not _same_owner(spf.domain, author):
        why = f"the envelope sender's domain is {spf.domain}, which does not speak for {author}"
        return Gap(missing=why, remedy=other)
    if spf.counts:
        return Gap(missing=_why_apart(findings, Method.SPF), remedy=other)
    if spf.result is Result.PERMERROR:
        return Gap(missing=spf.why, remedy=f"have the SPF record of {spf.domain} mended")
    named = f"name {trace.border.client} in the SPF record of {spf.domain} if that server is its own"
    if spf.result is Result.PASS:
        return Gap(missing=f"{spf.why}, which proves nothing", remedy=named)
    return Gap(missing=f"{spf.domain} publishes no SPF record that names {trace.border.client}", remedy=named)


def _dkim_gap(findings: Findings) -> Gap:
    author = findings.author_domain
    own = [one for one in findings.dkim if one.domain and _same_owner(one.domain, author)]
    if any(one.result is Result.PASS for one in own):
        return Gap(missing=_why_apart(findings, Method.DKIM), remedy=f"sign its mail with DKIM as d={author}")
    if own:
        why = f"the DKIM signature of {author} proves nothing: {_listed([_said(one) for one in own], '; ')}"
        return Gap(missing=why, remedy="have its DKIM signature mended, or find out who changes its mail on the way")
    sign = "sign its mail with DKIM in its own name"
    if any(one.domain is None for one in findings.dkim):
        return Gap(missing=f"the message carries no DKIM signature of {author} that can be read", remedy=sign)
    others = sorted({one.domain for one in findings.dkim if one.domain})
    only = f", only of {_listed(others, ', ')}" if others else ""
    return Gap(missing=f"the message carries no DKIM signature of {author}{only}", remedy=sign)


def _why_apart(findings: Findings, method: Method) -> str:
    """It passed, and yet does not speak for the author."""
    return next(one.why for one in findings.identifiers if one.method is method and one.aligned is False)


def _listed(words: list[str], separator: str) -> str:
    """A message may carry a thousand signatures."""
    more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
    return separator.join(words[:_TOLD]) + more


def _said(one: DkimFinding) -> str:
    return f"d={one.domain}, s={one.selector or 'missing'}: {one.why}"


def _same_owner(domain: str, author: str) -> bool:
    return domain == author or registrable(domain) == registrable(author) is not None
