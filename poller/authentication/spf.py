"""Client, envelope sender and HELO -> may that client send for that domain (RFC 7208)? pyspf evaluates.

An identity is evaluated only where it is beyond doubt: a MAIL FROM of a dot-atom and a host name or, with the null
sender alone, a HELO that is a host name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from poller.authentication.dns import Resolver
from poller.authentication.findings import Result, SpfFinding
from poller.authentication.received import Address
from poller.mail.fields.address import a_labels

if TYPE_CHECKING:
    from poller.authentication.spf_engine import Answer

MAX_NAME = 253
"""Octets of a domain name, as text (RFC 1035, 2.3.4)."""

MAX_LOCAL = 256
"""Octets of a local part. RFC 5321 (4.5.3.1.1) allows 64; bounce addresses in the wild have twice that."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")


_ECHOED = 200  # characters of a record or an error that a sentence repeats


def check_spf(
    client: Address | None,
    mail_from: str | None,
    helo: str | None,
    resolver: Resolver,
    wanted: Callable[[str], bool] = lambda _domain: True,
) -> SpfFinding:
    """`mail_from` is "" for the null sender, whose HELO is asked about, and None where it is not known.

    A domain that is not `wanted` is not asked about: its DNS may be slow, and its word means nothing.
    """
    if client is None:
        return _not_evaluated("it is not known which client handed the message to our server")
    if mail_from is None:
        return _not_evaluated("the envelope sender (MAIL FROM) is not known")
    local, _, domain = mail_from.rpartition("@") if mail_from else ("postmaster", "@", helo or "")
    host = _host_name(domain)
    if host is None and not mail_from:
        given = f", {_shown(helo)}," if helo else ""
        return _not_evaluated(f"the envelope sender is empty, and HELO{given} is no host name of several labels")
    if host is None:
        return _not_evaluated(f"the envelope sender, {_shown(mail_from)}, has no domain of several labels")
    if len(local) > MAX_LOCAL or not _DOT_ATOM.fullmatch(local):
        return _not_evaluated(f"the envelope sender, {_shown(mail_from)}, has a local part that is no dot-atom")
    identity = "mailfrom" if mail_from else "helo"
    if not wanted(host):
        why = f"{host} could never speak for the author, so its SPF record was not looked up"
        return SpfFinding(result=Result.POLICY, identity=identity, domain=host, counts=False, why=why)
    # With the first mail: pyspf brings along a library that nothing here uses.
    from poller.authentication.spf_engine import Question  # noqa: PLC0415
    from poller.authentication.spf_memory import evaluate  # noqa: PLC0415

    said = evaluate(Question(client=client, sender=f"{local}@{host}", helo=_macro_text(helo), resolver=resolver))
    return SpfFinding(
        result=said.result,
        identity=identity,
        domain=host,
        counts=said.counts,
        why=_why(said, host, client),
    )


def _host_name(domain: str) -> str | None:
    """In A-labels. An underscore is no letter of a host name (RFC 952), but bounce domains have it."""
    if len(domain) > MAX_NAME:
        return None
    name = domain.lower() if domain.isascii() else a_labels(domain)
    return name if name and _HOST_NAME.fullmatch(name) else None


def _macro_text(helo: str | None) -> str:
    """HELO as the macro %{h} may have it."""
    return helo if helo and len(helo) <= MAX_NAME and helo.isascii() else ""


def _not_evaluated(why: str) -> SpfFinding:
    return SpfFinding(result=Result.NONE, identity=None, domain=None, counts=False, why=why)


def _why(answer: Answer, domain: str, client: Address) -> str:
    match answer.result:
        case Result.NONE:
            return f"{domain} publishes no SPF record"
        case Result.PERMERROR:
            return f"the SPF record of {domain} cannot be used: {_shown(answer.error)}"
        case Result.TEMPERROR:
            return f"SPF of {domain} cannot be evaluated now: {_shown(answer.error)}"
    decided = f" (mechanism {_shown(answer.mechanism)})" if answer.mechanism else ""
    if answer.counts:
        return f"{domain} names {client}{decided}"
    if answer.result is Result.PASS:
        return f"the SPF record of {domain} names {client} only among half the world{decided}"
    return f"the SPF record of {domain} does not name {client}{decided}"


def _shown(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text[:_ECHOED])
