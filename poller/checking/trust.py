"""Whether the border of trust is found in recent mail, and what is believed there: by the code that will judge it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_network

from poller.authentication.authres import trusted_results
from poller.authentication.received import Hop
from poller.authentication.results import authserv_id_of
from poller.authentication.trace import Trace, read_trace
from poller.checking.finding import Checked, Finding, bad, doubtful, good
from poller.checking.suggesting import names_on_top, suggestion
from poller.mail.message import Header
from poller.settings import AuthSettings, Provider
from poller.wording import many

_UNSET = "OUR_MTA_NAMES and MAIL_PROVIDER are not set"

_TOLD = 3  # names that a sentence has
_PRIVATE = [ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]

# Fields in which servers note the envelope sender, beside Return-Path.
_ENVELOPE_FIELDS = ("return-path", "x-envelope-from", "x-original-return-path", "x-mail-from", "envelope-from")


def check_trust(checked: Checked) -> Iterator[Finding]:
    if checked.mailbox is None:
        return
    auth = checked.settings.auth
    headers = [one.header for one in checked.mailbox.samples]
    over_network = [header for header in headers if any(field.name == "received" for field in header.fields)]
    if not over_network:
        yield _nothing_to_see(auth)
        return
    yield _border(over_network, auth)
    at_border = [header for header in over_network if read_trace(header, auth).border]
    if at_border:
        yield _envelope(at_border, auth)
    if auth.authserv_ids:
        yield _results(over_network, auth)


def _nothing_to_see(auth: AuthSettings) -> Finding:
    told = "no recent mail has a Received field that shows our border server"
    if auth.our_mta_names:
        return good("trust", f"{told}; OUR_MTA_NAMES={' '.join(auth.our_mta_names)}")
    return doubtful(
        "trust",
        f"OUR_MTA_NAMES is not set, so that SPF cannot be evaluated; {told}",
        "OUR_MTA_NAMES=… as your mail server names itself behind `by` in Received; after the first mail, run "
        "mailfiler check again",
    )


def _border(headers: Sequence[Header], auth: AuthSettings) -> Finding:
    traces = [read_trace(header, auth) for header in headers]
    borders = [trace.border for trace in traces if trace.border]
    strange = [header for header, trace in zip(headers, traces, strict=True) if not trace.hops]
    if len(strange) == len(headers):
        return _nowhere(headers, auth)
    if 2 * len(strange) > len(headers):
        return _seldom(strange, borders, auth)
    return _found(borders, len(headers), auth) if borders else _inside(traces)


def _nowhere(headers: Sequence[Header], auth: AuthSettings) -> Finding:
    """No server of recent mail is one that the settings name."""
    seen = names_on_top(headers, auth)
    there = f"the topmost Received fields say by {', '.join(seen[:_TOLD])}" if seen else "their Received cannot be read"
    lines = suggestion(headers, auth) or f"OUR_MTA_NAMES={seen[0] if seen else '…'}"
    if not auth.our_mta_names:
        unset = "OUR_MTA_NAMES is not set" if auth.provider is not Provider.GENERIC else _UNSET
        return doubtful("trust", f"{unset}, so that SPF cannot be evaluated; {there}", lines)
    return bad(
        "trust",
        f"OUR_MTA_NAMES={' '.join(auth.our_mta_names)} finds the border server in no message ({len(headers)} seen), so "
        f"that SPF cannot be evaluated; {there}",
        lines,
    )


def _seldom(strange: Sequence[Header], borders: Sequence[Hop], auth: AuthSettings) -> Finding:
    """Another server of ours delivers, too, or the mail was there before this one did."""
    seen = names_on_top(strange, auth)
    told = (
        f"the border server is found in {many(len(borders), 'message')}, and in {len(strange)} none of ours is on top"
    )
    if not seen:
        return doubtful(
            "trust", f"{told}: their Received cannot be read", "MAIL_PROVIDER=… if it is a kind that is known"
        )
    names = " ".join([*auth.our_mta_names, seen[0]])
    return doubtful("trust", f"{told}, but by {', '.join(seen[:_TOLD])}", f"OUR_MTA_NAMES={names}, if that is yours")


def _inside(traces: Sequence[Trace]) -> Finding:
    """Servers of ours, none of which took mail from a client outside that it noted."""
    last = [trace.hops[-1] for trace in traces if trace.hops]
    blind = Counter(hop.by for hop in last if hop.by and hop.client is None and not hop.local)
    if not blind:
        return good(
            "trust", f"every message ({len(last)} seen) came from servers of our own, so that no border is seen in them"
        )
    return doubtful(
        "trust",
        f"the Received of {_listed(blind)} does not show the client's address, so that SPF cannot be evaluated",
        "MAIL_PROVIDER=… if it is a kind that is known, or have that server write it",
    )


def _found(borders: Sequence[Hop], messages: int, auth: AuthSettings) -> Finding:
    """A border that took most of the mail from a private network is perhaps a server of ours behind the border."""
    names = Counter(hop.by for hop in borders if hop.by)
    told = f"the border server is found in {len(borders)} of {many(messages, 'message')}: by {_listed(names)}"
    inside = Counter(str(hop.client) for hop in borders if any(hop.client in network for network in _PRIVATE))
    if 2 * inside.total() <= len(borders):
        return good("trust", told)
    relays = " ".join(str(network).removesuffix("/32").removesuffix("/128") for network in auth.trusted_relays)
    return doubtful(
        "trust",
        f"{told}, from {_listed(inside)}, which is in a private network",
        f"TRUSTED_RELAYS={relays} {' '.join(inside)}, if that is your own relay",
    )


def _listed(found: Counter[str]) -> str:
    return ", ".join(name for name, _ in found.most_common(_TOLD))


def _envelope(headers: Sequence[Header], auth: AuthSettings) -> Finding:
    """What our server noted of MAIL FROM above its own Received."""
    traces = [read_trace(header, auth) for header in headers]
    known = sum(trace.mail_from is not None for trace in traces)
    field = auth.envelope_from_header.title()
    if known:
        return good("trust", f"{field} tells the envelope sender in {known} of {many(len(headers), 'message')}")
    there = Counter(
        one.label.decode("ascii")
        for header, trace in zip(headers, traces, strict=True)
        for one in header.fields[: trace.boundary]
        if one.name in _ENVELOPE_FIELDS and one.name != auth.envelope_from_header
    )
    remedy = there.most_common(1)[0][0] if there else "… once the server writes one"
    return doubtful(
        "trust",
        f"no message has one {field} above the border server's Received, so that SPF cannot be evaluated",
        f"ENVELOPE_FROM_HEADER={remedy}",
    )


def _results(headers: Sequence[Header], auth: AuthSettings) -> Finding:
    found = sum(trusted_results(header, read_trace(header, auth), auth).found for header in headers)
    ids = " ".join(auth.authserv_ids)
    if found:
        return good(
            "trust", f"Authentication-Results of {ids} are believed in {found} of {many(len(headers), 'message')}"
        )
    seen = Counter(
        authserv_id_of(field.value) or "!exchange-online"
        for header in headers
        for field in [one for one in header.fields if one.name == "authentication-results"][:1]
    )
    there = f"those on top are of {_listed(seen)}" if seen else "there are none"
    remedy = f"TRUSTED_AUTHSERV_ID={seen.most_common(1)[0][0]}, if that is your own server" if seen else ""
    return doubtful(
        "trust",
        f"Authentication-Results of {ids} are found in no message ({len(headers)} seen); {there}",
        remedy or "AUTH_SOURCE=compute, or have the server stamp every message",
    )
