"""Why nothing proved the author's right, and how the author's domain can mend it: words to pass on."""

from __future__ import annotations

from poller.authentication.findings import DkimFinding, Findings, Result, SpfFinding
from poller.authentication.suffixes import registrable
from poller.authentication.trace import Trace

_TOLD = 3  # signatures, or their domains, that a sentence names


def explain_failure(findings: Findings, trace: Trace, *, needs_dkim: bool) -> str:
    """Findings without evidence -> what was missing, and who can add it, in one sentence without a full stop."""
    author = findings.author_domain
    told = [one.why for one in (findings.results, findings.arc) if one]
    if findings.spf is None:
        return f"{'; '.join(told)}: {author} should sign its mail with DKIM in its own name"
    missing, remedy = _dkim(findings, author), f"{author} should sign its mail with DKIM in its own name"
    if not needs_dkim:
        missing = f"{_spf(findings.spf, trace, author)}, and {missing}"
        remedy += _spf_remedy(findings.spf, trace, author)
    return f"{'; '.join([missing, *told])}: {remedy}"


def _spf(spf: SpfFinding, trace: Trace, author: str) -> str:
    if trace.border is None:
        return "no Received field shows which client our server took it from, so that SPF says nothing (OUR_MTA_NAMES)"
    client = trace.border.client
    if spf.domain is None:
        return f"there is no envelope sender that SPF could speak of: {spf.why}"
    if not _same_owner(spf.domain, author):
        return f"the envelope sender's domain is {spf.domain}, which does not speak for {author}"
    if spf.result is Result.PASS:
        return f"{spf.why}, which proves nothing"
    if spf.result is Result.PERMERROR:
        return spf.why
    return f"{spf.domain} publishes no SPF record that names {client}"


def _dkim(findings: Findings, author: str) -> str:
    own = [one for one in findings.dkim if one.domain and _same_owner(one.domain, author)]
    if own:
        return f"the DKIM signature of {author} proves nothing: {_listed([_said(one) for one in own], '; ')}"
    others = sorted({one.domain for one in findings.dkim if one.domain})
    only = f", only of {_listed(others, ', ')}" if others else ""
    return f"the message carries no DKIM signature of {author}{only}"


def _listed(words: list[str], separator: str) -> str:
    """A message may carry a thousand signatures."""
    more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
    return separator.join(words[:_TOLD]) + more


def _said(one: DkimFinding) -> str:
    return f"d={one.domain}, s={one.selector or 'missing'}: {one.why}"


def _spf_remedy(spf: SpfFinding, trace: Trace, author: str) -> str:
    if trace.border is None:
        return ""
    if spf.domain is None or not _same_owner(spf.domain, author):
        return f", or send with an envelope sender of {author} from a server that its SPF record names"
    return f", or name {trace.border.client} in its SPF record if that server is its own"


def _same_owner(domain: str, author: str) -> bool:
    return domain == author or registrable(domain) == registrable(author) is not None
