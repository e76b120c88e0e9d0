"""What servers say they checked -> the domains that passed, as far as it is beyond doubt (RFC 8601, 2.7)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from poller.authentication.findings import ResultsFinding
from poller.authentication.results import AuthenticationResults, MethodResult
from poller.mail.fields.address import a_labels

MAX_SHOWN = 100
"""Characters of a value that are repeated to a person."""

MECHANISMS = {
    "spf": ("smtp.mailfrom",),
    "dkim": ("header.d", "header.i", "header.s"),
    "dmarc": ("header.from",),
}
"""What is read of a message's results, and which properties of each."""

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_MAIL_FROM = re.compile(rf"(?:{_ATEXT}++(?:\.{_ATEXT}++)*@)?([A-Za-z0-9._-]++)")
_IDENTITY = re.compile(rf"(?:(?:{_ATEXT}++(?:\.{_ATEXT}++)*)?@)?([A-Za-z0-9._-]++)")
_SELECTOR = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*")
_NULL_SENDER = frozenset({"", "<>"})


def unknown(why: str) -> ResultsFinding:
    return ResultsFinding(found=False, dkim=(), mail_from=None, header_from=None, why=why)


def claims_of(fields: Sequence[AuthenticationResults], who: str) -> ResultsFinding:
    """The fields of one server, `who` being how a person calls it -> what passed; nothing where they contradict.

    SPF and DMARC have one result for a message, DKIM one for each signature. A MAIL FROM that is not a dot-atom at a
    domain voids everything: quotes in it are how text is smuggled into a field. Where DMARC failed, nothing can have
    passed that is aligned, so that a pass beside it is either of no use or was not written by the same hand.
    """
    results = [result for field in fields for result in field.results]
    if doubt := _doubt(results):
        return unknown(f"{who} cannot be believed: {doubt}")
    if any(result.method == "dmarc" and result.result == "fail" for result in results):
        return ResultsFinding(found=True, dkim=(), mail_from=None, header_from=None, why=f"{who} say dmarc=fail")
    passed = [result for result in results if result.result == "pass"]
    dkim = tuple(signer for result in passed if result.method == "dkim" for signer in _signers(result))
    mail_from = next((_domain(value) for value in _values(passed, "spf", "smtp.mailfrom")), None)
    header_from = next((_domain(value) for value in _values(passed, "dmarc", "header.from")), None)
    why = f"{who} say {_said(dkim, mail_from, header_from)}"
    return ResultsFinding(found=True, dkim=dkim, mail_from=mail_from, header_from=header_from, why=why)


def _doubt(results: Sequence[MethodResult]) -> str | None:
    for method in ("spf", "dmarc"):
        if sum(result.method == method for result in results) > 1:
            return f"{method}= stands there twice"
    for result in results:
        if doubled := next((name for name in MECHANISMS.get(result.method, ()) if len(result.all(name)) > 1), None):
            return f"{doubled} stands twice in one result"
        for value in result.all("smtp.mailfrom"):
            if value not in _NULL_SENDER and not _MAIL_FROM.fullmatch(value):
                return f"the MAIL FROM {value[:MAX_SHOWN]} is not a plain address"
    return None


def _values(results: Sequence[MethodResult], method: str, name: str) -> list[str]:
    return [value for result in results if result.method == method for value in result.all(name)]


def _signers(result: MethodResult) -> list[tuple[str, str | None]]:
    """The domain of header.d, or that of header.i where Gmail leaves d out."""
    domain = _domain(next(iter(result.all("header.d") or result.all("header.i")), ""))
    selector = next((value.lower() for value in result.all("header.s") if _SELECTOR.fullmatch(value)), None)
    return [(domain, selector)] if domain else []


def _domain(value: str) -> str | None:
    """`acme.fi`, `@acme.fi` or `anna@acme.fi` -> `acme.fi`; None for what is no full domain name."""
    match = _IDENTITY.fullmatch(value)
    domain = a_labels(match[1]) if match else None
    labels = (domain or "").split(".")
    return domain if len(labels) > 1 and labels[-1] and not labels[-1].isdigit() else None


def _said(dkim: Sequence[tuple[str, str | None]], mail_from: str | None, header_from: str | None) -> str:
    said = [f"dkim=pass for {domain[:MAX_SHOWN]}" for domain, _ in dkim[:3]]
    said += [f"spf=pass for {mail_from}"] if mail_from else []
    said += [f"dmarc=pass for {header_from}"] if header_from else []
    return ", ".join(said) or "that nothing passed"
